package com.agenticverz.nova.enqueue;

import com.agenticverz.nova.run.NewRun;
import com.agenticverz.nova.skill.InvalidPlanException;
import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.skill.PlanReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a run that is to be enqueued: an object whose fields are called as the columns of {@code runs} are, and {@code
 * unique_for_seconds}. Every problem is found at once, and nothing in it is ignored.
 */
public final class RunReader {

    private static final Set<String> FIELDS = Set.of(
            "agent_id",
            "goal",
            "plan",
            "priority",
            "max_attempts",
            "next_attempt_at",
            "expires_at",
            "timeout_seconds",
            "idempotency_key",
            "concurrency_key",
            "unique_for_seconds");

    /** As the table has it. */
    private static final int MOST_PRIORITY = 1_000_000;

    private static final BigDecimal LONGEST_TIMEOUT_SECONDS = BigDecimal.valueOf(8_640_000);

    /** As {@code nova_enqueue} has them. */
    private static final BigDecimal LONGEST_UNIQUE_SECONDS = BigDecimal.valueOf(31_536_000);

    private static final int LONGEST_KEY_BYTES = 1000;

    private final Map<String, @Nullable Object> fields;
    private final List<String> problems = new ArrayList<>();

    private RunReader(Map<String, @Nullable Object> fields) {
        this.fields = fields;
    }

    /**
     * Reads a JSON object.
     *
     * @throws InvalidRunException when it is no run
     */
    public static NewRun read(String json) {
        Map<String, @Nullable Object> fields;
        try {
            fields = Json.object(Json.read(json));
        } catch (IllegalArgumentException e) {
            throw new InvalidRunException(oneLine(e.getMessage()), e);
        }
        if (fields == null) {
            throw new InvalidRunException(List.of(
                    "not an object; for example {\"agent_id\":\"me\",\"plan\":{\"steps\":[{\"skill\":\"noop\"}]}}"));
        }
        return of(fields);
    }

    /**
     * Takes the fields themselves: JSON values.
     *
     * @throws InvalidRunException when they are no run
     */
    public static NewRun of(Map<String, @Nullable Object> fields) {
        var reader = new RunReader(fields);
        var run = reader.run();
        if (!reader.problems.isEmpty()) {
            throw new InvalidRunException(reader.problems);
        }
        return run;
    }

    private NewRun run() {
        for (var name : fields.keySet()) {
            if (!FIELDS.contains(name)) {
                problem("'" + oneLine(name) + "' is not a field of a run that is to be enqueued");
            }
        }
        var agentId = text("agent_id");
        if (agentId == null && fields.get("agent_id") == null) {
            problem("agent_id is missing");
        }
        var goal = text("goal");
        var run = NewRun.with(agentId == null ? "" : agentId, plan()).goal(goal);
        var priority = whole("priority", -MOST_PRIORITY, MOST_PRIORITY);
        run.priority(priority == null ? 0 : priority)
                .maxAttempts(whole("max_attempts", 1, Integer.MAX_VALUE))
                .nextAttemptAt(moment("next_attempt_at"))
                .expiresAt(moment("expires_at"))
                .timeoutSeconds(seconds("timeout_seconds", LONGEST_TIMEOUT_SECONDS))
                .idempotencyKey(key("idempotency_key"))
                .concurrencyKey(key("concurrency_key"));
        var uniqueSeconds = seconds("unique_for_seconds", LONGEST_UNIQUE_SECONDS);
        return run.uniqueFor(uniqueSeconds == null ? null : Duration.ofNanos(Math.round(uniqueSeconds * 1e9)))
                .build();
    }

    private @Nullable String key(String name) {
        var key = text(name);
        if (key != null) {
            int bytes = key.getBytes(StandardCharsets.UTF_8).length;
            if (bytes > LONGEST_KEY_BYTES) {
                problem(name + " has " + bytes + " bytes; allowed: 1 to " + LONGEST_KEY_BYTES);
            }
        }
        return key;
    }

    private String plan() {
        var plan = fields.get("plan");
        if (plan == null) {
            problem("plan is missing");
            return "";
        }
        var json = Json.write(plan);
        try {
            PlanReader.read(json);
        } catch (InvalidPlanException e) {
            problem(oneLine(e.getMessage()));
        }
        checkCharacters("plan", json);
        return json;
    }

    private @Nullable String text(String name) {
        var value = fields.get(name);
        if (value == null) {
            return null;
        }
        if (value instanceof String text && !text.isBlank()) {
            checkCharacters(name, text);
            return text;
        }
        problem(name + " is " + shown(value) + "; it has to be text that is not blank");
        return null;
    }

    /** JSON can say half a character; it would arrive as a question mark. */
    private void checkCharacters(String name, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isHighSurrogate(text.charAt(i))
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(text.charAt(i))) {
                problem(String.format(
                        "%s has an unpaired surrogate, \\u%04x, which is no character", name, (int) text.charAt(i)));
                return;
            }
        }
    }

    private @Nullable Integer whole(String name, int least, int most) {
        var value = fields.get(name);
        if (value == null) {
            return null;
        }
        if (value instanceof Integer whole && whole >= least && whole <= most) {
            return whole;
        }
        problem(name + " is " + shown(value) + "; allowed: whole numbers from " + least + " to " + most);
        return null;
    }

    private @Nullable Double seconds(String name, BigDecimal longest) {
        var value = fields.get(name);
        if (value == null) {
            return null;
        }
        if (value instanceof Number number) {
            // Compared as it is: a double could not hold every number of JSON.
            var seconds = new BigDecimal(number.toString());
            if (seconds.signum() > 0 && seconds.compareTo(longest) <= 0 && seconds.doubleValue() > 0) {
                return seconds.doubleValue();
            }
        }
        problem(name + " is " + shown(value) + "; allowed: more than 0, at most " + longest);
        return null;
    }

    private @Nullable OffsetDateTime moment(String name) {
        var value = fields.get(name);
        if (value == null) {
            return null;
        }
        if (value instanceof String text) {
            try {
                return OffsetDateTime.parse(text);
            } catch (DateTimeParseException e) {
                // said below
            }
        }
        problem(name + " is " + shown(value) + "; allowed: a moment with its offset, such as 2030-01-31T08:00:00Z"
                + " or 2030-01-31T08:00:00+01:00");
        return null;
    }

    private void problem(String problem) {
        problems.add(problem);
    }

    private static String shown(Object value) {
        var json = Json.write(value);
        return oneLine(json.length() <= 80 ? json : json.substring(0, 80) + "...");
    }

    private static String oneLine(@Nullable String text) {
        return String.valueOf(text).replaceAll("\\p{Cntrl}+", " ");
    }
}
