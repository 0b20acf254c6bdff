package com.agenticverz.nova.skill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class BuiltinSkillsTest {

    private static final UUID RUN = UUID.randomUUID();

    private final SkillRegistry skills = SkillRegistry.load(SkillSettings.NONE);

    @Test
    void noopReturnsNothing() throws Exception {
        assertThat(run("noop", Map.of("a", 1), 1)).isNull();
    }

    @Test
    void echoReturnsItsParams() throws Exception {
        assertThat(run("echo", Map.of("a", 1), 1)).isEqualTo(Map.of("a", 1));
    }

    @Test
    void sleepReturnsHowLong() throws Exception {
        assertThat(run("sleep", Map.of("seconds", new BigDecimal("0.001")), 1))
                .isEqualTo(Map.of("seconds", new BigDecimal("0.001")));
        assertThat(run("sleep", Map.of("seconds", 0), 1)).isEqualTo(Map.of("seconds", 0));
    }

    @Test
    void sleepEndsWhenItIsInterrupted() {
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> run("sleep", Map.of("seconds", 86_400), 1)).isInstanceOf(InterruptedException.class);
    }

    static Stream<Arguments> badSeconds() {
        return Stream.of(
                Arguments.of(Map.of(), "seconds is missing; allowed: 0 to 86400"),
                Arguments.of(Collections.singletonMap("seconds", null), "seconds is missing; allowed: 0 to 86400"),
                Arguments.of(Map.of("seconds", -1), "seconds is '-1'; allowed: 0 to 86400"),
                Arguments.of(Map.of("seconds", 86_401), "seconds is '86401'; allowed: 0 to 86400"),
                Arguments.of(Map.of("seconds", Double.NaN), "seconds is 'NaN'; allowed: 0 to 86400"),
                Arguments.of(Map.of("seconds", "1"), "seconds is '1'; allowed: 0 to 86400"));
    }

    @ParameterizedTest
    @MethodSource("badSeconds")
    void sleepRefusesWhatItCannotSleep(Map<String, Object> params, String message) {
        assertFailure("sleep", params, 1, message, false);
    }

    @Test
    void waitIsOverAtItsMoment() throws Exception {
        assertThat(run("wait", Map.of("until", "2001-02-03T04:05:06.7+02:00"), 1))
                .isEqualTo(Map.of("until", "2001-02-03T04:05:06.700+02:00"));
    }

    @Test
    void waitSleepsUntilItsMomentOrForAYear() throws Exception {
        var inAnHour = OffsetDateTime.now(ZoneOffset.UTC).plusHours(1);
        assertThat(run("wait", Map.of("until", inAnHour.toString()), 1))
                .isInstanceOfSatisfying(
                        Snooze.class,
                        it -> assertThat(it.duration()).isBetween(Duration.ofMinutes(59), Duration.ofHours(1)));
        assertThat(run("wait", Map.of("until", "9999-12-31T23:59:59Z"), 1)).isEqualTo(new Snooze(Duration.ofDays(366)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tomorrow", "2026-12-24", "2026-12-24T18:00:00", "2026-13-01T00:00:00Z"})
    void waitRefusesWhatIsNoMoment(String until) {
        assertFailure(
                "wait",
                Map.of("until", until),
                1,
                "until is '" + until + "'; allowed: a moment with its offset, such as 2026-12-24T18:00:00Z",
                false);
    }

    @Test
    void waitForSignalReturnsWhatWasSent() throws Exception {
        var context = new TestContext(RUN, "agent", "s1", 1, 5);
        context.signals().put("approval", new SkillContext.Signal(Map.of("by", "Ada")));
        context.signals().put("nothing", new SkillContext.Signal(null));

        assertThat(waitForSignal(context, Map.of("name", "approval", "timeout_seconds", 60)))
                .isEqualTo(Map.of("name", "approval", "payload", Map.of("by", "Ada")));
        var nothing = new HashMap<String, @Nullable Object>(Map.of("name", "nothing"));
        nothing.put("payload", null);
        assertThat(waitForSignal(context, Map.of("name", "nothing"))).isEqualTo(nothing);
        context.waits().put("approval", Duration.ofHours(1));
        assertThat(waitForSignal(context, Map.of("name", "approval", "timeout_seconds", 60)))
                .as("it came, however late")
                .isEqualTo(Map.of("name", "approval", "payload", Map.of("by", "Ada")));
    }

    @Test
    void waitForSignalSleepsForWhatIsLeftOfItsTimeOrForAYear() throws Exception {
        var context = new TestContext(RUN, "agent", "s1", 1, 5);
        assertThat(waitForSignal(context, Map.of("name", "go")))
                .isEqualTo(Snooze.untilSignal("go", Duration.ofDays(366)));

        context.waits().put("go", Duration.ofSeconds(20));
        assertThat(waitForSignal(context, Map.of("name", "go", "timeout_seconds", 60)))
                .isEqualTo(Snooze.untilSignal("go", Duration.ofSeconds(40)));
        assertThatThrownBy(() -> waitForSignal(context, Map.of("name", "go", "timeout_seconds", 20)))
                .isInstanceOfSatisfying(
                        SkillFailure.class, it -> assertThat(it.isRetryable()).isFalse())
                .hasMessage("no signal 'go' came within 20 s (timeout_seconds)");
        context.waits().put("go", Duration.ofDays(9999));
        assertThat(waitForSignal(context, Map.of("name", "go")))
                .as("without a timeout it waits for ever")
                .isEqualTo(Snooze.untilSignal("go", Duration.ofDays(366)));
    }

    @Test
    void waitForSignalRefusesBadParams() {
        var allowed = "; allowed: the name of a signal, 1 to 200 characters of visible ASCII and spaces";
        assertFailure("wait_for_signal", Map.of(), 1, "name is missing" + allowed, false);
        assertFailure("wait_for_signal", Map.of("name", 7), 1, "name is '7'" + allowed, false);
        assertFailure(
                "wait_for_signal",
                Map.of("name", " "),
                1,
                "the name of a signal is ' '; allowed: 1 to 200 characters of visible ASCII and spaces",
                false);
        for (var timeout : List.of(0, -1, 31_622_401, "60")) {
            assertFailure(
                    "wait_for_signal",
                    Map.of("name", "go", "timeout_seconds", timeout),
                    1,
                    "timeout_seconds is '" + timeout + "'; allowed: 0.001 to 31622400, or none",
                    false);
        }
        assertFailure(
                "wait_for_signal",
                Map.of("name", "go", "timeout", 1),
                1,
                "timeout is not a param; allowed: name, timeout_seconds",
                false);
    }

    private @Nullable Object waitForSignal(TestContext context, Map<String, @Nullable Object> params) throws Exception {
        return skills.find("wait_for_signal").orElseThrow().run(params, context);
    }

    @Test
    void failFails() {
        assertFailure("fail", Map.of(), 1, "failed as told", true);
        assertFailure("fail", Map.of("message", "why", "retryable", true), 9, "why", true);
        assertFailure("fail", Map.of("message", "why", "retryable", false), 1, "why", false);
    }

    @Test
    void failFailsTheFirstAttempts() throws Exception {
        assertFailure("fail", Map.of("times", 2), 1, "failed as told", true);
        assertFailure("fail", Map.of("times", 2), 2, "failed as told", true);
        assertThat(run("fail", Map.of("times", 2), 3)).isEqualTo(Map.of("failed_before", 2));
        assertThat(run("fail", Map.of("times", 0), 1)).isEqualTo(Map.of("failed_before", 0));
    }

    @Test
    void failRefusesBadParams() {
        assertFailure("fail", Map.of("retryable", "no"), 1, "retryable is 'no'; allowed: true, false", false);
        assertFailure("fail", Map.of("times", 1.5), 1, "times is '1.5'; allowed: a whole number", false);
    }

    @Test
    void jsonTransformReturnsTheValueOfItsExpression() throws Exception {
        var input = Map.of("items", List.of(Map.of("price", 8), Map.of("price", 30)));

        assertThat(run("json_transform", Map.of("expression", "$sum(items.price)", "input", input), 1))
                .isEqualTo(38);
        assertThat(run("json_transform", Map.of("expression", "$[1]", "input", List.of(1, 2)), 1))
                .isEqualTo(2);
        assertThat(run("json_transform", Map.of("expression", "nope"), 1)).isNull();
        assertThat(run("json_transform", Map.of("expression", "$"), 1)).isEqualTo(Map.of());
        assertThat(run("json_transform", Map.of("expression", "null"), 1)).isNull();
        var nothing = new HashMap<String, @Nullable Object>(Map.of("expression", "$ = null"));
        nothing.put("input", null);
        assertThat(run("json_transform", nothing, 1)).isEqualTo(true);
    }

    @Test
    void jsonTransformRefusesBadParams() {
        assertFailure("json_transform", Map.of(), 1, "expression is missing; allowed: text, in JSONata", false);
        assertFailure(
                "json_transform", Map.of("expression", 7), 1, "expression is '7'; allowed: text, in JSONata", false);
        assertFailure(
                "json_transform",
                Map.of("expression", "items["),
                1,
                "expression: items[ is not JSONata: Expected \"]\" before end of expression (before character 7)",
                false);
        assertFailure(
                "json_transform",
                Map.of("expression", "1", "inputs", 1),
                1,
                "inputs is not a param of json_transform; allowed: expression, input",
                false);
    }

    @Test
    void jsonTransformIsBounded() {
        assertFailure(
                "json_transform",
                Map.of("expression", "($f := function() {$f()}; $f())"),
                1,
                "($f := function() {$f()}; $f()) took longer than 1 s",
                false);
    }

    private void assertFailure(
            String skill, Map<String, Object> params, int attempt, String message, boolean retryable) {
        assertThatThrownBy(() -> run(skill, params, attempt)).isInstanceOfSatisfying(SkillFailure.class, failure -> {
            assertThat(failure).hasMessage(message);
            assertThat(failure.isRetryable()).isEqualTo(retryable);
        });
    }

    private @Nullable Object run(String skill, Map<String, @Nullable Object> params, int attempt) throws Exception {
        return skills.find(skill).orElseThrow().run(params, new TestContext(RUN, "agent", "s1", attempt, 5));
    }
}
