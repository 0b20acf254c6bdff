package com.agenticverz.nova.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.agenticverz.nova.skill.InvalidSkillsException;
import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import com.agenticverz.nova.skill.SkillFailure;
import com.agenticverz.nova.skill.Snooze;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SkillTesterTest {

    /** What a skill does, in a test. */
    private interface Body {
        @Nullable
        Object run(Map<String, @Nullable Object> params, SkillContext context) throws Exception;
    }

    private static SkillTester tester(Body body) {
        return SkillTester.of(new Skill() {
            @Override
            public String name() {
                return "tried";
            }

            @Override
            public void configure(Map<String, Object> settings) {
                if (settings.containsKey("wrong")) {
                    throw new IllegalArgumentException("wrong is '" + settings.get("wrong") + "'; allowed: nothing");
                }
            }

            @Override
            public @Nullable Object run(Map<String, @Nullable Object> params, SkillContext context) throws Exception {
                return body.run(params, context);
            }
        });
    }

    private static SkillResult run(Body body) {
        return tester(body).run("tried", Map.of());
    }

    @Test
    void anOutputIsWhatJsonMakesOfIt() {
        var result = run((_, _) -> Map.of("list", new int[] {1, 2}, "half", 0.5));

        assertThat(result.succeeded()).isTrue();
        assertThat(result.output()).isEqualTo(Map.of("list", List.of(1, 2), "half", new BigDecimal("0.5")));
        assertThat(run((_, _) -> null).output()).isNull();
    }

    @Test
    void paramsAreWhatJsonMakesOfThem() {
        var result = tester((params, _) -> params.get("half").getClass().getSimpleName())
                .run("tried", Map.of("half", 0.5));

        assertThat(result.output()).isEqualTo("BigDecimal");
        assertThatThrownBy(() -> tester((_, _) -> null).run("tried", Map.of("now", Instant.EPOCH)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("what is given as params has no JSON form: /now is a java.time.Instant");
    }

    @Test
    void aFailureSaysWhetherAnotherAttemptWouldBeMade() {
        var permanent = run((_, _) -> {
            throw SkillFailure.permanent("no such customer");
        });
        var any = run((_, _) -> {
            throw new java.io.IOException("reset");
        });

        assertThat(permanent.failure()).isEqualTo("no such customer");
        assertThat(permanent.isRetryable()).isFalse();
        assertThat(any.failure()).isEqualTo("java.io.IOException: reset");
        assertThat(any.isRetryable()).isTrue();
    }

    @Test
    void whoAsksForWhatIsNotThereIsToldWhatIs() {
        var failed = run((_, _) -> {
            throw SkillFailure.retryable("busy");
        });

        assertThatThrownBy(failed::output)
                .isInstanceOf(AssertionError.class)
                .hasMessage("there is no output: the skill tried failed: busy (retryable)")
                .hasCauseInstanceOf(SkillFailure.class);
        assertThatThrownBy(() -> run((_, _) -> Map.of("a", 1)).failure())
                .hasMessage("there is no failure: the skill tried put out {\"a\":1}");
        assertThatThrownBy(() -> run((_, _) -> "x").snooze())
                .hasMessage("there is no snooze: the skill tried put out \"x\"");
    }

    @Test
    void anOutputThatANodeWouldRefuseIsAFailureForGood() {
        var noJson = run((_, _) -> Map.of("at", List.of(new Object())));
        var nothing = run((_, _) -> "a\u0000b");
        var backslash = run((_, _) -> "a\\u0000b");
        var large = run((_, _) -> "x".repeat(8_000_000));

        assertThat(noJson.failure()).isEqualTo("its output has no JSON form: /at/0 is a java.lang.Object");
        assertThat(run((_, _) -> Duration.ZERO).failure())
                .isEqualTo("its output has no JSON form: it is a java.time.Duration");
        assertThat(noJson.isRetryable()).isFalse();
        assertThat(nothing.failure())
                .isEqualTo("its output cannot be stored as jsonb: \\u0000 cannot be converted to text");
        assertThat(backslash.output()).isEqualTo("a\\u0000b");
        assertThat(large.failure()).isEqualTo("its output has 8000002 characters; allowed: at most 8000000");
    }

    @Test
    void aSnoozeIsNoOutput() {
        var result = run((_, _) -> Snooze.untilSignal("paid", Duration.ofHours(3)));

        assertThat(result.snoozed()).isTrue();
        assertThat(result.snooze()).isEqualTo(new Snooze(Duration.ofHours(3), "paid"));
        assertThatThrownBy(result::output)
                .hasMessage("there is no output: the skill tried waits: PT3H, or until a signal 'paid'");
    }

    @Test
    void theContextIsWhatTheTestSays() {
        var tester = tester((_, context) -> {
                    var before = context.lastHeartbeat();
                    context.progress(0.5, "half");
                    context.heartbeat(Map.of("row", 7));
                    return List.of(
                            context.attempt(),
                            context.maxAttempts(),
                            context.agentId(),
                            context.idempotencyKey().equals(context.runId() + "/s1"),
                            String.valueOf(before),
                            context.signal("paid").orElseThrow().payload(),
                            context.signal("shipped").isPresent());
                })
                .attempt(7)
                .agent("me")
                .lastHeartbeat(Map.of("row", 3))
                .withSignal("paid", Map.of("amount", 12));

        var result = tester.run("tried", Map.of());

        assertThat(result.output()).isEqualTo(List.of(7, 7, "me", true, "{row=3}", Map.of("amount", 12), false));
        assertThat(result.progress()).containsExactly(new Progress(0.5, "half"));
        assertThat(result.heartbeats()).containsExactly(Map.of("row", 7));
    }

    @Test
    void settingsReachTheSkillOnceAndAreRefusedAsByANode() {
        var tester = tester((_, _) -> null);

        assertThat(tester.start().run("tried", Map.of()).succeeded()).isTrue();
        assertThatThrownBy(tester.withSettings("tried", Map.of("wrong", 1))::start)
                .isInstanceOf(InvalidSkillsException.class)
                .hasMessage("nova.skills.tried: wrong is '1'; allowed: nothing");
        assertThatThrownBy(tester.withSettings("tired", Map.of())::start)
                .hasMessageStartingWith("nova.skills.tired: there is no skill 'tired'; there are echo, ");
        assertThatThrownBy(() -> tester.run("tired", Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("there is no skill 'tired'; there are echo, ");
    }

    @Test
    void whatANodeFindsOnTheClassPathIsFound() {
        assertThat(SkillTester.ofClassPath().run("echo", Map.of("a", 1)).output())
                .isEqualTo(Map.of("a", 1));
    }

    @Test
    void aSkillThatTakesTooLongIsStopped() {
        var result = tester((_, _) -> {
                    new CountDownLatch(1).await();
                    return null;
                })
                .within(Duration.ofMillis(50))
                .run("tried", Map.of());

        assertThat(result.failure()).isEqualTo("timed out after 0.05 s");
        assertThat(result.isRetryable()).isTrue();
    }

    @Test
    void whatItMakesInTheGraceCounts() {
        var result = tester((_, context) -> {
                    while (!context.isCancelled()) {
                        Thread.onSpinWait();
                    }
                    return "just";
                })
                .within(Duration.ofMillis(50))
                .run("tried", Map.of());

        assertThat(result.output()).isEqualTo("just");
        assertThat(tester((_, _) -> "at once")
                        .within(Duration.ofMinutes(1))
                        .run("tried", Map.of())
                        .output())
                .isEqualTo("at once");
    }

    @Test
    void aSkillIsStoppedByItsInterruptOrIsNot() {
        var interrupted = tester((_, context) -> {
                    context.heartbeat("here");
                    new CountDownLatch(1).await();
                    return null;
                })
                .runAndStopAfter(Duration.ofMillis(200), "tried", Map.of());
        var let = new CountDownLatch(1);
        var deaf = tester((_, _) -> {
                    while (true) {
                        try {
                            let.await();
                            return null;
                        } catch (InterruptedException e) {
                            // As one should not.
                        }
                    }
                })
                .runAndStopAfter(Duration.ofMillis(50), "tried", Map.of());
        let.countDown();

        assertThat(interrupted.endedInTime()).isTrue();
        assertThat(interrupted.heartbeats()).containsExactly("here");
        assertThat(deaf.endedInTime()).isFalse();
        assertThat(deaf.took()).isGreaterThanOrEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void whatWasNotThereToBeStoppedProvesNothing() {
        assertThatThrownBy(() -> tester((_, _) -> "done").runAndStopAfter(Duration.ofMinutes(1), "tried", Map.of()))
                .isInstanceOf(AssertionError.class)
                .hasMessage("it ended within 60 s and was not stopped: the skill tried put out \"done\"");
    }
}
