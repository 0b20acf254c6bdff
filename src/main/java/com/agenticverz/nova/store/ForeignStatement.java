package com.agenticverz.nova.store;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.postgresql.core.Parser;

/**
 * One statement of a user, as the driver takes it.
 *
 * <p>It is read with the driver's own rules for what is text, a quoted name or a comment, so that what is a placeholder or
 * the end of a statement here is one there. Where the server sees it otherwise, it refuses the statement: the extended
 * protocol takes one at a time.
 *
 * @param sql with a {@code ?} for each value
 * @param names what stands at each {@code ?}, in their order: a name, or the number of the {@code ?} from 1
 */
public record ForeignStatement(String sql, List<String> names) {

    /**
     * They would end or change the transaction that keeps a read-only source read-only, or leave something behind in the
     * session; none of them is of use in a transaction of one statement.
     */
    private static final Set<String> REFUSED = Set.of(
            "ABORT",
            "BEGIN",
            "CLOSE",
            "COMMIT",
            "COPY",
            "DEALLOCATE",
            "DECLARE",
            "DISCARD",
            "END",
            "EXECUTE",
            "FETCH",
            "LISTEN",
            "LOAD",
            "MOVE",
            "PREPARE",
            "RELEASE",
            "RESET",
            "ROLLBACK",
            "SAVEPOINT",
            "SET",
            "START",
            "UNLISTEN");

    /** Keeps the names. */
    public ForeignStatement {
        names = List.copyOf(names);
    }

    /**
     * A statement with a {@code :name} for each value. A {@code ?} in it is an operator.
     *
     * @throws IllegalArgumentException when it is not one statement, or one that is not allowed
     */
    public static ForeignStatement named(String text) {
        return new Reader(text, true).statement();
    }

    /**
     * A statement with a {@code ?} for each value. {@code ??} is the operator {@code ?}.
     *
     * @throws IllegalArgumentException when it is not one statement, or one that is not allowed
     */
    public static ForeignStatement positional(String text) {
        return new Reader(text, false).statement();
    }

    private static final class Reader {

        private final char[] text;
        private final boolean named;
        private final StringBuilder sql = new StringBuilder();
        private final List<String> names = new ArrayList<>();
        private int at;
        private boolean begun;
        private boolean ended;

        Reader(String text, boolean named) {
            this.text = text.toCharArray();
            this.named = named;
        }

        ForeignStatement statement() {
            while (at < text.length) {
                char it = text[at];
                switch (it) {
                    case '-' -> comment(Parser.parseLineComment(text, at));
                    case '/' -> comment(Parser.parseBlockComment(text, at));
                    case ';' -> {
                        ended |= begun;
                        at++;
                    }
                    default -> {
                        if (it <= ' ') {
                            copy(at);
                        } else {
                            part(it);
                        }
                    }
                }
            }
            if (!begun) {
                throw new IllegalArgumentException("has no statement; allowed: one");
            }
            return new ForeignStatement(sql.toString(), Collections.unmodifiableList(names));
        }

        /** Where it is none, it is an operator. */
        private void comment(int last) {
            if (last == at) {
                part(text[at]);
            } else {
                copy(last);
            }
        }

        private void part(char it) {
            if (ended) {
                throw new IllegalArgumentException("has more than one statement; allowed: one");
            }
            if (!begun) {
                begun = true;
                refuse(word(at).toUpperCase(Locale.ROOT));
            }
            switch (it) {
                case '\'' -> copy(Parser.parseSingleQuotes(text, at, true));
                case '"' -> copy(Parser.parseDoubleQuotes(text, at));
                case '$' -> copy(Parser.parseDollarQuotes(text, at));
                case ':' -> colon();
                case '?' -> questionMark();
                default -> copy(at);
            }
        }

        private static void refuse(String first) {
            if (REFUSED.contains(first)) {
                throw new IllegalArgumentException(
                        "begins with " + first
                                + ", which is not allowed: a statement is a transaction of its own, and leaves the session as it was");
            }
        }

        private void colon() {
            if (is(at + 1, ':') || !named) {
                copy(is(at + 1, ':') ? at + 1 : at);
                return;
            }
            var name = word(at + 1);
            if (name.isEmpty()) {
                copy(at);
            } else {
                names.add(name);
                sql.append('?');
                at += 1 + name.length();
            }
        }

        private void questionMark() {
            if (named) {
                // The driver would take a single one for a place of a value.
                sql.append("??");
                at++;
            } else if (is(at + 1, '?')) {
                copy(at + 1);
            } else {
                names.add(String.valueOf(names.size() + 1));
                copy(at);
            }
        }

        private boolean is(int place, char it) {
            return place < text.length && text[place] == it;
        }

        private String word(int from) {
            int to = from;
            while (to < text.length && isOfAWord(text[to], to > from)) {
                to++;
            }
            return new String(text, from, to - from);
        }

        private static boolean isOfAWord(char it, boolean furtherOn) {
            return it >= 'a' && it <= 'z' || it >= 'A' && it <= 'Z' || it == '_' || furtherOn && it >= '0' && it <= '9';
        }

        /** Up to this place, with it. */
        private void copy(int last) {
            int end = Math.min(last, text.length - 1);
            sql.append(text, at, end - at + 1);
            at = end + 1;
        }
    }
}
