package com.agenticverz.nova.skill;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The schema of plans and their reader refuse the same. */
class PlanSchemaTest {

    /** What the reader refuses and a schema cannot. */
    private static final Map<String, Pattern> BEYOND_A_SCHEMA = Map.of(
            "an id twice", Pattern.compile(".*/id '.*' is the id of an earlier step"),
            "an output key twice", Pattern.compile(".*/output_key '.*' is that of an earlier step"),
            "an id that is an item's", Pattern.compile(".*/id '.*' is what an item of step .* is called"),
            "a need of no step", Pattern.compile(".*/needs/\\d+ '.*' is the id of no step"),
            "a need of itself", Pattern.compile(".*/needs/\\d+ '.*' is the step itself"),
            "a cycle", Pattern.compile(".*/needs is a cycle: .*"),
            "not JSONata", Pattern.compile("/steps/\\d+/(when|for_each|params/.*) .* is not JSONata: .*"));

    private static final int PLANS = 6000;

    private final JsonSchema schema = JsonSchema.of(PlanReader.schema());
    private final Random random = new Random(20261126);

    @Test
    void theSchemaIsOne() {
        assertThat(JsonSchema.ofSchemas().problems(PlanReader.schema())).isEmpty();
        assertThat(JsonSchema.ofSchemas().problems("{\"type\":\"nothing\"}")).isNotEmpty();
    }

    @Test
    void schemaAndReaderAgreeOnGeneratedPlans() {
        var seen = new TreeMap<String, Integer>();
        for (int i = 0; i < PLANS; i++) {
            var plan = plan();
            for (int mutations = random.nextInt(3); mutations > 0; mutations--) {
                mutate(plan);
            }
            var json = Json.write(plan);
            var problems = problems(json);
            var toSchema =
                    problems.stream().filter(problem -> beyond(problem) == null).toList();
            assertThat(schema.problems(json).isEmpty())
                    .as("%s%nthe reader: %s%nthe schema: %s", json, problems, schema.problems(json))
                    .isEqualTo(toSchema.isEmpty());

            problems.stream()
                    .map(problem -> beyond(problem) == null ? "refused by both" : beyond(problem))
                    .distinct()
                    .forEach(kind -> seen.merge(kind, 1, Integer::sum));
            if (problems.isEmpty()) {
                seen.merge("accepted by both", 1, Integer::sum);
            }
        }
        assertThat(seen).containsKeys(BEYOND_A_SCHEMA.keySet().toArray(String[]::new));
        assertThat(seen.get("accepted by both")).isGreaterThan(1000);
        assertThat(seen.get("refused by both")).isGreaterThan(1000);
    }

    /** Whitespace is not the same for all who read patterns. */
    @Test
    void schemaAndReaderAgreeOnWhatIsBlank() {
        for (int character = 0; character <= 0xffff; character++) {
            if (Character.isSurrogate((char) character)) {
                continue;
            }
            var json =
                    Json.write(Map.of("steps", List.of(Map.of("skill", "a", "id", String.valueOf((char) character)))));
            assertThat(schema.problems(json).isEmpty())
                    .as("U+%04X", character)
                    .isEqualTo(problems(json).isEmpty());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "[]",
                "7",
                "{}",
                "{\"steps\":null}",
                "{\"steps\":{}}",
                "{\"steps\":[]}",
                "{\"steps\":[7]}",
                "{\"steps\":[null]}",
                "{\"$schema\":7,\"steps\":[{\"skill\":\"a\"}]}"
            })
    void bothRefuseWhatIsNoPlanAtAll(String json) {
        assertThat(problems(json)).isNotEmpty();
        assertThat(schema.problems(json)).isNotEmpty();
    }

    @Test
    void bothKnowTheBounds() {
        for (int steps : List.of(1000, 1001)) {
            var json = "{\"steps\":[" + "{\"skill\":\"a\"},".repeat(steps - 1) + "{\"skill\":\"a\"}]}";
            assertThat(problems(json).isEmpty()).isEqualTo(steps == 1000);
            assertThat(schema.problems(json).isEmpty()).isEqualTo(steps == 1000);
        }
        for (var field : Map.of("id", 200, "when", 10_000, "for_each", 10_000).entrySet()) {
            for (int length : List.of(field.getValue(), field.getValue() + 1)) {
                var json = "{\"steps\":[{\"skill\":\"a\",\"" + field.getKey() + "\":\"" + "a".repeat(length) + "\"}]}";
                assertThat(problems(json).isEmpty()).as(field.getKey()).isEqualTo(length == field.getValue());
                assertThat(schema.problems(json).isEmpty()).as(field.getKey()).isEqualTo(length == field.getValue());
            }
        }
    }

    @Test
    void aPlanMayNameItsSchemaForEditors() {
        var json = "{\"$schema\":\"plan.schema.json\",\"steps\":[{\"skill\":\"noop\"}]}";
        assertThat(problems(json)).isEmpty();
        assertThat(schema.problems(json)).isEmpty();
    }

