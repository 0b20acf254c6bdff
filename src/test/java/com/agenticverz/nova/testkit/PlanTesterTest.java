package com.agenticverz.nova.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.agenticverz.nova.skill.InvalidPlanException;
import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import com.agenticverz.nova.skill.SkillFailure;
import com.agenticverz.nova.skill.Snooze;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PlanTesterTest {

    /** Fails so many times, and counts. */
    private static final class Flaky implements Skill {

        private final AtomicInteger calls = new AtomicInteger();
        private final int failures;

        Flaky(int failures) {
            this.failures = failures;
        }

        @Override
        public String name() {
            return "flaky";
        }

        @Override
        public Object run(Map<String, @Nullable Object> params, SkillContext context) throws InterruptedException {
            int call = calls.incrementAndGet();
            if (call <= failures) {
                context.heartbeat(call);
                throw SkillFailure.retryable("busy " + call);
            }
            return Map.of("call", call, "last", String.valueOf(context.lastHeartbeat()));
        }
    }

    /** Waits for a signal. */
    private static final class Approval implements Skill {

        @Override
        public String name() {
            return "approval";
        }

        @Override
        public @Nullable Object run(Map<String, @Nullable Object> params, SkillContext context)
                throws InterruptedException {
            var signal = context.signal("approved");
            return signal.isPresent() ? signal.get().payload() : Snooze.untilSignal("approved", Duration.ofDays(1));
        }
    }

    @Test
    void aPlanIsExecutedAsByANode() {
        var run = SkillTester.of().agent("me").plan("""
                {"steps": [
                  {"id": "page", "skill": "echo", "params": {"prices": [8, 30]}},
                  {"id": "warn", "skill": "echo", "when": "$max(page.prices) > 100"},
                  {"id": "post", "skill": "echo", "params": {"text": "${run.agent_id}: ${$sum(page.prices)}"}}
                ]}""");

        assertThat(run.result().get("post")).isEqualTo(Map.of("text", "me: 38"));
        assertThat(run.resultJson())
                .isEqualTo("{\"page\":{\"prices\":[8,30]},\"warn\":null,\"post\":{\"text\":\"me: 38\"}}");
        assertThat(run.step("post").params()).isEqualTo(Map.of("text", "me: 38"));
        assertThat(run.step("page").output()).isEqualTo(Map.of("prices", List.of(8, 30)));
        assertThat(run.step("page").tries()).isOne();
        assertThat(run.step("warn").tries()).isZero();
        assertThat(run.step("warn").output()).isNull();
    }

    @Test
    void everyProblemOfAPlanIsSaidAtOnce() {
        assertThatThrownBy(() -> SkillTester.of().plan("""
                        {"steps": [{"id": "a"}, {"skill": "echo", "retries": 3, "wehn": "true"}]}"""))
                .isInstanceOf(InvalidPlanException.class)
                .hasMessageContaining("/steps/0/skill is missing")
                .hasMessageContaining("/steps/1/wehn is not a field")
                .hasMessageContaining("/steps/1/retries needs");
    }

    @Test
    void triesFollowEachOtherAtOnce() {
        var run = SkillTester.of(new Flaky(8)).plan("""
                {"steps": [{"id": "a", "skill": "flaky", "on_error": "retry", "retries": 8}]}""");

        // On a node there are 121.5 s between them.
        assertThat(run.result()).isEqualTo(Map.of("a", Map.of("call", 9, "last", "8")));
        assertThat(run.step("a").tries()).isEqualTo(9);
        assertThat(run.heartbeats("a")).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
    }

    @Test
    void anotherAttemptGoesOnAfterTheLastFinishedStep() {
        var flaky = new Flaky(1);
        var failed = SkillTester.of(flaky).plan("""
                {"steps": [
                  {"id": "page", "skill": "echo", "params": {"attempt": "${run.attempt}"}},
                  {"id": "odd", "skill": "fail", "on_error": "continue", "params": {"message": "odd"}},
                  {"id": "busy", "skill": "flaky"}
                ]}""");

        assertThat(failed.failure()).isEqualTo("step busy (flaky): busy 1");
        assertThat(failed.isRetryable()).isTrue();
        assertThat(failed.step("busy").error()).isEqualTo("busy 1");
        assertThat(failed.step("odd").error()).contains("odd");
        assertThatThrownBy(failed::result)
                .isInstanceOf(AssertionError.class)
                .hasMessage("there is no result: attempt 1 failed: step busy (flaky): busy 1 (retryable)")
                .hasCauseInstanceOf(SkillFailure.class);

        var second = failed.again();

        assertThat(second.attempt()).isEqualTo(2);
        assertThat(second.result().get("page")).isEqualTo(Map.of("attempt", "1"));
        assertThat(second.step("page").finishedBefore()).isTrue();
        assertThat(second.step("page").tries()).isZero();
        assertThat(second.step("busy").finishedBefore()).isFalse();
        assertThat(flaky.calls).hasValue(2);
        assertThatThrownBy(second::again)
                .isInstanceOf(AssertionError.class)
                .hasMessageStartingWith("no attempt follows: attempt 2 succeeded: {");
        assertThatThrownBy(failed::again)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("the run has gone on since; it is now: attempt 2 succeeded");
    }

    @Test
    void noAttemptFollowsTheLastOneOrAFailureForGood() {
        var plan = "{\"steps\": [{\"skill\": \"flaky\"}]}";

        assertThatThrownBy(SkillTester.of(new Flaky(9)).attempt(5).plan(plan)::again)
                .hasMessageStartingWith("no attempt follows the last one of 5: attempt 5 failed: ");
        assertThatThrownBy(SkillTester.of().plan(plan)::again)
                .hasMessageStartingWith(
                        "no attempt follows a failure for good: attempt 1 failed: step s1 (flaky): there is"
                                + " no skill 'flaky'");
    }

    @Test
    void aRunSleepsUntilItsSignal() {
        var tester = SkillTester.of(new Approval());
        var plan = """
                {"steps": [
                  {"id": "ask", "skill": "echo"},
                  {"id": "wait", "skill": "approval"},
                  {"id": "done", "skill": "echo", "params": {"by": "${wait.by}"}}
                ]}""";
        var sleeping = tester.plan(plan);

        assertThat(sleeping.snoozed()).isTrue();
        assertThat(sleeping.sleep()).isEqualTo(new PlanResult.Sleep(Duration.ofDays(1), Set.of("approved")));
        assertThat(sleeping.wake().snoozed()).isTrue();
        assertThatThrownBy(() -> tester.plan(plan).step("done"))
                .isInstanceOf(AssertionError.class)
                .hasMessage("step done has not begun; these have: ask, wait; attempt 1 sleeps: PT24H, or until a signal"
                        + " approved");

        var again = tester.plan(plan).signal("approved", Map.of("by", "Ada")).wake();

        assertThat(again.attempt()).isOne();
        assertThat(again.result().get("done")).isEqualTo(Map.of("by", "Ada"));
        assertThat(tester.withSignal("approved", Map.of("by", "Bob"))
                        .plan(plan)
                        .result()
                        .get("done"))
                .isEqualTo(Map.of("by", "Bob"));
    }

    @Test
    void theTimeOfAWaitPassesAtOnce() {
        var run = SkillTester.of().plan("""
                {"steps": [{"skill": "wait", "params": {"until": "9999-01-01T00:00:00Z"}}, {"skill": "noop"}]}""");

        assertThat(run.sleep().signals()).isEmpty();
        while (run.snoozed()) {
            run = run.wake();
        }
        assertThat(run.result().get("s1")).isEqualTo(Map.of("until", "9999-01-01T00:00Z"));
    }

    @Test
    void soDoesTheTimeOfAWaitForASignal() {
        var sleeping = SkillTester.of().plan("""
                {"steps": [{"id": "a", "skill": "wait_for_signal", "params": {"name": "paid", "timeout_seconds": 3600}}]}""");

        assertThat(sleeping.sleep().signals()).containsExactly("paid");
        assertThat(sleeping.wake().failure())
                .isEqualTo("step a (wait_for_signal): no signal 'paid' came within 3600 s (timeout_seconds)");
        assertThatThrownBy(() -> SkillTester.of().withSignal("", 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void secretsReachTheSkillAndNothingElse() {
        var run = SkillTester.of().withSecret("API_KEY", "k-0123456789").plan("""
                        {"steps": [
                          {"id": "a", "skill": "echo", "params": {"auth": "Bearer ${secret:API_KEY}"}},
                          {"id": "b", "skill": "echo", "params": {"auth": "${secret:API_KEY}", "got": "${a.auth}"}}
                        ]}""");

        assertThat(run.result().get("a")).isEqualTo(Map.of("auth", "Bearer ${secret:API_KEY}"));
        assertThat(run.step("a").output()).isEqualTo(Map.of("auth", "Bearer ${secret:API_KEY}"));
        assertThat(run.step("a").params()).isEqualTo(Map.of("auth", "Bearer k-0123456789"));
        assertThat(run.step("b").output())
                .isEqualTo(Map.of("auth", "${secret:API_KEY}", "got", "Bearer ${secret:API_KEY}"));
        assertThat(SkillTester.of().plan("""
                        {"steps": [{"skill": "echo", "params": {"auth": "${secret:NONE}"}}]}""").failure()).contains("there is no secret NONE");
    }

    @Test
    void aLastStepThatWasSkippedIsThereToo() {
        var run = SkillTester.of().plan("""
                {"steps": [{"id": "a", "skill": "noop"}, {"id": "b", "skill": "noop", "when": "false"}]}""");

        assertThat(run.step("b").tries()).isZero();
        assertThat(run.steps()).extracting(StepResult::id).containsExactly("a", "b");
    }

    @Test
    void itemsAreStepsOfTheirOwn() {
        var flaky = new Flaky(1);
        var failed = SkillTester.of(flaky).plan("""
                {"max_parallel": 1, "steps": [
                  {"id": "list", "skill": "echo", "params": {"items": ["a", "b"]}},
                  {"id": "say", "skill": "echo", "needs": ["list"], "for_each": "list.items",
                   "params": {"text": "${index}: ${item}"}},
                  {"id": "busy", "skill": "flaky", "needs": ["say"], "for_each": "list.items"}
                ]}""");

        assertThat(failed.failure()).contains("busy");
        assertThat(failed.step("say[1]").params()).isEqualTo(Map.of("text", "1: b"));
        assertThat(failed.step("say").output()).isEqualTo(List.of(Map.of("text", "0: a"), Map.of("text", "1: b")));

        var second = failed.again();

        assertThat(second.step("say[1]").finishedBefore()).isTrue();
        assertThat(second.result().get("say")).isEqualTo(failed.step("say").output());
        assertThat(second.step("busy[1]").finishedBefore()).isFalse();
        assertThat(second.step("busy").output()).isEqualTo(second.result().get("busy"));
        assertThat(second.step("busy[1]").tries()).isOne();
    }

    @Test
    void aRunThatTakesTooLongGoesOnWithTheNextAttempt() {
        var first = new CountDownLatch(1);
        var slow = new Skill() {
            @Override
            public String name() {
                return "slow";
            }

            @Override
            public @Nullable Object run(Map<String, @Nullable Object> params, SkillContext context)
                    throws InterruptedException {
                if (context.attempt() == 1) {
                    first.await();
                }
                return "done";
            }
        };

        var late = SkillTester.of(slow)
                .within(Duration.ofSeconds(1))
                .plan("{\"steps\": [{\"skill\": \"noop\"}, {\"skill\": \"slow\"}]}");

        assertThat(late.failure()).isEqualTo("timed out after 1 s");
        assertThat(late.step("s2").error()).isNotNull();
        assertThat(late.again().result().get("s2")).isEqualTo("done");
    }

    @Test
    void theTimeoutOfAStepIsReal() {
        var run = SkillTester.of().plan("""
                {"steps": [
                  {"id": "a", "skill": "sleep", "params": {"seconds": 60}, "timeout_seconds": 0.05, "on_error": "continue"},
                  {"id": "b", "skill": "noop"}
                ]}""");

        assertThat(run.succeeded()).isTrue();
        assertThat(run.step("a").error()).contains("timed out after 0.05 s");
    }

    @Test
    void anOutputThatTheTableWouldRefuseFailsItsStep() {
        var plan = "{\"steps\": [{\"skill\": \"echo\", \"params\": {\"a\": \"\\u0000\"}}%s]}";

        assertThat(SkillTester.of()
                        .plan(plan.formatted(", {\"skill\": \"noop\"}"))
                        .failure())
                .isEqualTo("step s1 (echo): its output cannot be stored as jsonb: \\u0000 cannot be converted to text");
        assertThat(SkillTester.of().plan(plan.formatted("")).failure())
                .isEqualTo("the result cannot be stored as jsonb: \\u0000 cannot be converted to text");
    }
}
