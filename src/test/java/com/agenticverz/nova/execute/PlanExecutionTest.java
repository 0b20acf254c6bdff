package com.agenticverz.nova.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.agenticverz.nova.run.Ending;
import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.run.TestRuns;
import com.agenticverz.nova.skill.SkillContext;
import com.agenticverz.nova.skill.SkillFailure;
import com.agenticverz.nova.skill.SkillRegistry;
import com.agenticverz.nova.skill.Snooze;
import com.agenticverz.nova.skill.TestSkill;
import com.agenticverz.nova.telemetry.Metrics;
import java.io.IOError;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PlanExecutionTest {

    private static Metrics metrics;

    private final List<String> called = Collections.synchronizedList(new ArrayList<>());

    @BeforeAll
    static void start() {
        metrics = Metrics.start();
    }

    @AfterAll
    static void stop() {
        metrics.close();
    }

    @Test
    void stepsRunInOrderAndTheirOutputsAreTheResult() throws Exception {
        var ending = execute(
                "{\"skill\":\"note\",\"params\":{\"say\":\"a\"}},"
                        + "{\"skill\":\"note\",\"params\":{\"say\":\"b\"},\"output_key\":\"second\"},"
                        + "{\"id\":\"third\",\"skill\":\"note\",\"params\":{\"say\":\"c\"}}",
                note());

        assertThat(called).containsExactly("a", "b", "c");
        assertThat(ending).isEqualTo(new Ending.Succeeded("{\"s1\":\"a\",\"second\":\"b\",\"third\":\"c\"}"));
    }

    @Test
    void anOutputMayBeNothing() throws Exception {
        assertThat(execute("{\"skill\":\"nothing\"}", new TestSkill("nothing", (_, _) -> null)))
                .isEqualTo(new Ending.Succeeded("{\"s1\":null}"));
    }

    @Test
    void aSkillHearsWhichStepOfWhichAttemptItWorksFor() throws Exception {
        var heard = new ArrayList<SkillContext>();
        var run =
                new Run(UUID.randomUUID(), "crawler", "{\"steps\":[{\"id\":\"x\",\"skill\":\"ask\"}]}", 2, 7, null, 0);

        execute(run, new TestSkill("ask", (_, context) -> {
            assertThat(context.isCancelled()).isFalse();
            return heard.add(context);
        }));

        var context = heard.getFirst();
        assertThat(context.runId()).isEqualTo(run.id());
        assertThat(context.agentId()).isEqualTo("crawler");
        assertThat(context.stepId()).isEqualTo("x");
        assertThat(context.attempt()).isEqualTo(3);
        assertThat(context.maxAttempts()).isEqualTo(7);
        assertThat(context.isCancelled()).as("now that it is over").isTrue();
        assertThat(context.idempotencyKey()).isEqualTo(run.id() + "/x");
    }

    @Test
    void aFailedStepEndsThePlan() throws Exception {
        var ending = execute("{\"skill\":\"bad\"},{\"skill\":\"note\"}", failing("bad", "why", true), note());

        assertThat(ending).isEqualTo(new Ending.Failed("step s1 (bad): why", true));
        assertThat(called).containsExactly("bad");
    }

    @Test
    void aPermanentFailureSaysSo() throws Exception {
        assertThat(execute("{\"skill\":\"bad\"}", failing("bad", "why", false)))
                .isEqualTo(new Ending.Failed("step s1 (bad): why", false));
    }

    @Test
    void anyOtherExceptionIsRetryable() throws Exception {
        assertThat(execute("{\"skill\":\"bad\"}", throwing("bad", new IOException("no route"))))
                .isEqualTo(new Ending.Failed("step s1 (bad): java.io.IOException: no route", true));
    }

    @Test
    void anErrorFailsItsStepAndNothingElse() throws Exception {
        for (var error : List.of(
                new StackOverflowError(),
                new NoClassDefFoundError("x/Y"),
                new AssertionError("no"),
                new OutOfMemoryError("heap"),
                new IOError(new IOException("disk")))) {
            assertThat(execute("{\"skill\":\"bad\"}", throwing("bad", error)))
                    .isEqualTo(new Ending.Failed("step s1 (bad): " + error, true));
            assertThat(execute("{\"skill\":\"bad\",\"on_error\":\"continue\"}", throwing("bad", error)))
                    .isEqualTo(new Ending.Succeeded("{\"s1\":null}"));
        }
    }

    @Test
    void aStepMayFailWithoutItsPlan() throws Exception {
        var ending = execute(
                "{\"skill\":\"bad\",\"on_error\":\"continue\"},{\"skill\":\"note\",\"params\":{\"say\":\"on\"}}",
                failing("bad", "why", false),
                note());

        assertThat(ending).isEqualTo(new Ending.Succeeded("{\"s1\":null,\"s2\":\"on\"}"));
    }

    @Test
    void aStepIsTriedAgain() throws Exception {
        var tries = new AtomicInteger();
        var second = new TestSkill("second", (_, _) -> {
            if (tries.incrementAndGet() < 2) {
                throw new IOException("not yet");
            }
            return "done";
        });

        assertThat(execute("{\"skill\":\"second\",\"on_error\":\"retry\",\"retries\":1}", second))
                .isEqualTo(new Ending.Succeeded("{\"s1\":\"done\"}"));
        assertThat(tries).hasValue(2);
    }

    @Test
    void aStepIsTriedAgainOnlySoOften() throws Exception {
        assertThat(execute("{\"skill\":\"bad\",\"on_error\":\"retry\",\"retries\":1}", failing("bad", "why", true)))
                .isEqualTo(new Ending.Failed("step s1 (bad): why", true));
        assertThat(called).containsExactly("bad", "bad");
    }

    @Test
    void aPermanentFailureIsNotTriedAgain() throws Exception {
        assertThat(execute("{\"skill\":\"bad\",\"on_error\":\"retry\",\"retries\":9}", failing("bad", "why", false)))
                .isEqualTo(new Ending.Failed("step s1 (bad): why", false));
        assertThat(called).containsExactly("bad");
    }

    @Test
    void aStepThatTakesTooLongIsInterruptedAndFails() throws Exception {
        var interrupted = new CountDownLatch(1);
        var slow = new TestSkill("slow", (_, _) -> {
            try {
                return new CountDownLatch(1).await(1, TimeUnit.HOURS);
            } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
            }
        });

        assertThat(execute("{\"skill\":\"slow\",\"timeout_seconds\":0.05}", slow))
                .isEqualTo(new Ending.Failed(
                        "step s1 (slow): timed out after 0.05 s (timeout_seconds of the step)", true));
        assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aStepThatIgnoresItsTimeoutIsLeftBehind() throws Exception {
        var release = new CountDownLatch(1);
        var deaf = new TestSkill("deaf", (_, _) -> {
            while (release.getCount() > 0) {
                try {
                    release.await();
                } catch (InterruptedException e) {
                    // That is what it is about.
                }
            }
            return "late";
        });

        assertThat(execute("{\"skill\":\"deaf\",\"timeout_seconds\":0.05,\"on_error\":\"continue\"}", deaf))
                .isEqualTo(new Ending.Succeeded("{\"s1\":null}"));
        release.countDown();
    }

    @Test
    void beyondTheLimitAStepThatIgnoresItsTimeoutIsWaitedFor() throws Exception {
        var release = new CountDownLatch(1);
        var timedOut = new CountDownLatch(1);
        var deaf = new TestSkill("deaf", (_, context) -> {
            while (release.getCount() > 0) {
                try {
                    release.await();
                } catch (InterruptedException e) {
                    assertThat(context.isCancelled()).isTrue();
                    timedOut.countDown();
                }
            }
            return "late";
        });
        var plan = new PlanExecution(
                SkillRegistry.of(List.of(deaf), Map.of()),
                StepExecution.Tries.of(metrics, new Abandoned(0, metrics)),
                System::nanoTime,
                TestRuns.run("{\"steps\":[{\"skill\":\"deaf\",\"timeout_seconds\":0.05}]}"),
                TestCheckpoints::new,
                new TestSignals(),
                new TestReports());
        var ending = CompletableFuture.supplyAsync(() -> {
            try {
                return plan.execute();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        assertThat(timedOut.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(plan.step()).isEqualTo("s1 (deaf)");

        Thread.sleep(Worker.GRACE.plusMillis(500));
        assertThat(ending).isNotDone();
        release.countDown();

        assertThat(ending.get(20, TimeUnit.SECONDS))
                .isEqualTo(new Ending.Failed(
                        "step s1 (deaf): timed out after 0.05 s (timeout_seconds of the step)", true));
    }

    @Test
    void aStepWithinItsTimeoutEndsAsItWouldWithout() throws Exception {
        assertThat(execute("{\"skill\":\"note\",\"params\":{\"say\":\"a\"},\"timeout_seconds\":20}", note()))
                .isEqualTo(new Ending.Succeeded("{\"s1\":\"a\"}"));
        assertThat(execute("{\"skill\":\"bad\",\"timeout_seconds\":20}", failing("bad", "why", false)))
                .isEqualTo(new Ending.Failed("step s1 (bad): why", false));
        assertThat(execute("{\"skill\":\"bad\",\"timeout_seconds\":20}", throwing("bad", new AssertionError("no"))))
                .isEqualTo(new Ending.Failed("step s1 (bad): java.lang.AssertionError: no", true));
    }

    @Test
    void aTimeoutOfTheSkillsOwnIsNotThatOfTheStep() throws Exception {
        // The clients that skills use throw the same class as the wait for the step.
        var ending = new Ending.Failed("step s1 (bad): java.util.concurrent.TimeoutException: no answer", true);

        assertThat(execute("{\"skill\":\"bad\"}", throwing("bad", new TimeoutException("no answer"))))
                .isEqualTo(ending);
        assertThat(execute(
                        "{\"skill\":\"bad\",\"timeout_seconds\":20}",
                        throwing("bad", new TimeoutException("no answer"))))
                .isEqualTo(ending);
    }

    @Test
    void aSkillThatIsNotHereFailsItsStepForGood() throws Exception {
        assertThat(execute("{\"skill\":\"note\"},{\"skill\":\"nope\"}", note(), failing("bad", "why", true)))
                .isEqualTo(new Ending.Failed(
                        "step s2 (nope): there is no skill 'nope' on this node; there are bad, note", false));
    }

    @Test
    void theSkillsThatAreNotHereAreKnownBeforeItIsExecuted() {
        assertThat(missing("{\"skill\":\"note\"}")).isEmpty();
        assertThat(missing("{\"skill\":\"b\"},{\"skill\":\"note\"},{\"skill\":\"a\"},{\"skill\":\"b\"}"))
                .containsExactly("b", "a");
        assertThat(missing("{\"skill\":\"b\",\"bad\":1}"))
                .as("it fails when it is executed")
                .isEmpty();
    }

    private List<String> missing(String steps) {
        return execution(new TestCheckpoints(), TestRuns.run("{\"steps\":[" + steps + "]}"), note())
                .missingSkills();
    }

    @Test
    void aPlanThatIsNotOneFailsForGood() throws Exception {
        assertThat(execute(TestRuns.run("{\"steps\":[]}")))
                .isEqualTo(new Ending.Failed(
                        "invalid plan: /steps is an empty array, but a plan needs an array of at least one step",
                        false));
    }

    @Test
    void aResultThatIsNotJsonFailsForGood() throws Exception {
        assertThat(execute("{\"skill\":\"odd\"}", new TestSkill("odd", (_, _) -> new Object())))
                .isInstanceOfSatisfying(Ending.Failed.class, failed -> {
                    assertThat(failed.message()).isEqualTo("the result has no JSON form: /s1 is a java.lang.Object");
                    assertThat(failed.retryable()).isFalse();
                });
    }

    @Test
    void anInterruptEndsThePlanWithoutAnEnding() {
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> execute(
                        "{\"skill\":\"wait\"}",
                        new TestSkill("wait", (_, _) -> new CountDownLatch(1).await(1, TimeUnit.HOURS))))
                .isInstanceOf(InterruptedException.class);
    }

    @Test
    void anInterruptReachesTheSkillBehindAStepTimeout() throws Exception {
        var running = new CountDownLatch(1);
        var interrupted = new CountDownLatch(1);
        var slow = new TestSkill("slow", (_, _) -> {
            running.countDown();
            try {
                return new CountDownLatch(1).await(1, TimeUnit.HOURS);
            } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
            }
        });
        var plan = Thread.ofVirtual().start(() -> {
            try {
                execute("{\"skill\":\"slow\",\"timeout_seconds\":3600}", slow);
            } catch (InterruptedException e) {
                // As it should.
            }
        });
        running.await();

        plan.interrupt();

        assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
        plan.join();
    }

    @Test
    void aPlanThatWasStoppedBeginsNoFurtherStepEvenIfTheSkillSwallowsTheInterrupt() {
        for (var onError : List.of("continue", "retry")) {
            var plan = new AtomicReference<PlanExecution>();
            var swallow = new TestSkill("swallow", (_, _) -> {
                called.add("swallow");
                plan.get().stop();
                throw new IllegalStateException("interrupted, but wrapped");
            });
            plan.set(new PlanExecution(
                    SkillRegistry.of(List.of(swallow, note()), Map.of()),
                    TestTries.of(metrics),
                    System::nanoTime,
                    TestRuns.run("{\"steps\":[{\"skill\":\"swallow\",\"on_error\":\"" + onError
                            + "\"},{\"skill\":\"note\"}]}"),
                    TestCheckpoints::new,
                    new TestSignals(),
                    new TestReports()));

            assertThatThrownBy(() -> plan.get().execute()).isInstanceOf(InterruptedException.class);
        }
        assertThat(called).containsExactly("swallow", "swallow");
    }

    // --- checkpoints

    @Test
    void eachFinishedStepButTheLastIsKeptBeforeTheNextBegins() throws Exception {
        var checkpoints = new TestCheckpoints();
        var keptAtEachCall = new ArrayList<Integer>();
        var count = new TestSkill("count", (_, _) -> {
            keptAtEachCall.add(checkpoints.kept.size());
            return Map.of("n", keptAtEachCall.size());
        });

        execute(
                checkpoints,
                "{\"skill\":\"count\"},{\"id\":\"x\",\"skill\":\"count\",\"output_key\":\"y\"},{\"skill\":\"count\"}",
                count);

        assertThat(keptAtEachCall).containsExactly(0, 1, 2);
        assertThat(checkpoints.kept)
                .extracting(Checkpoints.Step::id, Checkpoints.Step::skill, Checkpoints.Step::outputJson)
                .containsExactly(tuple("s1", "count", "{\"n\":1}"), tuple("x", "count", "{\"n\":2}"));
    }

    @Test
    void aRunOfOneStepKeepsAndReadsNothing() throws Exception {
        var run = TestRuns.run("{\"steps\":[{\"skill\":\"note\",\"params\":{\"say\":1}}]}");
        var plan = new PlanExecution(
                SkillRegistry.of(List.of(note()), Map.of()),
                TestTries.of(metrics),
                System::nanoTime,
                run,
                () -> {
                    throw new AssertionError("asked for checkpoints");
                },
                (_, _) -> {
                    throw new AssertionError("asked for signals");
                },
                new TestReports());

        assertThat(plan.execute()).isEqualTo(new Ending.Succeeded("{\"s1\":1}"));
    }

    @Test
    void whatAnEarlierAttemptHasFinishedIsNotDoneAgainAndItsOutputIsTheSame() throws Exception {
        var checkpoints = new TestCheckpoints();
        var steps = "{\"skill\":\"note\",\"params\":{\"say\":{\"a\":[1,null,0.10]}}},"
                + "{\"skill\":\"bad\",\"on_error\":\"continue\"},"
                + "{\"skill\":\"bad\"},"
                + "{\"skill\":\"note\",\"params\":{\"say\":\"end\"}}";
        assertThat(execute(checkpoints, steps, note(), failing("bad", "why", true)))
                .isInstanceOf(Ending.Failed.class);
        assertThat(called).containsExactly("{a=[1, null, 0.10]}", "bad", "bad");
        assertThat(checkpoints.kept)
                .extracting(Checkpoints.Step::id, Checkpoints.Step::error)
                .containsExactly(tuple("s1", null), tuple("s2", "why"));
        called.clear();

        var ending = execute(checkpoints, steps, note(), new TestSkill("bad", (_, _) -> {
            called.add("good now");
            return 3;
        }));

        assertThat(ending)
                .isEqualTo(new Ending.Succeeded("{\"s1\":{\"a\":[1,null,0.10]},\"s2\":null,\"s3\":3,\"s4\":\"end\"}"));
        assertThat(called).containsExactly("good now", "end");
    }

    @Test
    void aStepWhoseSkillWasChangedSinceIsExecuted() throws Exception {
        var checkpoints = new TestCheckpoints();
        checkpoints.finished.put("s1", new Checkpoints.Finished("another", "1"));

        execute(checkpoints, "{\"skill\":\"note\",\"params\":{\"say\":\"a\"}},{\"skill\":\"note\"}", note());

        assertThat(called).containsExactly("a", "null");
    }

    @Test
    void anOutputThatCannotBeKeptFailsItsStepForGood() throws Exception {
        var checkpoints = new TestCheckpoints();
        checkpoints.refusal = "ERROR: no";

        assertThat(execute(checkpoints, "{\"skill\":\"note\"},{\"skill\":\"note\"}", note()))
                .isEqualTo(new Ending.Failed("step s1 (note): its output cannot be stored as jsonb: ERROR: no", false));
        assertThat(called).hasSize(1);
        var large = new TestSkill("large", (_, _) -> "x".repeat(PlanExecution.LARGEST_RESULT_CHARS));
        assertThat(execute("{\"skill\":\"large\"},{\"skill\":\"note\"}", large, note()))
                .isEqualTo(new Ending.Failed(
                        "step s1 (large): its output has 8000002 characters; allowed: at most 8000000", false));
    }

    @Test
    void aStepMaySleepAndThoseBeforeItAreKept() throws Exception {
        var checkpoints = new TestCheckpoints();
        var calls = new AtomicInteger();
        var nap = new TestSkill(
                "nap", (_, _) -> calls.incrementAndGet() == 1 ? new Snooze(Duration.ofHours(1)) : "awake");
        var steps = "{\"skill\":\"note\",\"params\":{\"say\":1}},"
                + "{\"skill\":\"nap\",\"on_error\":\"continue\",\"timeout_seconds\":10},{\"skill\":\"note\"}";

        assertThat(execute(checkpoints, steps, note(), nap))
                .isEqualTo(new Ending.Snoozed(Duration.ofHours(1), Set.of()));
        assertThat(execute(checkpoints, steps, note(), nap))
                .isEqualTo(new Ending.Succeeded("{\"s1\":1,\"s2\":\"awake\",\"s3\":null}"));

        assertThat(called).containsExactly("1", "null");
    }

    @Test
    void aStepThatLooksForASignalSleepsWithWhatItSaw() throws Exception {
        var signals = new TestSignals();
        signals.sent = 3;
        signals.waited = Duration.ofSeconds(7);
        var waited = new ArrayList<Duration>();
        var approval = new TestSkill("approval", (_, context) -> {
            waited.add(context.waited("go"));
            var signal = context.signal("go");
            waited.add(context.waited("go"));
            return signal.isPresent()
                    ? signal.get().payload()
                    : Snooze.untilSignal("go", Duration.ofHours(1).minus(context.waited("go")));
        });

        assertThat(execute(signals, "{\"skill\":\"approval\"}", approval))
                .isEqualTo(new Ending.Snoozed(Duration.ofSeconds(3593), Set.of("go"), 3));
        assertThat(waited).containsExactly(Duration.ZERO, Duration.ofSeconds(7));
        signals.payloads.put("go", "{\"by\":\"Ada\"}");
        assertThat(execute(signals, "{\"skill\":\"approval\"}", approval))
                .isEqualTo(new Ending.Succeeded("{\"s1\":{\"by\":\"Ada\"}}"));
    }

    @Test
    void aStepThatHasNotLookedForTheSignalSleepsWhateverWasSent() throws Exception {
        var signals = new TestSignals();
        signals.sent = 3;
        var blind = new TestSkill("blind", (_, context) -> {
            context.signal("another");
            return Snooze.untilSignal("go", Duration.ofHours(1));
        });

        assertThat(execute(signals, "{\"skill\":\"blind\"}", blind))
                .isEqualTo(new Ending.Snoozed(Duration.ofHours(1), Set.of("go")));
    }

    @Test
    void aSignalThatCannotBeCalledSoFailsItsStep() throws Exception {
        var bad = new TestSkill("bad", (_, context) -> context.signal("grün"));

        assertThat(execute("{\"skill\":\"bad\"}", bad))
                .isEqualTo(new Ending.Failed(
                        "step s1 (bad): java.lang.IllegalArgumentException: the name of a signal is 'grün'; allowed: 1 to"
                                + " 200 characters of visible ASCII and spaces",
                        true));
    }

    private static Ending execute(TestSignals signals, String steps, TestSkill... skills) throws InterruptedException {
        return new PlanExecution(
                        SkillRegistry.of(List.of(skills), Map.of()),
                        TestTries.of(metrics),
                        System::nanoTime,
                        TestRuns.run("{\"steps\":[" + steps + "]}"),
                        TestCheckpoints::new,
                        signals,
                        new TestReports())
                .execute();
    }

    @Test
    void aSnoozeThatIsNoneFailsItsStep() throws Exception {
        var nap = new TestSkill("nap", (_, _) -> new Snooze(Duration.ZERO));

        assertThat(execute("{\"skill\":\"nap\"}", nap))
                .isEqualTo(new Ending.Failed(
                        "step s1 (nap): java.lang.IllegalArgumentException: a snooze of PT0S; allowed: more than nothing,"
                                + " at most 366 days",
                        true));
    }

    // --- references

    @Test
    void paramsReferToEarlierOutputsAndToTheRun() throws Exception {
        var run = new Run(
                UUID.fromString("00000000-0000-0000-0000-000000000001"),
                "crawler",
                "{\"steps\":["
                        + "{\"skill\":\"note\",\"params\":{\"say\":{\"n\":0.10,\"list\":[1,2]}},\"output_key\":\"page\"},"
                        + "{\"skill\":\"note\",\"params\":{\"say\":{\"$\":\"page.list\"}}},"
                        + "{\"skill\":\"note\",\"params\":{\"say\":\"${page.n} ${s2[1]} ${run}\"}}]}",
                2,
                7,
                null,
                0);

        assertThat(execute(run, note()))
                .isEqualTo(
                        new Ending.Succeeded(
                                "{\"page\":{\"n\":0.10,\"list\":[1,2]},\"s2\":[1,2],\"s3\":\"0.10 2"
                                        + " {\\\"id\\\":\\\"00000000-0000-0000-0000-000000000001\\\",\\\"agent_id\\\":\\\"crawler\\\",\\\"attempt\\\":3}\"}"));
    }

    @Test
    void aStepSeesNeitherItselfNorWhatComesAfterIt() throws Exception {
        for (var later : List.of("s2", "s3")) {
            assertThat(execute(
                            "{\"skill\":\"note\"},{\"skill\":\"note\",\"params\":{\"say\":{\"$\":\"" + later
                                    + "\"}}},{\"skill\":\"note\"}",
                            note()))
                    .isEqualTo(new Ending.Failed("step s2 (note): params/say: " + later + " refers to nothing", false));
        }
        assertThat(called).containsExactly("null", "null");
    }

    @Test
    void anOutputIsSeenAsJsonHasIt() throws Exception {
        record Page(String title, List<Integer> sizes) {}
        var odd = new TestSkill("odd", (_, _) -> new Page("t", List.of(1, 2)));

        assertThat(execute(
                        "{\"skill\":\"odd\"},{\"skill\":\"note\",\"params\":{\"say\":\"${s1.title} ${s1.sizes[1]}\"}}",
                        odd,
                        note()))
                .isEqualTo(new Ending.Succeeded("{\"s1\":{\"title\":\"t\",\"sizes\":[1,2]},\"s2\":\"t 2\"}"));
        assertThat(execute(
                        "{\"skill\":\"odd\"},{\"skill\":\"note\",\"params\":{\"say\":\"${s1}\"}}",
                        new TestSkill("odd", (_, _) -> new Object()),
                        note()))
                .isInstanceOfSatisfying(Ending.Failed.class, failed -> {
                    assertThat(failed.message()).startsWith("step s1 (odd): its output has no JSON form: ");
                    assertThat(failed.retryable()).isFalse();
                });
    }

    @Test
    void aSkillThatChangesItsParamsChangesNoOutput() throws Exception {
        var change = new TestSkill("change", (params, _) -> {
            ((List<?>) params.get("list")).clear();
            params.clear();
            return "changed";
        });

        assertThat(execute(
                        "{\"skill\":\"note\",\"params\":{\"say\":[1,2]}},"
                                + "{\"skill\":\"change\",\"params\":{\"list\":{\"$\":\"s1\"}}},"
                                + "{\"skill\":\"note\",\"params\":{\"say\":{\"$\":\"s1\"}}}",
                        note(),
                        change))
                .isEqualTo(new Ending.Succeeded("{\"s1\":[1,2],\"s2\":\"changed\",\"s3\":[1,2]}"));
    }

    @Test
    void aReferenceToNothingFailsItsStepForGoodAndIsNotTriedAgain() throws Exception {
        var post = "{\"skill\":\"note\",\"output_key\":\"page\"},"
                + "{\"id\":\"post\",\"skill\":\"note\",\"params\":{\"url\":\"${page.link}\"}";

        for (var onError : List.of("", ",\"on_error\":\"retry\",\"retries\":9")) {
            assertThat(execute(post + onError + "}", note()))
                    .isEqualTo(
                            new Ending.Failed("step post (note): params/url: ${page.link} refers to nothing", false));
        }
        assertThat(execute(post + ",\"on_error\":\"continue\"}", note()))
                .isEqualTo(new Ending.Succeeded("{\"page\":null,\"post\":null}"));
        assertThat(called).containsExactly("null", "null", "null");
    }

    @Test
    void anExpressionThatDoesNotEndFailsItsStepForGood() throws Exception {
        assertThat(execute(
                        "{\"skill\":\"note\",\"params\":{\"say\":{\"$\":\"($f := function() {$f()}; $f())\"}}}",
                        note()))
                .isEqualTo(new Ending.Failed(
                        "step s1 (note): params/say: ($f := function() {$f()}; $f()) took longer than 1 s", false));
        assertThat(called).isEmpty();
    }

    @Test
    void anInterruptEndsAnExpressionWithoutAnEnding() {
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> execute("{\"skill\":\"note\",\"when\":\"true\"}", note()))
                .isInstanceOf(InterruptedException.class);
        assertThat(called).isEmpty();
    }

    @Test
    void aStepIsExecutedWhenItSaysSo() throws Exception {
        assertThat(execute(
                        "{\"skill\":\"note\",\"params\":{\"say\":5}},"
                                + "{\"skill\":\"note\",\"params\":{\"say\":\"a\"},\"when\":\"s1 > 4\"},"
                                + "{\"skill\":\"note\",\"params\":{\"say\":\"${nope}\"},\"when\":\"s1 > 5\"},"
                                + "{\"skill\":\"nope\",\"when\":\"false\"},"
                                + "{\"skill\":\"note\",\"params\":{\"say\":{\"$\":\"s3\"}}},"
                                + "{\"skill\":\"note\",\"params\":{\"say\":{\"$\":\"s3 = null and $not($exists(s3.x))\"}}}",
                        note()))
                .isEqualTo(new Ending.Succeeded(
                        "{\"s1\":5,\"s2\":\"a\",\"s3\":null,\"s4\":null,\"s5\":null,\"s6\":true}"));
        assertThat(called).containsExactly("5", "a", "null", "true");
    }

    @Test
    void aConditionIsTrueOrFalse() throws Exception {
        for (var bad : Map.of(
                        "s1", "s1 is \"x\"; allowed: true, false",
                        "nope", "nope refers to nothing",
                        "1", "1 is 1; allowed: true, false",
                        "null", "null is null; allowed: true, false",
                        "[true, true]", "[true, true] is [true,true]; allowed: true, false")
                .entrySet()) {
            var steps = "{\"skill\":\"note\",\"params\":{\"say\":\"x\"}},{\"skill\":\"note\",\"when\":\"" + bad.getKey()
                    + "\"";
            assertThat(execute(steps + "}", note()))
                    .isEqualTo(new Ending.Failed("step s2 (note): when: " + bad.getValue(), false));
            assertThat(execute(steps + ",\"on_error\":\"continue\"}", note()))
                    .isEqualTo(new Ending.Succeeded("{\"s1\":\"x\",\"s2\":null}"));
        }
    }

    private TestSkill note() {
        return new TestSkill("note", (params, _) -> {
            called.add(String.valueOf(params.get("say")));
            return params.get("say");
        });
    }

    private TestSkill failing(String name, String message, boolean retryable) {
        return new TestSkill(name, (_, _) -> {
            called.add(name);
            throw retryable ? SkillFailure.retryable(message) : SkillFailure.permanent(message);
        });
    }

    private static TestSkill throwing(String name, Throwable failure) {
        return new TestSkill(name, (_, _) -> {
            switch (failure) {
                case Exception e -> throw e;
                case Error e -> throw e;
                default -> throw new IllegalStateException(failure);
            }
        });
    }

    private static Ending execute(String steps, TestSkill... skills) throws InterruptedException {
        return execute(TestRuns.run("{\"steps\":[" + steps + "]}"), skills);
    }

    private static Ending execute(Run run, TestSkill... skills) throws InterruptedException {
        return execute(new TestCheckpoints(), run, skills);
    }

    private static Ending execute(TestCheckpoints checkpoints, String steps, TestSkill... skills)
            throws InterruptedException {
        return execute(checkpoints, TestRuns.run("{\"steps\":[" + steps + "]}"), skills);
    }

    private static Ending execute(TestCheckpoints checkpoints, Run run, TestSkill... skills)
            throws InterruptedException {
        return execution(checkpoints, run, skills).execute();
    }

    private static PlanExecution execution(TestCheckpoints checkpoints, Run run, TestSkill... skills) {
        return new PlanExecution(
                SkillRegistry.of(List.of(skills), Map.of()),
                TestTries.of(metrics),
                System::nanoTime,
                run,
                () -> checkpoints,
                new TestSignals(),
                new TestReports());
    }
}
