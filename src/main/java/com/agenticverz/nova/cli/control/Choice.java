package com.agenticverz.nova.cli.control;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * A flag and its value.
 *
 * @param value null: it was not given
 */
record Choice<T>(String flag, T kind, @Nullable String value) {

    /**
     * The one of several that was given.
     *
     * @throws ParameterException when none was, or more than one
     */
    static <T> Choice<T> one(CommandLine command, List<Choice<T>> choices) {
        var given = choices.stream().filter(it -> it.value != null).toList();
        if (given.size() > 1) {
            throw new ParameterException(command, joined(given, " and ") + " exclude each other");
        }
        if (given.isEmpty()) {
            throw new ParameterException(command, joined(choices, " or ") + " is missing");
        }
        return given.getFirst();
    }

    /** Its value, which was given. */
    String text() {
        return Objects.requireNonNull(value);
    }

    private static <T> String joined(List<Choice<T>> choices, String last) {
        var flags = choices.stream().map(Choice::flag).toList();
        return String.join(", ", flags.subList(0, flags.size() - 1)) + last + flags.getLast();
    }
}
