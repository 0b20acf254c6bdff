package com.agenticverz.nova.skill;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A text that lacks its secrets: <code>Bearer ${secret:API_KEY}</code>. It stands among the params of a step, once all else
 * is filled in, and is a text only in the hands of the skill. No text that a step has put out ever becomes one.
 */
record SecretText(List<Part> parts) {

    private static final String OPEN = "${secret:";
    private static final String CLOSE = "}";
    private static final String PREFIX = "secret:";
    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_]{0,99}");
    private static final int MOST_SHOWN_CHARS = 100;

    sealed interface Part {

        /** Stands for itself. */
        record Literal(String text) implements Part {}

        /** Is replaced by the secret of this name. */
        record Secret(String name) implements Part {}
    }

    SecretText {
        parts = List.copyOf(parts);
    }

    /** Whether a text refers to a secret as templates do, wherever it stands. */
    static boolean isReferredToIn(String text) {
        return text.contains(OPEN);
    }

    static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    /**
     * The secret that stands between <code>${</code> and <code>}</code>; null: something else does.
     *
     * @throws IllegalArgumentException when it is not called as secrets are
     */
    static Part.@Nullable Secret secret(String inner) {
        var stripped = inner.strip();
        if (!stripped.startsWith(PREFIX)) {
            return null;
        }
        var name = stripped.substring(PREFIX.length());
        if (!isName(name)) {
            var shown = inner.length() <= MOST_SHOWN_CHARS ? inner : inner.substring(0, MOST_SHOWN_CHARS) + "…";
            throw new IllegalArgumentException(
                    "${" + shown
                            + "} is not the name of a secret; allowed: letters, digits and underscores, a letter first, at most 100");
        }
        return new Part.Secret(name);
    }

    /**
     * That of a setting: nothing but <code>${secret:NAME}</code> means something there, and <code>$${secret:</code> stands
     * for <code>${secret:</code>.
     *
     * @throws IllegalArgumentException when it has a secret that is not called as secrets are
     */
    static SecretText ofSetting(String text) {
        var parts = new ArrayList<Part>();
        int at = 0;
        for (int open = text.indexOf(OPEN); open >= 0; open = text.indexOf(OPEN, at)) {
            if (open > at && text.charAt(open - 1) == '$') {
                parts.add(new Part.Literal(text.substring(at, open - 1) + OPEN));
                at = open + OPEN.length();
                continue;
            }
            int close = text.indexOf(CLOSE, open);
            if (close < 0) {
                throw new IllegalArgumentException(
                        "has a ${secret: without its }; for one that stands for itself, write $${");
            }
            parts.add(new Part.Literal(text.substring(at, open)));
            parts.add(Objects.requireNonNull(secret(text.substring(open + "${".length(), close))));
            at = close + 1;
        }
        parts.add(new Part.Literal(text.substring(at)));
        return new SecretText(parts);
    }

    /** The text itself. */
    String with(UnaryOperator<String> secrets) {
        var text = new StringBuilder();
        for (var part : parts) {
            switch (part) {
                case Part.Literal(var literal) -> text.append(literal);
                case Part.Secret(var name) -> text.append(secrets.apply(name));
            }
            if (text.length() > Expression.MOST_CHARS) {
                throw SkillFailure.permanent(
                        "the text filled in has more than " + Expression.MOST_CHARS + " characters");
            }
        }
        return text.toString();
    }

    /** As people wrote it. */
    @Override
    public String toString() {
        var text = new StringBuilder();
        for (var part : parts) {
            switch (part) {
                case Part.Literal(var literal) -> text.append(literal);
                case Part.Secret(var name) -> text.append(OPEN).append(name).append(CLOSE);
            }
        }
        return text.toString();
    }
}
