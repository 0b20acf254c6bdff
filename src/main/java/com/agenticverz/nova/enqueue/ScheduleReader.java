package com.agenticverz.nova.enqueue;

import com.agenticverz.nova.run.NewRun;
import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.store.CatchUp;
import com.agenticverz.nova.store.NewSchedule;
import com.agenticverz.nova.store.Overlap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads a schedule: an object whose fields are called as the columns of {@code schedules} are. Every problem is found at
 * once, and nothing in it is ignored.
 */
public final class ScheduleReader {

    /** What each run is like: checked as that of a run is. */
    private static final List<String> FIELDS_OF_RUN =
            List.of("agent_id", "plan", "goal", "priority", "max_attempts", "timeout_seconds", "concurrency_key");

    private static final List<String> OWN_FIELDS =
            List.of("cron", "time_zone", "overlap", "catch_up", "jitter_seconds", "paused");

    /** As the table has them. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,199}");

    private static final int MOST_JITTER_SECONDS = 86_400;

    private final Map<String, @Nullable Object> fields;
    private final List<String> problems = new ArrayList<>();

    private ScheduleReader(Map<String, @Nullable Object> fields) {
        this.fields = fields;
    }

    /** The names of the fields that people give, but for that of the schedule itself. */
    public static List<String> fields() {
        var all = new ArrayList<>(OWN_FIELDS);
        all.addAll(FIELDS_OF_RUN);
        return all;
    }

    /**
     * Takes the fields: JSON values. One that is null counts as not given.
     *
     * @throws InvalidScheduleException when they are no schedule
     */
    public static NewSchedule of(String name, Map<String, @Nullable Object> fields) {
        var reader = new ScheduleReader(fields);
        var schedule = reader.schedule(name);
        if (!reader.problems.isEmpty()) {
            throw new InvalidScheduleException(reader.problems);
        }
        return schedule;
    }

    private NewSchedule schedule(String name) {
        if (!NAME.matcher(name).matches()) {
            problems.add("the name of a schedule is '" + shown(name)
                    + "'; allowed: 1 to 200 letters, digits, and . _ - after the first");
        }
        for (var field : fields.keySet()) {
            if (!OWN_FIELDS.contains(field) && !FIELDS_OF_RUN.contains(field)) {
                problems.add(
                        "'" + shown(field) + "' is not a field of a schedule; allowed: " + String.join(", ", fields()));
            }
        }
        var cron = text("cron", "");
        var timeZone = text("time_zone", "UTC");
        if (fields.get("cron") == null) {
            problems.add("cron is missing");
        } else {
            try {
                Cron.of(cron, timeZone);
            } catch (IllegalArgumentException e) {
                problems.add(String.valueOf(e.getMessage()));
            }
        }
        var run = run();
        return new NewSchedule(
                name,
                cron,
                timeZone,
                run == null ? "" : run.agentId(),
                run == null ? "" : run.planJson(),
                run == null ? null : run.goal(),
                run == null ? 0 : run.priority(),
                run == null ? null : run.maxAttempts(),
                run == null ? null : run.timeoutSeconds(),
                run == null ? null : run.concurrencyKey(),
                choice("overlap", Overlap.QUEUE, Overlap.values()),
                choice("catch_up", CatchUp.LAST, CatchUp.values()),
                jitterSeconds(),
                paused());
    }

    private @Nullable NewRun run() {
        var ofRun = new LinkedHashMap<String, @Nullable Object>();
        FIELDS_OF_RUN.forEach(field -> ofRun.put(field, fields.get(field)));
        try {
            return RunReader.of(ofRun);
        } catch (InvalidRunException e) {
            problems.add(String.valueOf(e.getMessage()));
            return null;
        }
    }

    private String text(String name, String otherwise) {
        return switch (fields.get(name)) {
            case null -> otherwise;
            case String text when !text.isBlank() && text.indexOf('\u0000') < 0 -> text.strip();
            case Object other -> {
                problems.add(name + " is " + shown(Json.write(other)) + "; it has to be text that is not blank");
                yield otherwise;
            }
        };
    }

    private <E extends Enum<E>> E choice(String name, E otherwise, E[] choices) {
        var value = fields.get(name);
        if (value == null) {
            return otherwise;
        }
        for (var choice : choices) {
            if (column(choice).equals(value)) {
                return choice;
            }
        }
        problems.add(name + " is " + shown(Json.write(value)) + "; allowed: "
                + Arrays.stream(choices).map(ScheduleReader::column).collect(Collectors.joining(", ")));
        return otherwise;
    }

    private static String column(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT);
    }

    private int jitterSeconds() {
        var value = fields.get("jitter_seconds");
        if (value == null) {
            return 0;
        }
        if (value instanceof Integer seconds && seconds >= 0 && seconds <= MOST_JITTER_SECONDS) {
            return seconds;
        }
        problems.add("jitter_seconds is " + shown(Json.write(value)) + "; allowed: whole numbers from 0 to "
                + MOST_JITTER_SECONDS);
        return 0;
    }

    private @Nullable Boolean paused() {
        return switch (fields.get("paused")) {
            case null -> null;
            case Boolean paused -> paused;
            case Object other -> {
                problems.add("paused is " + shown(Json.write(other)) + "; allowed: true or false");
                yield null;
            }
        };
    }

    private static String shown(String text) {
        var line = text.replaceAll("\\p{Cntrl}+", " ");
        return line.length() <= 80 ? line : line.substring(0, 80) + "...";
    }
}
