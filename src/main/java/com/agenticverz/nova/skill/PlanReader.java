package com.agenticverz.nova.skill;

import com.agenticverz.nova.run.Plan;
import com.agenticverz.nova.run.Step;
import com.agenticverz.nova.run.Step.ForEach;
import com.agenticverz.nova.run.Step.OnError;
import com.agenticverz.nova.run.Step.Reference;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the {@code plan} column. A plan that cannot be executed as it stands is refused as a whole, with every problem
 * at once, each with its place as a JSON pointer: nothing in a plan is ignored.
 */
public final class PlanReader {

    private static final Set<String> PLAN_FIELDS = Set.of("$schema", "steps", "max_parallel");
    private static final Set<String> STEP_FIELDS = Set.of(
            "id",
            "skill",
            "params",
            "on_error",
            "retries",
            "timeout_seconds",
            "output_key",
            "when",
            "needs",
            "for_each",
            "max_parallel");

    /** What expressions call the run itself. */
    public static final String RUN = "run";

    /** What expressions call the item of a step that is executed for each one. */
    public static final String ITEM = "item";

    /** What they call its number, from 0. */
    public static final String INDEX = "index";

    /** Of an array that a step is executed for. */
    public static final int MOST_ITEMS = 10_000;

    private static final int MOST_STEPS = 1000;
    /** Finished steps are found by it, in an index. */
    private static final int LONGEST_ID_CHARS = 200;

    private static final int MOST_RETRIES = 100;

    /** The largest {@code max_parallel}. */
    public static final int MOST_PARALLEL = 64;

