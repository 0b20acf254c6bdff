package com.agenticverz.nova.store;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A statement as JDBC takes it, without JDBI: each {@code :name} is a {@code ?}.
 *
 * @param sql the statement, without its comments
 * @param names what stands at each {@code ?}, in their order
 */
record Positional(String sql, List<String> names) {

    /** What is to be left alone comes first: comments, text, and casts. */
    private static final Pattern TOKEN = Pattern.compile("--[^\n]*|'[^']*'|::|:([a-z_]+)");

    static Positional of(String named) {
        var names = new ArrayList<String>();
        var matcher = TOKEN.matcher(named);
        var sql = new StringBuilder();
        while (matcher.find()) {
            if (matcher.group().startsWith("--")) {
                // The server would read them with each statement anew.
                matcher.appendReplacement(sql, "");
            } else if (matcher.group(1) == null) {
                matcher.appendReplacement(sql, "$0");
            } else {
                names.add(matcher.group(1));
                matcher.appendReplacement(sql, "?");
            }
        }
        matcher.appendTail(sql);
        return new Positional(sql.toString(), List.copyOf(names));
    }
}
