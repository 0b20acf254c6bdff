package com.agenticverz.nova.telemetry;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * The secrets that this process has used so far, so that whoever logs or prints one, a skill or a library, does not show
 * it. One for all, as the log is. Thread-safe.
 */
public final class KnownSecrets {

    /** A secret that changes is several; older ones are forgotten. */
    private static final int MOST_VALUES_OF_A_NAME = 16;

    private record Known(String value, Redaction redaction) {}

    /** By name, the newest first. Guarded by the class. */
    private static final Map<String, Deque<Known>> BY_NAME = new HashMap<>();

    private static volatile Redaction all = Redaction.NONE;

    private KnownSecrets() {}

    /**
     * It is used, and hidden in the log from now on.
     *
     * @param value at least {@link Redaction#LEAST_CHARS} characters
     * @return what hides it elsewhere
     */
    public static synchronized Redaction use(String name, String value) {
        var values = BY_NAME.computeIfAbsent(name, _ -> new ArrayDeque<>());
        for (var known : values) {
            if (known.value().equals(value)) {
                return known.redaction();
            }
        }
        var redaction = Redaction.of(name, value);
        values.addFirst(new Known(value, redaction));
        if (values.size() > MOST_VALUES_OF_A_NAME) {
            values.removeLast();
        }
        all = Redaction.all(BY_NAME.values().stream()
                .flatMap(ofAName -> ofAName.stream().map(Known::redaction))
                .toList());
        return redaction;
    }

    /** The text without any of them; the same object where it holds none. */
    static String hidden(String text) {
        return all.in(text);
    }

    static boolean areNone() {
        return all.isEmpty();
    }
}