    private static final int PARALLEL = 8;
    private static final Pattern ITEM_ID = Pattern.compile("(?s)(.+)\\[[0-9]+]");
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
        var plan = reader.plan(value);
        if (plan == null || !reader.problems.isEmpty()) {
            throw new InvalidPlanException(reader.problems);
        }
        return plan;
    }

    /** The published JSON Schema of plans (2020-12): what is refused here, as far as a schema can say it. */
    public static String schema() {
        try (var resource = PlanReader.class.getResourceAsStream("plan.schema.json")) {
            return new String(Objects.requireNonNull(resource).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private @Nullable Plan plan(@Nullable Object value) {
        var plan = Json.object(value);
        if (plan == null) {
            problem("", "is " + kind(value) + ", but a plan is an object: {\"steps\":[{\"skill\":\"noop\"}]}");
            return null;
        }
        unknownFields("", plan, PLAN_FIELDS);
        text("", plan, "$schema", ""); // for editors
        int maxParallel = maxParallel("", plan, PARALLEL);
        var steps = steps(plan, maxParallel);
        return steps.isEmpty() ? null : new Plan(steps, maxParallel);
    }

    private List<Step> steps(Map<String, @Nullable Object> plan, int maxParallel) {
        if (!(plan.get("steps") instanceof List<?> list) || list.isEmpty()) {
            problem("/steps", "is " + kind(plan.get("steps")) + ", but a plan needs an array of at least one step");
            return List.of();
        }
        if (list.size() > MOST_STEPS) {
            problem("/steps", "has " + list.size() + " steps; allowed: at most " + MOST_STEPS);
            return List.of();
        }
        var steps = new ArrayList<Step>();
        var places = new ArrayList<String>();
        var ids = new HashSet<String>();
        var outputKeys = new HashSet<String>();
        for (int i = 0; i < list.size(); i++) {
            var step = step("/steps/" + i, i, list.get(i), maxParallel);
            if (step != null) {
                if (!ids.add(step.id())) {
                    problem("/steps/" + i + "/id", "'" + step.id() + "' is the id of an earlier step");
                }
                if (!outputKeys.add(step.outputKey())) {
                    problem("/steps/" + i + "/output_key", "'" + step.outputKey() + "' is that of an earlier step");
                }
                steps.add(step);
                places.add("/steps/" + i);
            }
        }
        needs(steps, places, ids);
        items(steps, places);
        return steps;
    }

    private void needs(List<Step> steps, List<String> places, Set<String> ids) {
        var needs = new LinkedHashMap<String, List<String>>();
        for (int i = 0; i < steps.size(); i++) {
            var step = steps.get(i);
            var seen = new HashSet<String>();
            for (int j = 0; j < step.needs().size(); j++) {
                var at = places.get(i) + "/needs/" + j;
                var needed = step.needs().get(j);
                if (!seen.add(needed)) {
                    problem(at, "'" + needed + "' is there twice");
                } else if (needed.equals(step.id())) {
                    problem(at, "'" + needed + "' is the step itself");
                } else if (!ids.contains(needed)) {
                    problem(at, "'" + needed + "' is the id of no step");
                }
            }
            if (!step.needs().isEmpty()) {
                needs.put(step.id(), step.needs());
            }
        }
        if (problems.isEmpty() && !needs.isEmpty()) {
            var cycle = StepOrder.cycle(needs);
            if (!cycle.isEmpty()) {
                var first = steps.stream().map(Step::id).toList().indexOf(cycle.getFirst());
                problem(
                        places.get(first) + "/needs",
                        "is a cycle: " + String.join(" needs ", cycle) + " needs " + cycle.getFirst());
            }
        }
    }

    /** What a step with {@code for_each} calls its item, and what its items are called, are its own. */
    private void items(List<Step> steps, List<String> places) {
        var forEach = new HashSet<String>();
        steps.stream().filter(step -> step.forEach() != null).forEach(step -> forEach.add(step.id()));
        if (forEach.isEmpty()) {
            return;
        }
        for (int i = 0; i < steps.size(); i++) {
            var step = steps.get(i);
            if (step.outputKey().equals(ITEM) || step.outputKey().equals(INDEX)) {
                problem(
                        places.get(i) + (step.outputKey().equals(step.id()) ? "/id" : "/output_key"),
                        "'" + step.outputKey()
                                + "' is what steps with for_each call theirs; choose another output_key");
            }
            var item = ITEM_ID.matcher(step.id());
            if (item.matches() && forEach.contains(item.group(1))) {
                problem(
                        places.get(i) + "/id",
                        "'" + step.id() + "' is what an item of step " + item.group(1) + " is called");
            }
        }
    }

    private @Nullable Step step(String at, int index, @Nullable Object value, int parallel) {
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
        } else if (!skill.isEmpty() && !SkillRegistry.isName(skill)) {
            // No node will ever have it, so the run would wait for ever.
            problem(
                    at + "/skill",
                    "is " + (skill.length() > 100 ? skill.length() + " characters long" : "'" + skill + "'")
                            + "; allowed: lower case letters, digits and underscores, a letter first, at most 63");
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
        var forEach = forEach(at, fields, parallel);
        return new Step(
                id,
                skill,
                params,
                onError,
                (int) retries,
                timeout,
                outputKey,
                when(at, fields),
                filledIn,
                needs(at, fields),
                forEach);
    }

    private List<String> needs(String at, Map<String, @Nullable Object> fields) {
        var value = fields.get("needs");
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof List<?> list)) {
            problem(at + "/needs", "is " + kind(value) + ", but has to be an array of ids of steps");
            return List.of();
        }
        var needs = new ArrayList<String>();
        for (int i = 0; i < list.size(); i++) {
            if (list.get(i) instanceof String id) {
                needs.add(id);
            } else {
                problem(at + "/needs/" + i, "is " + kind(list.get(i)) + ", but has to be the id of a step");
            }
        }
        return needs;
    }

    private @Nullable ForEach forEach(String at, Map<String, @Nullable Object> fields, int parallel) {
        if (fields.get("for_each") == null) {
            if (fields.get("max_parallel") != null) {
                problem(at + "/max_parallel", "needs for_each");
            }
            return null;
        }
        int maxParallel = maxParallel(at, fields, parallel);
        Reference<List<@Nullable Object>> items =
                reference(at, fields, "for_each", (expression, input) -> expression.array(input, MOST_ITEMS));
        return items == null ? null : new ForEach(items, maxParallel);
    }

    private int maxParallel(String at, Map<String, @Nullable Object> fields, int otherwise) {
        var number = number(at, fields, "max_parallel", otherwise, 1, MOST_PARALLEL);
        if (number != Math.rint(number)) {
            problem(at + "/max_parallel", "is " + fields.get("max_parallel") + "; allowed: whole numbers");
        }
        return (int) number;
    }

    private @Nullable Reference<Boolean> when(String at, Map<String, @Nullable Object> fields) {
        return fields.get("when") == null ? null : reference(at, fields, "when", Expression::isTrue);
    }

    private interface Evaluation<T> {
        T value(Expression expression, Map<String, @Nullable Object> input) throws InterruptedException;
    }

    private <T> @Nullable Reference<T> reference(
            String at, Map<String, @Nullable Object> fields, String name, Evaluation<T> evaluation) {
        // Where it is not text that is not blank, that is said, and this stands for it.
        var text = text(at, fields, name, "true");
        try {
            var expression = Expression.of(text);
            return input -> {
                try {
                    return evaluation.value(expression, input);
                } catch (SkillFailure e) {
                    throw SkillFailure.permanent(name + ": " + e.getMessage());
                }
            };
        } catch (IllegalArgumentException e) {
            problem(at + "/" + name, e.getMessage());
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
