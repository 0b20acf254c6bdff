package com.agenticverz.nova.claim;

import java.util.List;

/** A name in which {@code *} stands for any characters, also for none. All other characters stand for themselves. */
final class NamePattern {

    private static final String ANY = "*";

    private final String first;
    private final List<String> between;
    private final String last;

    NamePattern(String pattern) {
        var parts = List.of(pattern.split("\\*", -1));
        if (parts.size() < 2) {
            throw new IllegalArgumentException("'%s' is a name, not a pattern: it has no *".formatted(pattern));
        }
        this.first = parts.getFirst();
        this.between = parts.subList(1, parts.size() - 1);
        this.last = parts.getLast();
    }

    /** Whether it fits nothing but itself. */
    static boolean isName(String pattern) {
        return !pattern.contains(ANY);
    }

    boolean fits(String name) {
        int end = name.length() - last.length();
        if (end < first.length() || !name.startsWith(first) || !name.endsWith(last)) {
            return false;
        }
        int from = first.length();
        for (var part : between) {
            // The first place that fits leaves most room for the rest.
            int at = name.indexOf(part, from);
            if (at < 0 || at + part.length() > end) {
                return false;
            }
            from = at + part.length();
        }
        return true;
    }
}
