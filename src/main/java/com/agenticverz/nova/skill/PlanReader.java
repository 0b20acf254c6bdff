package com.agenticverz.nova.skill;

import com.agenticverz.nova.run.Plan;
import com.agenticverz.nova.run.Step;
import com.agenticverz.nova.run.Step.OnError;
import com.agenticverz.nova.run.Step.Reference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the {@code plan} column. A plan that cannot be executed as it stands is refused as a whole, with every problem
 * at once, each with its place as a JSON pointer: nothing in a plan is ignored.
 */
public final class PlanReader {

    private static final Set<String> PLAN_FIELDS = Set.of("steps");
    private static final Set<String> STEP_FIELDS =
            Set.of("id", "skill", "params", "on_error", "retries", "timeout_seconds", "output_key", "when");

    /** What expressions call the run itself. */
    public static final String RUN = "run";

    private static final int MOST_STEPS = 1000;
    /** Finished steps are found by it, in an index. */
    private static final int LONGEST_ID_CHARS = 200;

    private static final int MOST_RETRIES = 100;
    private static final double LONGEST_TIMEOUT_SECONDS = 8_640_000;

    private final List<String> problems = new ArrayList<>();

    private PlanReader() {}

    /**
     * Reads a plan.
     *
     * @throws InvalidPlanException when it is not one
     */
    public static Plan read(String json) {
        Object value;
        try {
            value = Json.read(json);
        } catch (IllegalArgumentException e) {
            throw new InvalidPlanException(List.of(e.getMessage()));
        }
        var reader = new PlanReader();
        var steps = reader.steps(value);
        if (!reader.problems.isEmpty()) {
            throw new InvalidPlanException(reader.problems);
        }
        return new Plan(steps);
    }

    private List<Step> steps(@Nullable Object value) {
        var plan = Json.object(value);
        if (plan == null) {
            problem("", "is " + kind(value) + ", but a plan is an object: {\"steps\":[{\"skill\":\"noop\"}]}");
            return List.of();
        }
        unknownFields("", plan, PLAN_FIELDS);
        if (!(plan.get("steps") instanceof List<?> list) || list.isEmpty()) {
            problem("/steps", "is " + kind(plan.get("steps")) + ", but a plan needs an array of at least one step");
            return List.of();
        }
        if (list.size() > MOST_STEPS) {
            problem("/steps", "has " + list.size() + " steps; allowed: at most " + MOST_STEPS);
            return List.of();
        }
        var steps = new ArrayList<Step>();
        var ids = new HashSet<String>();
        var outputKeys = new HashSet<String>();
        for (int i = 0; i < list.size(); i++) {
            var step = step("/steps/" + i, i, list.get(i));
            if (step != null) {
                if (!ids.add(step.id())) {
                    problem("/steps/" + i + "/id", "'" + step.id() + "' is the id of an earlier step");
                }
                if (!outputKeys.add(step.outputKey())) {
                    problem("/steps/" + i + "/output_key", "'" + step.outputKey() + "' is that of an earlier step");
                }
                steps.add(step);
            }
        }
        return steps;
    }