    private static List<String> problems(String json) {
        try {
            PlanReader.read(json);
            return List.of();
        } catch (InvalidPlanException e) {
            return e.problems();
        }
    }

    private static @Nullable String beyond(String problem) {
        for (var kind : BEYOND_A_SCHEMA.entrySet()) {
            if (kind.getValue().matcher(problem).matches()) {
                return kind.getKey();
            }
        }
        return null;
    }

    // --- plans

    /** A valid one. */
    private Map<String, @Nullable Object> plan() {
        var plan = new LinkedHashMap<String, @Nullable Object>();
        boolean graph = random.nextBoolean();
        var ids = new ArrayList<String>();
        var steps = new ArrayList<@Nullable Object>();
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            var step = new LinkedHashMap<String, @Nullable Object>();
            step.put("skill", pick("noop", "echo", "no_such_skill", "a1"));
            maybe(step, "id", "step" + i);
            maybe(step, "output_key", "out" + i, null);
            maybe(
                    step,
                    "params",
                    null,
                    Map.of(),
                    Map.of("a", 1, "b", Map.of("$", "run.id")),
                    Map.of("t", "x${run.id}"));
            maybe(step, "when", null, "true", "run.attempt > 1");
            maybe(step, "timeout_seconds", null, 0.001, 8_640_000, 1.5);
            if (random.nextInt(3) == 0) {
                step.put("on_error", "retry");
                maybe(step, "retries", null, 0, 100, 3.0);
            } else {
                maybe(step, "on_error", null, "abort", "continue", "retry");
            }
            if (random.nextInt(4) == 0) {
                step.put("for_each", "[1,2]");
                maybe(step, "max_parallel", null, 1, 64);
            }
            if (graph) {
                maybe(
                        step,
                        "needs",
                        null,
                        List.of(),
                        ids.stream().filter(_ -> random.nextBoolean()).toList());
            }
            ids.add(step.containsKey("id") ? "step" + i : "s" + (i + 1));
            steps.add(step);
        }
        plan.put("steps", steps);
        maybe(plan, "max_parallel", null, 1, 8, 64);
        maybe(plan, "$schema", null, "./plan.schema.json");
        return plan;
    }

    /** Changes one thing, mostly so that it is not valid any more. */
    private void mutate(Map<String, @Nullable Object> plan) {
        var steps = (List<?>) Objects.requireNonNull(plan.get("steps"));
        var step = Objects.requireNonNull(Json.object(steps.get(random.nextInt(steps.size()))));
        switch (random.nextInt(18)) {
            case 0 -> plan.put(pick("step", "$id", "name", "needs"), value());
            case 1 -> plan.put(pick("max_parallel", "$schema"), value());
            case 2 -> step.put(pick("retry", "Skill", "$schema", "a/b", ""), value());
            case 3 -> step.put(pick("skill", "id", "output_key"), value());
            case 4 -> step.put("params", value());
            case 5 -> step.put("needs", value());
            case 6 -> step.put("on_error", pick("abort", "continue", "retry", "Retry", "", " ", 1, null));
            case 7 -> step.put("retries", number());
            case 8 -> step.put("timeout_seconds", number());
            case 9 -> step.put("max_parallel", number());
            case 10 -> plan.put("max_parallel", number());
            case 11 ->
                step.put(
                        pick("id", "output_key"),
                        pick("run", "item", "index", "step0", "out0", "s1", "step0[3]", "s1[0]"));
            case 12 -> step.put("needs", List.of(pick("step0", "s1", "s2", "step1", "step2", "nope", "", 1), "s1"));
            case 13 -> step.put("when", pick("(", "true", "", null, 7));
            case 14 -> needEachOther(steps);
            case 15 -> {
                step.put("id", pick("step0[3]", "s1[0]"));
                Objects.requireNonNull(Json.object(steps.getFirst())).put("for_each", "[1]");
            }
            case 16 -> step.put("for_each", pick("[1]", "run", null, " ", 7));
            default -> step.remove(pick("skill", "id", "on_error", "for_each"));
        }
    }

    /** Each step the next one, and the last the first. */
    private static void needEachOther(List<?> steps) {
        for (int i = 0; i < steps.size(); i++) {
            var step = Objects.requireNonNull(Json.object(steps.get(i)));
            step.put("id", "step" + i);
            step.put("needs", List.of("step" + (i + 1) % steps.size()));
        }
    }

    private @Nullable Object value() {
        return pick(null, true, 0, 1, 2.5, -1, "", "  ", "text", "run", List.of(), List.of("s1"), List.of(1), Map.of());
    }

    private @Nullable Object number() {
        return pick(null, 0, 1, 0.0009, 0.001, 2.5, 64, 65, 100, 101, -1, 8_640_000, 8_640_001, 1e300, "1", List.of());
    }

    private void maybe(Map<String, @Nullable Object> object, String name, @Nullable Object... values) {
        if (random.nextInt(3) == 0) {
            object.put(name, pick(values));
        }
    }

    @SafeVarargs
    private <T extends @Nullable Object> T pick(T... values) {
        return values[random.nextInt(values.length)];
    }
}
