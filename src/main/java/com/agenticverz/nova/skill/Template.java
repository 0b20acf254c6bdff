package com.agenticverz.nova.skill;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A text with expressions in it: {@code Hello ${page.name}}; or with secrets: {@code Bearer ${secret:TOKEN}}. */
final class Template {

    private static final String OPEN = "${";
    private static final String LITERAL_OPEN = "$${";

    private sealed interface Part {

        /** Stands for itself. */
        record Text(String text) implements Part {}

        /** Is replaced by its value. */
        record Inserted(Expression expression) implements Part {}

        /** Is left to whoever hands it to the skill. */
        record Left(SecretText.Part.Secret secret) implements Part {}
    }

    private final List<Part> parts;

    private Template(List<Part> parts) {
        this.parts = parts;
    }

    /** Whether a text is a template; any other stands for itself. */
    static boolean is(String text) {
        return text.contains(OPEN);
    }

    /**
     * Compiles each expression in it.
     *
     * @throws IllegalArgumentException when it is not a template; the message says what is wrong with what
     */
    static Template of(String text) {
        var parts = new ArrayList<Part>();
        var literal = new StringBuilder();
        int at = 0;
        for (int dollar = text.indexOf('$'); dollar >= 0; dollar = text.indexOf('$', at)) {
            literal.append(text, at, dollar);
            if (text.startsWith(LITERAL_OPEN, dollar)) {
                literal.append(OPEN);
                at = dollar + LITERAL_OPEN.length();
            } else if (text.startsWith(OPEN, dollar)) {
                int begin = dollar + OPEN.length();
                int end = end(text, begin);
                parts.add(new Part.Text(literal.toString()));
                var inner = text.substring(begin, end);
                var secret = SecretText.secret(inner);
                parts.add(secret == null ? new Part.Inserted(Expression.inTemplate(inner)) : new Part.Left(secret));
                literal.setLength(0);
                at = end + 1;
            } else {
                literal.append('$');
                at = dollar + 1;
            }
        }
        parts.add(new Part.Text(literal.append(text, at, text.length()).toString()));
        return new Template(List.copyOf(parts));
    }

    /** Where the expression that begins there ends: at the first brace that closes none of its own. */
    private static int end(String text, int begin) {
        int open = 0;
        for (int i = begin; i >= begin && i < text.length(); i++) {
            switch (text.charAt(i)) {
                case '{' -> open++;
                case '}' -> {
                    if (open-- == 0) {
                        return i;
                    }
                }
                case '"', '\'', '`' -> i = closingQuote(text, i);
                case '/' -> i = text.startsWith("/*", i) ? closingComment(text, i) : i;
                default -> {}
            }
        }
        throw new IllegalArgumentException("has a ${ without its }; for a ${ that stands for itself, write $${");
    }

    /** The length of the text where there is none. */
    private static int closingQuote(String text, int opening) {
        char quote = text.charAt(opening);
        int i = opening + 1;
        while (i < text.length() && text.charAt(i) != quote) {
            i += text.charAt(i) == '\\' && quote != '`' ? 2 : 1;
        }
        return i;
    }

    private static int closingComment(String text, int opening) {
        int closing = text.indexOf("*/", opening + 2);
        return closing < 0 ? text.length() : closing + 1;
    }

    /** The names of the secrets in it. */
    List<String> secrets() {
        return parts.stream()
                .filter(Part.Left.class::isInstance)
                .map(it -> ((Part.Left) it).secret().name())
                .toList();
    }

    /**
     * The text with the values in it: text as it is, anything else as JSON. Where there are secrets in it, a
     * {@link SecretText}: so whatever was inserted is never looked at again.
     *
     * @throws SkillFailure when an expression fails, or refers to nothing, or the text is too long
     */
    Object fillIn(Map<String, @Nullable Object> input) throws InterruptedException {
        var done = new ArrayList<SecretText.Part>();
        var text = new StringBuilder();
        for (var part : parts) {
            switch (part) {
                case Part.Text(var literal) -> text.append(literal);
                case Part.Inserted(var expression) -> {
                    var value = expression.required(input);
                    text.append(value instanceof String inserted ? inserted : Json.write(value));
                    if (text.length() > Expression.MOST_CHARS) {
                        throw SkillFailure.permanent(
                                "the text filled in has more than " + Expression.MOST_CHARS + " characters");
                    }
                }
                case Part.Left(var secret) -> {
                    done.add(new SecretText.Part.Literal(text.toString()));
                    done.add(secret);
                    text.setLength(0);
                }
            }
        }
        if (done.isEmpty()) {
            return text.toString();
        }
        done.add(new SecretText.Part.Literal(text.toString()));
        return new SecretText(done);
    }
}