    private @Nullable Step step(String at, int index, @Nullable Object value) {
        var fields = Json.object(value);
        if (fields == null) {
            problem(at, "is " + kind(value) + ", but a step is an object with at least a skill");
            return null;
        }
        unknownFields(at, fields, STEP_FIELDS);
        var id = text(at, fields, "id", "s" + (index + 1));
        if (id.length() > LONGEST_ID_CHARS) {
            problem(at + "/id", "has " + id.length() + " characters; allowed: at most " + LONGEST_ID_CHARS);
        }
        var skill = text(at, fields, "skill", "");
        if (fields.get("skill") == null) {
            problem(at + "/skill", "is missing");
        }
        var params =
                fields.get("params") == null ? Map.<String, @Nullable Object>of() : Json.object(fields.get("params"));
        if (params == null) {
            problem(at + "/params", "is " + kind(fields.get("params")) + ", but params are an object");
            params = Map.of();
        }
        var onError = onError(at, fields);
        var retries = number(at, fields, "retries", onError == OnError.RETRY ? 3 : 0, 0, MOST_RETRIES);
        if (retries != Math.rint(retries)) {
            problem(at + "/retries", "is " + fields.get("retries") + "; allowed: whole numbers");
        }
        if (onError != OnError.RETRY && fields.get("retries") != null) {
            problem(at + "/retries", "needs \"on_error\":\"retry\"");
        }
        var timeoutSeconds = number(at, fields, "timeout_seconds", 0, 0.001, LONGEST_TIMEOUT_SECONDS);
        var timeout = timeoutSeconds == 0 ? null : Duration.ofMillis(Math.round(timeoutSeconds * 1000));
        var outputKey = text(at, fields, "output_key", id);
        if (outputKey.equals(RUN)) {
            var named = fields.get("output_key") == null ? "/id" : "/output_key";
            problem(at + named, "'run' is what expressions call the run itself; choose another output_key");
        }
        var filledIn = Params.references(params, (place, problem) -> problem(at + "/" + place, problem));
        return new Step(id, skill, params, onError, (int) retries, timeout, outputKey, when(at, fields), filledIn);
    }

    private @Nullable Reference<Boolean> when(String at, Map<String, @Nullable Object> fields) {
        if (fields.get("when") == null) {
            return null;
        }
        // Where it is not text that is not blank, that is said, and this stands for it.
        var text = text(at, fields, "when", "true");
        try {
            var expression = Expression.of(text);
            return input -> {
                try {
                    return expression.isTrue(input);
                } catch (SkillFailure e) {
                    throw SkillFailure.permanent("when: " + e.getMessage());
                }
            };
        } catch (IllegalArgumentException e) {
            problem(at + "/when", e.getMessage());
            return null;
        }
    }

    private OnError onError(String at, Map<String, @Nullable Object> fields) {
        var value = text(at, fields, "on_error", "abort");
        for (var onError : OnError.values()) {
            if (onError.name().toLowerCase(Locale.ROOT).equals(value)) {
                return onError;
            }
        }
        problem(at + "/on_error", "is '" + value + "'; allowed: abort, continue, retry");
        return OnError.ABORT;
    }

    private String text(String at, Map<String, @Nullable Object> fields, String name, String otherwise) {
        var value = fields.get(name);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof String text && !text.isBlank()) {
            return text;
        }
        problem(at + "/" + name, "is " + kind(value) + ", but has to be text that is not blank");
        return otherwise;
    }

    private double number(
            String at, Map<String, @Nullable Object> fields, String name, double otherwise, double least, double most) {
        var value = fields.get(name);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Number number && number.doubleValue() >= least && number.doubleValue() <= most) {
            return number.doubleValue();
        }
        var shown = value instanceof Number ? value : kind(value);
        problem(at + "/" + name, "is " + shown + "; allowed: " + plain(least) + " to " + plain(most));
        return otherwise;
    }

    private static String plain(double number) {
        return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
    }

    private void unknownFields(String at, Map<String, @Nullable Object> fields, Set<String> known) {
        for (var name : fields.keySet()) {
            if (!known.contains(name)) {
                problem(at + "/" + escaped(name), "is not a field of this version of Nova");
            }
        }
    }

    /** A name as a part of a JSON pointer. */
    static String escaped(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }

    private void problem(String pointer, String problem) {
        problems.add((pointer.isEmpty() ? "plan" : pointer) + " " + problem);
    }

    private static String kind(@Nullable Object value) {
        return switch (value) {
            case null -> "missing";
            case String text -> text.isBlank() ? "blank text" : "text";
            case Number _ -> "a number";
            case Boolean _ -> "a boolean";
            case List<?> list -> list.isEmpty() ? "an empty array" : "an array";
            default -> "an object";
        };
    }
}
