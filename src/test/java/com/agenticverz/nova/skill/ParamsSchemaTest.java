package com.agenticverz.nova.skill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each skill that comes with Nova says what it does and what it takes, and takes what it says. */
class ParamsSchemaTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final SkillRegistry SKILLS = SkillRegistry.load(SkillSettings.NONE);
    private static final String UNKNOWN = "no_such_param";
    private static final Pattern BLOCK = Pattern.compile("```json\\R(.*?)```", Pattern.DOTALL);
    private static final List<Path> PAGES = List.of(
            Path.of("README.md"),
            Path.of("src/site/markdown/plans.md"),
            Path.of("src/site/markdown/skills.md"),
            Path.of("src/site/markdown/write-a-skill.md"));

    static List<String> skills() {
        return SKILLS.names();
    }

    @ParameterizedTest
    @MethodSource("skills")
    void itSaysWhatItDoesOnOneLine(String name) {
        assertThat(skill(name).description()).isNotBlank().matches("[a-z].*[^.]");
    }

    @ParameterizedTest
    @MethodSource("skills")
    void itsSchemaIsOneAndItsDefaultsAndExamplesAreValid(String name) throws IOException {
        var schema = schema(name);
        assertThat(JsonSchema.ofSchemas().problems(schema.toString())).isEmpty();
        assertThat(schema.path("type").asText()).isEqualTo("object");
        assertThat(schema.path("properties").properties()).allSatisfy(property -> {
            var its = property.getValue();
            assertThat(its.has("description") || its.has("enum"))
                    .as(property.getKey() + " says what it is")
                    .isTrue();
            if (its.has("default")) {
                ObjectNode alone = its.deepCopy();
                alone.set("$defs", schema.path("$defs"));
                assertThat(JsonSchema.of(alone.toString())
                                .problems(its.get("default").toString()))
                        .isEmpty();
            }
        });
        assertThat(schema.path("examples"))
                .isNotEmpty()
                .allSatisfy(
                        example -> assertThat(JsonSchema.of(schema.toString()).problems(example.toString()))
                                .isEmpty());
    }

    /** What each is given here is of no kind that it takes, so that it does nothing but refuse. */
    @ParameterizedTest
    @MethodSource("skills")
    void itKnowsEachParamOfItsSchemaAndNoOther(String name) throws IOException {
        var schema = schema(name);
        if (schema.path("additionalProperties").asBoolean(true)) {
            assertThat(name).isIn("echo", "noop");
            return;
        }
        for (var param : (Iterable<String>) schema.path("properties")::fieldNames) {
            assertThat(refusal(name, Map.of(param, Map.of("neither", "nor")))).doesNotContain(" is not a param");
        }
        for (var example : schema.path("examples")) {
            var params = new HashMap<>(Objects.requireNonNull(Json.object(Json.read(example.toString()))));
            params.put(UNKNOWN, 1);
            var refusal = refusal(name, params);
            assertThat(refusal).startsWith(UNKNOWN + " is not a param").contains("allowed: ");
            assertThat(refusal.substring(refusal.indexOf("allowed: ") + 9).split(", "))
                    .containsExactlyInAnyOrderElementsOf(schema.path("properties")::fieldNames);
            assertThat(JsonSchema.of(schema.toString()).problems(Json.write(params)))
                    .singleElement()
                    .satisfies(problem -> assertThat(problem.getMessage()).contains(UNKNOWN));
        }
    }

    @Test
    void theParamsOnThePagesAreValid() throws IOException {
        int steps = 0;
        for (var page : PAGES) {
            for (var block : blocks(page)) {
                for (var step : block.path("steps")) {
                    var name = step.path("skill").asText();
                    if (SKILLS.find(name).isEmpty()) {
                        continue; // one that the page has its reader write
                    }
                    var params = step.has("params") ? step.path("params") : JSON.createObjectNode();
                    assertThat(problems(name, params)).as(page + ": " + step).isEmpty();
                    steps++;
                }
                if (block.has("steps")) {
                    assertThat(JsonSchema.of(PlanReader.schema()).problems(block.toString()))
                            .as(page + ": " + block)
                            .isEmpty();
                }
            }
        }
        assertThat(steps).isGreaterThan(10);
    }

    @Test
    void badParamsOnAPageWouldBeFound() throws IOException {
        assertThat(problems("sleep", JSON.readTree("{\"seconds\":\"1\"}"))).isNotEmpty();
        assertThat(problems("sleep", JSON.readTree("{}"))).isNotEmpty();
        assertThat(problems("sleep", JSON.readTree("{\"seconds\":{\"$\":\"a.b\"}}")))
                .isEmpty();
        assertThat(problems("sleep", JSON.readTree("{\"seconds\":{\"$\":\"a.b\"},\"x\":1}")))
                .isNotEmpty();
        assertThat(problems("wait", JSON.readTree("{\"until\":\"${a.b}\"}"))).isEmpty();
        assertThat(problems("wait", JSON.readTree("{\"until\":\"tomorrow\"}"))).isNotEmpty();
    }

    // --- what is wrong

    /** What is wrong with params as they stand in a plan: what a reference stands for is not known. */
    private static List<String> problems(String name, JsonNode params) throws IOException {
        var references = new ArrayList<String>();
        references(params, "", references);
        return JsonSchema.of(schema(name).toString()).problems(params.toString()).stream()
                .filter(problem -> references.stream()
                        .noneMatch(
                                it -> problem.getInstanceLocation().toString().startsWith(it)))
                .map(Object::toString)
                .toList();
    }

    private static void references(JsonNode value, String at, List<String> found) {
        if (value.isTextual() && value.asText().contains("${")
                || value.isObject() && value.size() == 1 && value.path("$").isTextual()) {
            found.add(at);
        } else if (value.isObject()) {
            value.properties()
                    .forEach(it -> references(it.getValue(), at + "/" + PlanReader.escaped(it.getKey()), found));
        } else {
            for (int i = 0; i < value.size(); i++) {
                references(value.get(i), at + "/" + i, found);
            }
        }
    }

    private static String refusal(String name, Map<String, @Nullable Object> params) {
        var failure =
                catchThrowable(() -> skill(name).run(params, new TestContext(UUID.randomUUID(), "me", "s1", 1, 3)));
        assertThat(failure).as(name + " " + params).isInstanceOf(SkillFailure.class);
        assertThat(((SkillFailure) failure).isRetryable())
                .as(name + ": " + failure)
                .isFalse();
        return String.valueOf(failure.getMessage());
    }

    private static Skill skill(String name) {
        return SKILLS.find(name).orElseThrow();
    }

    private static JsonNode schema(String name) throws IOException {
        return JSON.readTree(Objects.requireNonNull(skill(name).paramsSchema(), name + ".params.json is missing"));
    }

    /** Those that are JSON: some have an ellipsis. */
    private static List<JsonNode> blocks(Path page) throws IOException {
        return BLOCK.matcher(Files.readString(page))
                .results()
                .flatMap(block -> {
                    try {
                        return Stream.of(JSON.readTree(block.group(1)));
                    } catch (JsonProcessingException e) {
                        return Stream.empty();
                    }
                })
                .toList();
    }
}
