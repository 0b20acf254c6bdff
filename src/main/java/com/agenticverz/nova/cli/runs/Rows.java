package com.agenticverz.nova.cli.runs;

import com.agenticverz.nova.skill.Json;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Rows of the database, which come as JSON, for people. */
public final class Rows {

    private static final DateTimeFormatter TO_THE_SECOND = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");
    private static final int LONGEST_LINE = 100;

    private Rows() {}

    /** A row by the names of its columns. */
    public static Map<String, @Nullable Object> object(String json) {
        var object = Json.object(Json.read(json));
        if (object == null) {
            throw new IllegalStateException("not an object: " + json);
        }
        return object;
    }

    /** In UTC; empty where there is none. */
    public static String moment(@Nullable Object value) {
        return value == null
                ? ""
                : OffsetDateTime.parse(value.toString())
                        .withOffsetSameInstant(ZoneOffset.UTC)
                        .format(TO_THE_SECOND);
    }

    /** Milliseconds as seconds; empty where there are none. */
    static String took(@Nullable Object millis) {
        return millis instanceof Number number ? String.format(Locale.ROOT, "%.3f s", number.doubleValue() / 1000) : "";
    }

    /** Without line breaks, and not too long. */
    public static String oneLine(String text) {
        var line = text.replaceAll("\\s+", " ");
        return line.length() <= LONGEST_LINE ? line : line.substring(0, LONGEST_LINE - 1) + "…";
    }
}
