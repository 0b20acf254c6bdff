package com.agenticverz.nova.cli;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Rows of the table {@code limits} for people. */
public final class LimitText {

    private LimitText() {}

    /** Which one it is: {@code agent acme-*}. */
    public static String name(Map<String, @Nullable Object> limit) {
        return limit.get("kind") + " " + limit.get("pattern");
    }

    /** What it allows: {@code 3 at once, 50 starts in 1 s}. */
    public static String bounds(Map<String, @Nullable Object> limit) {
        var bounds = new ArrayList<String>();
        if (limit.get("max_running") != null) {
            bounds.add(limit.get("max_running") + " at once");
        }
        if (limit.get("max_starts") != null) {
            bounds.add(limit.get("max_starts") + " starts in " + number(limit.get("per_seconds")) + " s"
                    + (limit.get("burst") == null ? "" : " (burst " + limit.get("burst") + ")"));
        }
        if (bounds.isEmpty()) {
            bounds.add("not bounded");
        }
        if (limit.get("weight") != null) {
            bounds.add("weight " + number(limit.get("weight")));
        }
        return String.join(", ", bounds);
    }

    private static String number(@Nullable Object value) {
        return new BigDecimal(String.valueOf(value)).stripTrailingZeros().toPlainString();
    }
}
