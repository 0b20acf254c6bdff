package com.agenticverz.nova.cli.schedules;

import com.agenticverz.nova.node.StartFailure;
import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.store.ScheduleStore;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Schedules as they come from the database, for people. */
final class Rows {

    private static final DateTimeFormatter TO_THE_SECOND = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

    private Rows() {}

    static Map<String, @Nullable Object> object(String json) {
        var object = Json.object(Json.read(json));
        if (object == null) {
            throw new IllegalStateException("not an object: " + json);
        }
        return object;
    }

    /** @throws StartFailure when there is no schedule of this name */
    static Map<String, @Nullable Object> named(ScheduleStore store, String name) {
        return object(store.schedule(name).orElseThrow(() -> nobody(name)));
    }

    static StartFailure nobody(String name) {
        return new StartFailure("there is no schedule " + name);
    }

    /** In UTC; {@code -} where there is none. */
    static String moment(@Nullable Object value) {
        return value == null
                ? "-"
                : OffsetDateTime.parse(value.toString())
                        .withOffsetSameInstant(ZoneOffset.UTC)
                        .format(TO_THE_SECOND);
    }

    /** What a schedule is at: paused, ticking, or why it does not. */
    static String state(Map<String, @Nullable Object> schedule) {
        var error = schedule.get("error");
        return Boolean.TRUE.equals(schedule.get("paused")) ? "paused" : error == null ? "on" : error.toString();
    }
}
