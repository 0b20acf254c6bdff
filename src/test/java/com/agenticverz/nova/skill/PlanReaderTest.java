package com.agenticverz.nova.skill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.agenticverz.nova.run.Step;
import com.agenticverz.nova.run.Step.OnError;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PlanReaderTest {

    @Test
    void aStepNeedsOnlyASkill() {
        assertThat(steps("{\"skill\":\"noop\"}, {\"skill\":\"echo\"}"))
                .containsExactly(
                        new Step("s1", "noop", Map.of(), OnError.ABORT, 0, null, "s1", null, null, List.of(), null),
                        new Step("s2", "echo", Map.of(), OnError.ABORT, 0, null, "s2", null, null, List.of(), null));
    }

    @Test
    void anIdIsOfBoundedLength() {
        assertThat(steps("{\"id\":\"" + "x".repeat(200) + "\",\"skill\":\"noop\"}"))
                .hasSize(1);
        assertThatThrownBy(() -> steps("{\"id\":\"" + "x".repeat(201) + "\",\"skill\":\"noop\"}"))
                .isInstanceOf(InvalidPlanException.class)
                .hasMessageContaining("/steps/0/id has 201 characters; allowed: at most 200");
    }

    @Test
    void everyFieldOfAStepIsRead() {
        assertThat(steps("{\"id\":\"fetch\",\"skill\":\"http_call\",\"params\":{\"url\":\"x\"},\"on_error\":\"retry\","
                        + "\"retries\":7,\"timeout_seconds\":1.5,\"output_key\":\"page\"}"))
                .containsExactly(new Step(
                        "fetch",
                        "http_call",
                        Map.of("url", "x"),
                        OnError.RETRY,
                        7,
                        Duration.ofMillis(1500),
                        "page",
                        null,
                        null,
                        List.of(),
                        null));
    }

    @Test
    void theOutputOfAStepIsCalledAsTheStepIs() {
        assertThat(steps("{\"id\":\"fetch\",\"skill\":\"noop\"}"))
                .extracting(Step::outputKey)
                .containsExactly("fetch");
    }

    @Test
    void aStepThatIsTriedAgainIsTriedThreeTimesMore() {
        assertThat(steps("{\"skill\":\"noop\",\"on_error\":\"retry\"}"))
                .extracting(Step::retries)
                .containsExactly(3);
        assertThat(steps("{\"skill\":\"noop\",\"on_error\":\"retry\",\"retries\":0}"))
                .extracting(Step::retries)
                .containsExactly(0);
        assertThat(steps("{\"skill\":\"noop\",\"on_error\":\"continue\"}"))
                .extracting(Step::onError, Step::retries)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(OnError.CONTINUE, 0));
    }

    @Test
    void nullStandsForWhatIsNotThere() {
        assertThat(steps("{\"id\":null,\"skill\":\"noop\",\"params\":null,\"on_error\":null,\"retries\":null,"
                        + "\"timeout_seconds\":null,\"output_key\":null}"))
                .containsExactly(
                        new Step("s1", "noop", Map.of(), OnError.ABORT, 0, null, "s1", null, null, List.of(), null));
    }

    @Test
    void paramsKeepTheirValues() {
        var expected = new HashMap<String, Object>();
        expected.put("text", "t");
        expected.put("whole", 1);
        expected.put("large", 12345678901234L);
        expected.put("exact", new BigDecimal("0.10"));
        expected.put("yes", true);
        expected.put("nothing", null);
        expected.put("list", Arrays.asList(1, null, Map.of("a", List.of())));

        assertThat(steps("{\"skill\":\"noop\",\"params\":{\"text\":\"t\",\"whole\":1,\"large\":12345678901234,"
                                + "\"exact\":0.10,\"yes\":true,\"nothing\":null,\"list\":[1,null,{\"a\":[]}]}}")
                        .getFirst()
                        .params())
                .isEqualTo(expected);
    }

    @Test
    void aStepThatRefersToNothingStaysAsItIs() {
        var step = steps("{\"skill\":\"noop\",\"params\":{\"a\":\"$1\",\"b\":[{\"$\":1}]}}")
                .getFirst();

        assertThat(step.filledIn()).isNull();
        assertThat(step.when()).isNull();
    }

    @Test
    void aStepKeepsItsParamsAsThePlanHasThemAndKnowsHowTheyAreFilledIn() throws Exception {
        var step = steps("{\"skill\":\"noop\",\"params\":{\"a\":\"${page.x}\",\"b\":{\"$\":\"page\"}}}")
                .getFirst();

        assertThat(step.params()).isEqualTo(Map.of("a", "${page.x}", "b", Map.of("$", "page")));
        assertThat(step.filledIn()).isNotNull();
        assertThat(step.filledIn().in(Map.of("page", Map.of("x", 1)))).isEqualTo(Map.of("a", "1", "b", Map.of("x", 1)));
    }

    @Test
    void aStepKnowsWhenItIsExecuted() throws Exception {
        var step = steps("{\"skill\":\"noop\",\"when\":\"page.x > 1\"}").getFirst();

        assertThat(step.when()).isNotNull();
        assertThat(step.when().in(Map.of("page", Map.of("x", 1)))).isFalse();
        assertThat(step.when().in(Map.of("page", Map.of("x", 2)))).isTrue();
    }

    @Test
    void aPlanWithoutNeedsIsASequence() {
        var plan = PlanReader.read("{\"steps\":[{\"skill\":\"noop\"},{\"skill\":\"noop\",\"needs\":[]}]}");

        assertThat(plan.isSequence()).isTrue();
        assertThat(plan.maxParallel()).isEqualTo(8);
    }

    @Test
    void stepsNameWhatTheyNeed() {
        var plan = PlanReader.read("{\"max_parallel\":3,\"steps\":[{\"skill\":\"noop\",\"needs\":[\"b\",\"s3\"]},"
                + "{\"skill\":\"noop\",\"id\":\"b\"},{\"skill\":\"noop\",\"needs\":[\"b\"]}]}");

        assertThat(plan.isSequence()).isFalse();
        assertThat(plan.maxParallel()).isEqualTo(3);
        assertThat(plan.steps()).extracting(Step::needs).containsExactly(List.of("b", "s3"), List.of(), List.of("b"));
    }

    @Test
    void aStepKnowsWhatItIsExecutedFor() throws Exception {
        var plan = PlanReader.read("{\"max_parallel\":3,\"steps\":[{\"skill\":\"noop\",\"for_each\":\"page.items\"},"
                + "{\"skill\":\"noop\",\"id\":\"x[0]\",\"for_each\":\"[]\",\"max_parallel\":64}]}");

        assertThat(plan.steps())
                .extracting(step -> step.forEach().maxParallel())
                .containsExactly(3, 64);
        var items = plan.steps().getFirst().forEach().items();
        assertThat(items.in(Map.of("page", Map.of("items", List.of(1, 2))))).isEqualTo(List.of(1, 2));
        assertThatThrownBy(() -> items.in(Map.of("page", Map.of("items", 7))))
                .hasMessage("for_each: page.items is 7; allowed: an array, which [page.items] is in any case");
        assertThatThrownBy(() -> items.in(Map.of())).hasMessage("for_each: page.items refers to nothing");
        var many = Collections.nCopies(PlanReader.MOST_ITEMS + 1, 1);
        assertThatThrownBy(() -> items.in(Map.of("page", Map.of("items", many))))
                .hasMessage("for_each: page.items has 10001 items; allowed: at most 10000");
    }

    @Test
    void aThousandStepsAreAllowed() {
        assertThat(steps(manySteps(1000))).hasSize(1000);
    }

    static Stream<Arguments> badPlans() {
        return Stream.of(
                bad("", "not JSON: No content to map due to end-of-input (line 1, column 0)"),
                bad("{\"steps\"", "not JSON: Unexpected end-of-input within/between Object entries (line 1, column 9)"),
                bad(
                        "{} {}",
                        "not JSON: Trailing token (of type START_OBJECT) found after value (bound as"
                                + " `java.lang.Object`): not allowed as per `DeserializationFeature.FAIL_ON_TRAILING_TOKENS`"
                                + " (line 1, column 4)"),
                bad("null", "plan is missing, but a plan is an object: {\"steps\":[{\"skill\":\"noop\"}]}"),
                bad("[]", "plan is an empty array, but a plan is an object: {\"steps\":[{\"skill\":\"noop\"}]}"),
                bad("\"noop\"", "plan is text, but a plan is an object: {\"steps\":[{\"skill\":\"noop\"}]}"),
                bad("7", "plan is a number, but a plan is an object: {\"steps\":[{\"skill\":\"noop\"}]}"),
                bad("true", "plan is a boolean, but a plan is an object: {\"steps\":[{\"skill\":\"noop\"}]}"),
                bad("{}", "/steps is missing, but a plan needs an array of at least one step"),
                bad("{\"steps\":[]}", "/steps is an empty array, but a plan needs an array of at least one step"),
                bad(
                        "{\"steps\":{\"skill\":\"noop\"}}",
                        "/steps is an object, but a plan needs an array of at least one step"),
                bad("{\"steps\":[" + manySteps(1001) + "]}", "/steps has 1001 steps; allowed: at most 1000"),
                badStep("\"noop\"", "/steps/0 is text, but a step is an object with at least a skill"),
                badStep("null", "/steps/0 is missing, but a step is an object with at least a skill"),
                badStep("{}", "/steps/0/skill is missing"),
                badStep("{\"skill\":null}", "/steps/0/skill is missing"),
                badStep("{\"skill\":7}", "/steps/0/skill is a number, but has to be text that is not blank"),
                badStep("{\"skill\":\"\"}", "/steps/0/skill is blank text, but has to be text that is not blank"),
                badStep(
                        "{\"skill\":\"http-call\"}",
                        "/steps/0/skill is 'http-call'; allowed: lower case letters, digits and underscores, a letter"
                                + " first, at most 63"),
                badStep(
                        "{\"skill\":\"" + "a".repeat(101) + "\"}",
                        "/steps/0/skill is 101 characters long; allowed: lower case letters, digits and underscores, a"
                                + " letter first, at most 63"),
                badStep(
                        "{\"skill\":\"noop\",\"id\":\" \"}",
                        "/steps/0/id is blank text, but has to be text that is not blank"),
                badStep(
                        "{\"skill\":\"noop\",\"output_key\":[]}",
                        "/steps/0/output_key is an empty array, but has to be text that is not blank"),
                badStep("{\"skill\":\"noop\",\"params\":[1]}", "/steps/0/params is an array, but params are an object"),
                badStep(
                        "{\"skill\":\"noop\",\"on_error\":\"ignore\"}",
                        "/steps/0/on_error is 'ignore'; allowed: abort, continue, retry"),
                badStep(
                        "{\"skill\":\"noop\",\"on_error\":\"RETRY\"}",
                        "/steps/0/on_error is 'RETRY'; allowed: abort, continue, retry"),
                badStep(
                        "{\"skill\":\"noop\",\"on_error\":true}",
                        "/steps/0/on_error is a boolean, but has to be text that is not blank"),
                badStep("{\"skill\":\"noop\",\"retries\":3}", "/steps/0/retries needs \"on_error\":\"retry\""),
                badStep(
                        "{\"skill\":\"noop\",\"on_error\":\"retry\",\"retries\":101}",
                        "/steps/0/retries is 101; allowed: 0 to 100"),
                badStep(
                        "{\"skill\":\"noop\",\"on_error\":\"retry\",\"retries\":-1}",
                        "/steps/0/retries is -1; allowed: 0 to 100"),
                badStep(
                        "{\"skill\":\"noop\",\"on_error\":\"retry\",\"retries\":2.5}",
                        "/steps/0/retries is 2.5; allowed: whole numbers"),
                badStep(
                        "{\"skill\":\"noop\",\"on_error\":\"retry\",\"retries\":\"3\"}",
                        "/steps/0/retries is text; allowed: 0 to 100"),
                badStep(
                        "{\"skill\":\"noop\",\"timeout_seconds\":0}",
                        "/steps/0/timeout_seconds is 0; allowed: 0.001 to 8640000"),
                badStep(
                        "{\"skill\":\"noop\",\"timeout_seconds\":1e99}",
                        "/steps/0/timeout_seconds is 1E+99; allowed: 0.001 to 8640000"),
                badStep("{\"skill\":\"noop\",\"retry\":3}", "/steps/0/retry is not a field of this version of Nova"),
                badStep("{\"skill\":\"noop\",\"a/b~c\":3}", "/steps/0/a~1b~0c is not a field of this version of Nova"),
                badStep(
                        "{\"skill\":\"noop\",\"output_key\":\"run\"}",
                        "/steps/0/output_key 'run' is what expressions call the run itself; choose another output_key"),
                badStep(
                        "{\"skill\":\"noop\",\"id\":\"run\"}",
                        "/steps/0/id 'run' is what expressions call the run itself; choose another output_key"),
                badStep(
                        "{\"skill\":\"noop\",\"when\":true}",
                        "/steps/0/when is a boolean, but has to be text that is not blank"),
                badStep(
                        "{\"skill\":\"noop\",\"when\":\" \"}",
                        "/steps/0/when is blank text, but has to be text that is not blank"),
                badStep(
                        "{\"skill\":\"noop\",\"when\":\"page.\"}",
                        "/steps/0/when page. is not JSONata: Unexpected end of expression (before character 6)"),
                badStep(
                        "{\"skill\":\"noop\"}, {\"skill\":\"noop\",\"params\":{\"url\":\"${page.}\"}}",
                        "/steps/1/params/url ${page.} is not JSONata: Unexpected end of expression (before character 6)"),
                badStep(
                        "{\"skill\":\"noop\",\"params\":{\"a/b\":[{\"$\":\"(\"}],\"c\":\"${x\"}}",
                        "/steps/0/params/a~1b/0 ( is not JSONata: Expected \")\" before end of expression (before character 2); /steps/0/params/c has a ${ without its }; for a ${ that stands for itself, write $${"),
                badStep(
                        "{\"skill\":\"noop\",\"params\":{\"token\":\"${secret:TO-KEN}\"}}",
                        "/steps/0/params/token ${secret:TO-KEN} is not the name of a secret; allowed: letters, digits and underscores, a letter first, at most 100"),
                badStep(
                        "{\"skill\":\"noop\",\"for_each\":\"[${secret:TOKEN}]\"}",
                        "/steps/0/for_each [${secret:TOKEN}] has a secret in an expression; allowed: in a text, as \"Bearer ${secret:NAME}\""),
                badStep(
                        "{\"skill\":\"noop\",\"when\":\"${secret:TOKEN} = 1\"}",
                        "/steps/0/when ${secret:TOKEN} = 1 has a secret in an expression; allowed: in a text, as \"Bearer ${secret:NAME}\""),
                badStep(
                        "{\"skill\":\"noop\",\"id\":\"a\",\"output_key\":\"x\"}, {\"skill\":\"noop\",\"id\":\"a\"}",
                        "/steps/1/id 'a' is the id of an earlier step"),
                badStep(
                        "{\"skill\":\"noop\",\"id\":\"s2\",\"output_key\":\"x\"}, {\"skill\":\"noop\"}",
                        "/steps/1/id 's2' is the id of an earlier step"),
                bad("{\"steps\":[{\"skill\":\"noop\"}],\"max_parallel\":65}", "/max_parallel is 65; allowed: 1 to 64"),
                bad(
                        "{\"steps\":[{\"skill\":\"noop\"}],\"max_parallel\":1.5}",
                        "/max_parallel is 1.5; allowed: whole numbers"),
                bad(
                        "{\"steps\":[{\"skill\":\"noop\"}],\"max_parallel\":\"4\"}",
                        "/max_parallel is text; allowed: 1 to 64"),
                badStep("{\"skill\":\"noop\",\"max_parallel\":4}", "/steps/0/max_parallel needs for_each"),
                badStep(
                        "{\"skill\":\"noop\",\"for_each\":\"[1]\",\"max_parallel\":0}",
                        "/steps/0/max_parallel is 0; allowed: 1 to 64"),
                badStep(
                        "{\"skill\":\"noop\",\"for_each\":[1]}",
                        "/steps/0/for_each is an array, but has to be text that is not blank"),
                badStep(
                        "{\"skill\":\"noop\",\"for_each\":\"[1\"}",
                        "/steps/0/for_each [1 is not JSONata: Expected \"]\" before end of expression (before character 3)"),
                badStep(
                        "{\"skill\":\"noop\",\"needs\":\"s2\"}, {\"skill\":\"noop\",\"needs\":[7, null]}",
                        "/steps/0/needs is text, but has to be an array of ids of steps"
                                + "; /steps/1/needs/0 is a number, but has to be the id of a step"
                                + "; /steps/1/needs/1 is missing, but has to be the id of a step"),
                badStep(
                        "{\"skill\":\"noop\",\"needs\":[\"s2\",\"nope\",\"s2\",\"s1\"]}, {\"skill\":\"noop\"}",
                        "/steps/0/needs/1 'nope' is the id of no step"
                                + "; /steps/0/needs/2 's2' is there twice"
                                + "; /steps/0/needs/3 's1' is the step itself"),
                badStep(
                        "{\"skill\":\"noop\",\"needs\":[\"b\"]}, {\"id\":\"b\",\"skill\":\"noop\",\"needs\":[\"c\"]},"
                                + "{\"id\":\"c\",\"skill\":\"noop\",\"needs\":[\"b\"]}",
                        "/steps/1/needs is a cycle: b needs c needs b"),
                badStep(
                        "{\"skill\":\"noop\",\"id\":\"item\"}, {\"skill\":\"noop\",\"output_key\":\"index\"},"
                                + "{\"skill\":\"noop\",\"for_each\":\"[1]\"}",
                        "/steps/0/id 'item' is what steps with for_each call theirs; choose another output_key"
                                + "; /steps/1/output_key 'index' is what steps with for_each call theirs; choose another output_key"),
                badStep(
                        "{\"skill\":\"noop\",\"id\":\"a\",\"for_each\":\"[1]\"}, {\"skill\":\"noop\",\"id\":\"a[07]\"}",
                        "/steps/1/id 'a[07]' is what an item of step a is called"),
                badStep(
                        "{\"skill\":\"noop\"}, {\"skill\":\"noop\",\"output_key\":\"s1\"}",
                        "/steps/1/output_key 's1' is that of an earlier step"));
    }

    @ParameterizedTest
    @MethodSource("badPlans")
    void aBadPlanIsRefusedWithItsProblem(String plan, String problem) {
        assertThatThrownBy(() -> PlanReader.read(plan))
                .isInstanceOf(InvalidPlanException.class)
                .hasMessage("invalid plan: " + problem);
    }

    @Test
    void aBadPlanIsRefusedWithAllItsProblemsAtOnce() {
        assertThatThrownBy(() -> PlanReader.read("{\"name\":\"x\",\"steps\":[{\"skil\":\"noop\"},7,"
                        + "{\"skill\":\"noop\",\"params\":1,\"on_error\":\"skip\",\"timeout_seconds\":-1}]}"))
                .isInstanceOf(InvalidPlanException.class)
                .hasMessage("invalid plan: /name is not a field of this version of Nova"
                        + "; /steps/0/skil is not a field of this version of Nova"
                        + "; /steps/0/skill is missing"
                        + "; /steps/1 is a number, but a step is an object with at least a skill"
                        + "; /steps/2/params is a number, but params are an object"
                        + "; /steps/2/on_error is 'skip'; allowed: abort, continue, retry"
                        + "; /steps/2/timeout_seconds is -1; allowed: 0.001 to 8640000");
    }

    private static List<Step> steps(String steps) {
        return PlanReader.read("{\"steps\":[" + steps + "]}").steps();
    }

    private static String manySteps(int count) {
        return IntStream.range(0, count).mapToObj(_ -> "{\"skill\":\"noop\"}").collect(Collectors.joining(","));
    }

    private static Arguments bad(String plan, String problem) {
        return Arguments.of(plan, problem);
    }

    private static Arguments badStep(String steps, String problem) {
        return bad("{\"steps\":[" + steps + "]}", problem);
    }
}
