package com.agenticverz.nova.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.agenticverz.nova.run.Ending;
import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.run.TestRuns;
import com.agenticverz.nova.skill.SkillFailure;
import com.agenticverz.nova.skill.SkillRegistry;
import com.agenticverz.nova.skill.Snooze;
import com.agenticverz.nova.skill.TestSkill;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Steps that need each other, and steps for each item of an array. */
@Timeout(60)
class PlanFlowTest {

    private static final String FOREVER = "{\"id\":\"long\",\"skill\":\"forever\",\"on_error\":\"retry\"}";

    private static Metrics metrics;

    private final List<String> called = Collections.synchronizedList(new ArrayList<>());
    private final Set<String> interrupted = ConcurrentHashMap.newKeySet();
    private final CountDownLatch foreverBegun = new CountDownLatch(1);
    private final TestCheckpoints checkpoints = new TestCheckpoints();

    @BeforeAll
    static void start() {
        metrics = Metrics.start();
    }

    @AfterAll
    static void stop() {
        metrics.close();
    }

    // --- needs

    @Test
    void stepsThatNeedNothingOfEachOtherAreExecutedAtTheSameTime() throws Exception {
        var both = new CyclicBarrier(2);
        var meet = new TestSkill("meet", (_, context) -> {
            both.await(20, TimeUnit.SECONDS);
            return context.stepId();
        });

        assertThat(execute(
                        "{\"id\":\"end\",\"skill\":\"note\",\"params\":{\"say\":\"${a} ${b}\"},\"needs\":[\"a\",\"b\"]},"
                                + "{\"id\":\"a\",\"skill\":\"meet\"},{\"id\":\"b\",\"skill\":\"meet\"}",
                        meet,
                        note()))
                .isEqualTo(new Ending.Succeeded("{\"end\":\"a b\",\"a\":\"a\",\"b\":\"b\"}"));
        // The last one is kept by the end of the run.
        assertThat(keptIds()).containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void noMoreStepsAreExecutedAtOnceThanThePlanAllows() throws Exception {
        var busy = new Busy();
        var steps = new StringBuilder("{\"skill\":\"busy\"}");
        for (int i = 2; i <= 12; i++) {
            steps.append(",{\"skill\":\"busy\",\"needs\":[\"s1\"]}");
        }

        assertThat(execute(TestRuns.run("{\"max_parallel\":3,\"steps\":[" + steps + "]}"), busy.skill()))
                .isInstanceOf(Ending.Succeeded.class);
        assertThat(busy.most).hasValue(3);
    }

    @Test
    void aRunHasNoMoreBranchesThanTheLargestNumberOfStepsAtOnce() throws Exception {
        var busy = new Busy();
        var item = "{\"skill\":\"busy\",\"for_each\":\"[1..40]\",\"max_parallel\":40,\"needs\":[\"a\"]}";

        assertThat(execute("{\"id\":\"a\",\"skill\":\"note\"}," + item + "," + item + "," + item, busy.skill(), note()))
                .isInstanceOf(Ending.Succeeded.class);
        assertThat(busy.most.get()).isBetween(41, FlowExecution.MOST_BRANCHES);
        assertThat(keptIds()).contains("s2[39]", "s3[39]", "s4[39]");
    }

    @Test
    void aStepSeesOnlyWhatItNeeds() throws Exception {
        assertThat(execute(
                        "{\"id\":\"a\",\"skill\":\"note\"},{\"id\":\"b\",\"skill\":\"note\",\"needs\":[\"a\"]},"
                                + "{\"id\":\"c\",\"skill\":\"note\",\"params\":{\"say\":{\"$\":\"$keys($)\"}},\"needs\":[\"b\"]},"
                                + "{\"id\":\"d\",\"skill\":\"note\",\"params\":{\"say\":{\"$\":\"$exists(b)\"}},\"needs\":[\"a\"]}",
                        note()))
                .isEqualTo(new Ending.Succeeded("{\"a\":null,\"b\":null,\"c\":[\"run\",\"a\",\"b\"],\"d\":false}"));
    }

    @Test
    void aStepThatIsSkippedOrFailsAndLetsGoOnIsFinished() throws Exception {
        assertThat(execute(
                        "{\"id\":\"a\",\"skill\":\"note\",\"when\":\"false\"},"
                                + "{\"id\":\"b\",\"skill\":\"bad\",\"on_error\":\"continue\"},"
                                + "{\"id\":\"c\",\"skill\":\"note\",\"params\":{\"say\":\"c\"},\"needs\":[\"a\",\"b\"]}",
                        note(),
                        bad()))
                .isEqualTo(new Ending.Succeeded("{\"a\":null,\"b\":null,\"c\":\"c\"}"));
    }

    @Test
    void theFirstStepThatFailsInterruptsTheOthersAndWhatIsFinishedIsKept() throws Exception {
        var fails = new TestSkill("fails", (_, _) -> {
            foreverBegun.await();
            throw SkillFailure.retryable("why");
        });
        var steps = "{\"id\":\"a\",\"skill\":\"note\"}," + FOREVER
                + ",{\"id\":\"b\",\"skill\":\"fails\",\"needs\":[\"a\"]},{\"id\":\"c\",\"skill\":\"note\",\"needs\":[\"b\"]}";

        assertThat(execute(steps, note(), forever(), fails)).isEqualTo(new Ending.Failed("step b (fails): why", true));
        assertThat(interrupted).containsExactly("long");
        assertThat(keptIds()).containsExactly("a");

        var good = new TestSkill("fails", (_, _) -> "b");
        var quick = new TestSkill("forever", (_, _) -> "long");
        assertThat(execute(steps, note(), quick, good))
                .isEqualTo(new Ending.Succeeded("{\"a\":null,\"long\":\"long\",\"b\":\"b\",\"c\":null}"));
        assertThat(called).containsExactlyInAnyOrder("a", "long", "c");
    }

    /** It would be done again for nothing. */
    @Test
    void aStepThatIsBeingKeptIsKeptThoughAnotherOneFails() throws Exception {
        var keeps = new CountDownLatch(1);
        var mayKeep = new CountDownLatch(1);
        var slow = new Checkpoints() {
            @Override
            public Map<String, Finished> finished() {
                return Map.of();
            }

            @Override
            public void keep(Step step) throws InterruptedException, Refused {
                keeps.countDown();
                mayKeep.await();
                checkpoints.keep(step);
            }
        };
        var fails = new TestSkill("fails", (_, _) -> {
            keeps.await();
            foreverBegun.await();
            throw SkillFailure.permanent("why");
        });
        var run = TestRuns.run("{\"steps\":[{\"id\":\"a\",\"skill\":\"note\"},{\"id\":\"b\",\"skill\":\"fails\"},"
                + FOREVER + ",{\"id\":\"c\",\"skill\":\"note\",\"needs\":[\"a\",\"b\"]}]}");
        Thread.ofVirtual().start(() -> {
            // It is interrupted after the first step would have been.
            while (interrupted.isEmpty()) {
                Thread.yield();
            }
            mayKeep.countDown();
        });

        assertThat(plan(run, slow, note(), fails, forever()).execute())
                .isEqualTo(new Ending.Failed("step b (fails): why", false));
        assertThat(keptIds()).containsExactly("a");
    }

    @Test
    void aRunThatIsStoppedLeavesNoBranchBehind() throws Exception {
        var run = TestRuns.run(
                "{\"steps\":[" + FOREVER + ",{\"id\":\"each\",\"skill\":\"forever\",\"for_each\":\"[1,2,3]\"},"
                        + "{\"skill\":\"note\",\"needs\":[\"long\",\"each\"]}]}");
        var plan = plan(run, checkpoints, forever(), note());
        var thread = Thread.currentThread();
        Thread.ofVirtual().start(() -> {
            try {
                foreverBegun.await();
                while (called.size() < 4) {
                    Thread.sleep(1);
                }
            } catch (InterruptedException e) {
                return;
            }
            plan.stop();
            thread.interrupt();
        });

        assertThatThrownBy(plan::execute).isInstanceOf(InterruptedException.class);
        assertThat(interrupted).containsExactlyInAnyOrder("long", "each[0]", "each[1]", "each[2]");
        assertThat(checkpoints.kept).isEmpty();
    }

    @Test
    void aSkillThatIgnoresItsInterruptIsLeftBehindAndNotKept() throws Exception {
        var mayEnd = new CountDownLatch(1);
        var hasEnded = new CountDownLatch(1);
        var deaf = new TestSkill("deaf", (_, _) -> {
            foreverBegun.countDown();
            while (mayEnd.getCount() > 0) {
                Thread.onSpinWait();
            }
            hasEnded.countDown();
            return "late";
        });
        var fails = new TestSkill("fails", (_, _) -> {
            foreverBegun.await();
            throw SkillFailure.permanent("why");
        });

        assertThat(execute(
                        "{\"skill\":\"deaf\"},{\"skill\":\"fails\"},{\"skill\":\"note\",\"needs\":[\"s1\",\"s2\"]}",
                        deaf,
                        fails,
                        note()))
                .isEqualTo(new Ending.Failed("step s2 (fails): why", false));
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(metrics.scrape().lines()).contains("nova_skills_abandoned_total 1.0"));
        mayEnd.countDown();
        assertThat(hasEnded.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(checkpoints.kept).isEmpty();
    }

    @Test
    void beyondTheLimitTheRunWaitsForASkillThatIgnoresItsInterrupt() throws Exception {
        var mayEnd = new CountDownLatch(1);
        var deaf = new TestSkill("deaf", (_, _) -> {
            foreverBegun.countDown();
            while (mayEnd.getCount() > 0) {
                try {
                    mayEnd.await();
                } catch (InterruptedException e) {
                    // That is what it is about.
                }
            }
            return "late";
        });
        var fails = new TestSkill("fails", (_, _) -> {
            foreverBegun.await();
            throw SkillFailure.permanent("why");
        });
        var plan = new PlanExecution(
                SkillRegistry.of(List.of(deaf, fails, note()), Map.of()),
                StepExecution.Tries.of(metrics, new Abandoned(0, metrics)),
                System::nanoTime,
                TestRuns.run("{\"steps\":[{\"skill\":\"deaf\"},{\"skill\":\"fails\"},"
                        + "{\"skill\":\"note\",\"needs\":[\"s1\",\"s2\"]}]}"),
                () -> checkpoints,
                new TestSignals(),
                new TestReports());
        var ending = CompletableFuture.supplyAsync(() -> {
            try {
                return plan.execute();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        assertThat(foreverBegun.await(20, TimeUnit.SECONDS)).isTrue();

        Thread.sleep(Branches.GRACE.plusMillis(500));
        assertThat(ending).isNotDone();
        mayEnd.countDown();

        assertThat(ending.get(20, TimeUnit.SECONDS)).isEqualTo(new Ending.Failed("step s2 (fails): why", false));
    }

    // --- for_each

    @Test
    void aStepIsExecutedForEachItem() throws Exception {
        assertThat(execute(
                        "{\"id\":\"page\",\"skill\":\"note\",\"params\":{\"say\":[\"x\",\"y\",null]}},"
                                + "{\"id\":\"post\",\"skill\":\"note\",\"for_each\":\"page\","
                                + "\"params\":{\"say\":\"${index}: ${item} of ${$count(page)}\"}},"
                                + "{\"id\":\"end\",\"skill\":\"note\",\"params\":{\"say\":\"${post[2]}\"}}",
                        note()))
                .isEqualTo(new Ending.Succeeded("{\"page\":[\"x\",\"y\",null],"
                        + "\"post\":[\"0: x of 3\",\"1: y of 3\",\"2: null of 3\"],\"end\":\"2: null of 3\"}"));
        assertThat(called).containsExactlyInAnyOrder("page", "post[0]", "post[1]", "post[2]", "end");
        assertThat(keptIds()).containsExactlyInAnyOrder("page", "post[0]", "post[1]", "post[2]", "post");
        assertThat(keptIds()).endsWith("post");
    }

    @Test
    void aRunOfOneStepKeepsItsItems() throws Exception {
        assertThat(execute("{\"skill\":\"note\",\"for_each\":\"[1,2]\",\"params\":{\"say\":{\"$\":\"item\"}}}", note()))
                .isEqualTo(new Ending.Succeeded("{\"s1\":[1,2]}"));
        assertThat(keptIds()).containsExactlyInAnyOrder("s1[0]", "s1[1]");
    }

    @Test
    void noMoreItemsAreExecutedAtOnceThanTheStepAllows() throws Exception {
        var busy = new Busy();

        assertThat(execute(
                        TestRuns.run("{\"max_parallel\":2,\"steps\":[{\"skill\":\"busy\",\"for_each\":\"[1..20]\"},"
                                + "{\"skill\":\"note\"}]}"),
                        busy.skill(),
                        note()))
                .isInstanceOf(Ending.Succeeded.class);
        assertThat(busy.most).hasValue(2);
        checkpoints.finished.clear();
        var more = new Busy();
        execute("{\"skill\":\"busy\",\"for_each\":\"[1..20]\",\"max_parallel\":5}", more.skill());
        assertThat(more.most).hasValue(5);
    }

    @Test
    void ofNoItemsTheOutputIsEmpty() throws Exception {
        assertThat(execute("{\"skill\":\"note\",\"for_each\":\"[]\"},{\"skill\":\"note\",\"for_each\":\"s1\"}", note()))
                .isEqualTo(new Ending.Succeeded("{\"s1\":[],\"s2\":[]}"));
        assertThat(called).isEmpty();
    }

    @Test
    void itsConditionIsThatOfTheStep() throws Exception {
        assertThat(execute(
                        "{\"skill\":\"note\",\"for_each\":\"nope\",\"when\":\"false\"},{\"skill\":\"note\"}", note()))
                .isEqualTo(new Ending.Succeeded("{\"s1\":null,\"s2\":null}"));
        assertThat(keptIds()).containsExactly("s1");
    }

    @Test
    void whatIsNoArrayFailsTheStepForGood() throws Exception {
        var step = "{\"id\":\"each\",\"skill\":\"note\",\"for_each\":\"run.attempt\"";

        assertThat(execute(step + ",\"on_error\":\"retry\"}", note()))
                .isEqualTo(new Ending.Failed(
                        "step each (note): for_each: run.attempt is 1; allowed: an array, which [run.attempt] is in any"
                                + " case",
                        false));
        assertThat(execute(step + ",\"on_error\":\"continue\"},{\"skill\":\"note\"}", note()))
                .isEqualTo(new Ending.Succeeded("{\"each\":null,\"s2\":null}"));
        assertThat(checkpoints.kept).singleElement().satisfies(kept -> {
            assertThat(kept.outputJson()).isNull();
            assertThat(kept.error()).startsWith("for_each: run.attempt is 1");
        });
    }

    @Test
    void itemsThatFailAreNullWhereTheRunGoesOn() throws Exception {
        var odd = new TestSkill("odd", (params, _) -> {
            if (params.get("n") instanceof Integer n && n % 2 == 0) {
                throw SkillFailure.permanent("even");
            }
            return params.get("n");
        });
        var step =
                "{\"skill\":\"odd\",\"for_each\":\"[1,2,3,4]\",\"max_parallel\":1,\"params\":{\"n\":{\"$\":\"item\"}}";

        assertThat(execute(step + ",\"on_error\":\"continue\"}", odd))
                .isEqualTo(new Ending.Succeeded("{\"s1\":[1,null,3,null]}"));
        checkpoints.finished.clear();
        assertThat(execute(step + "}", odd)).isEqualTo(new Ending.Failed("step s1[1] (odd): even", false));
    }

    @Test
    void eachItemIsTriedAgainForItself() throws Exception {
        var tries = new ConcurrentHashMap<String, Integer>();
        var second = new TestSkill("second", (_, context) -> {
            if (tries.merge(context.idempotencyKey(), 1, Integer::sum) == 1) {
                throw SkillFailure.retryable("not at first");
            }
            return context.stepId();
        });

        assertThat(execute(
                        "{\"skill\":\"second\",\"for_each\":\"[1,2]\",\"on_error\":\"retry\",\"retries\":1}", second))
                .isEqualTo(new Ending.Succeeded("{\"s1\":[\"s1[0]\",\"s1[1]\"]}"));
        assertThat(tries).hasSize(2).containsValue(2);
        assertThat(checkpoints.kept).extracting(Checkpoints.Step::tries).containsExactly(2, 2);
    }

    @Test
    void anotherAttemptGoesOnWithTheItemsThatAreMissing() throws Exception {
        var steps = "{\"id\":\"each\",\"skill\":\"note\",\"for_each\":\"[1..5]\",\"max_parallel\":2,"
                + "\"params\":{\"say\":{\"$\":\"item\"}}},{\"id\":\"end\",\"skill\":\"bad\"}";
        checkpoints.finished.put("each[0]", new Checkpoints.Finished("note", "10"));
        checkpoints.finished.put("each[3]", new Checkpoints.Finished("note", null));
        checkpoints.finished.put("each[4]", new Checkpoints.Finished("another", "50"));

        assertThat(execute(steps, note(), bad())).isEqualTo(new Ending.Failed("step end (bad): no", true));
        assertThat(called).containsExactlyInAnyOrder("each[1]", "each[2]", "each[4]", "end");
        called.clear();
        // And now the step itself is there.
        checkpoints.finished.remove("each[1]");
        var good = new TestSkill("bad", (_, _) -> 1);
        assertThat(execute(steps, note(), good))
                .isEqualTo(new Ending.Succeeded("{\"each\":[10,2,3,null,5],\"end\":1}"));
        assertThat(called).isEmpty();
    }

    @Test
    void allOutputsTogetherAreBounded() throws Exception {
        var large = new TestSkill("large", (_, _) -> "x".repeat(1_000_000));

        for (var steps : List.of(
                "{\"skill\":\"large\",\"for_each\":\"[1..9]\",\"max_parallel\":1}",
                "{\"skill\":\"large\"},".repeat(9) + "{\"skill\":\"large\"}")) {
            checkpoints.finished.clear();
            assertThat(execute(steps, large)).isInstanceOfSatisfying(Ending.Failed.class, failed -> {
                assertThat(failed.message())
                        .matches("step (s1\\[7]|s8) \\(large\\): with its output those of the run have 8000016"
                                + " characters; allowed: at most 8000000");
                assertThat(failed.retryable()).isFalse();
            });
        }
    }

    // --- snooze

    @Test
    void aRunSleepsWhenNothingElseIsLeftAsShortAsItsStepsAndForEachOfTheirSignals() throws Exception {
        var nap = new TestSkill(
                "nap",
                (params, _) -> Snooze.untilSignal(
                        String.valueOf(params.get("for")),
                        Duration.ofHours(params.get("hours") instanceof Integer h ? h : 0)));
        var steps = "{\"id\":\"a\",\"skill\":\"nap\",\"params\":{\"for\":\"x\",\"hours\":3}},"
                + "{\"id\":\"b\",\"skill\":\"nap\",\"for_each\":\"[2,5,0]\",\"when\":\"true\","
                + "\"params\":{\"for\":\"${item}\",\"hours\":{\"$\":\"item > 0 ? item : 9\"}},\"max_parallel\":1},"
                + "{\"id\":\"c\",\"skill\":\"note\"},{\"id\":\"d\",\"skill\":\"note\",\"needs\":[\"c\"]},"
                + "{\"id\":\"e\",\"skill\":\"note\",\"needs\":[\"a\",\"b\"]}";

        assertThat(execute(steps, nap, note())).isInstanceOfSatisfying(Ending.Snoozed.class, snoozed -> {
            assertThat(snoozed.signals()).containsExactlyInAnyOrder("x", "2", "5", "0");
            assertThat(snoozed.duration()).isBetween(Duration.ofHours(2).minusMinutes(1), Duration.ofHours(2));
        });
        assertThat(called).containsExactly("c", "d");
        var awake = new TestSkill("nap", (params, _) -> params.get("hours"));
        assertThat(execute(steps, awake, note()))
                .isEqualTo(new Ending.Succeeded("{\"a\":3,\"b\":[2,5,9],\"c\":null,\"d\":null,\"e\":null}"));
        assertThat(called).containsExactly("c", "d", "e");
    }

    // --- what the tests are made of

    /** How many are executed at once: it takes long enough for as many as may to come together. */
    private static final class Busy {

        private final AtomicInteger now = new AtomicInteger();
        private final AtomicInteger most = new AtomicInteger();

        TestSkill skill() {
            return new TestSkill("busy", (_, _) -> {
                int count = now.incrementAndGet();
                most.accumulateAndGet(count, Math::max);
                Thread.sleep(100);
                now.decrementAndGet();
                return null;
            });
        }
    }

    private TestSkill note() {
        return new TestSkill("note", (params, context) -> {
            called.add(context.stepId());
            return params.get("say");
        });
    }

    private TestSkill bad() {
        return new TestSkill("bad", (_, context) -> {
            called.add(context.stepId());
            throw SkillFailure.retryable("no");
        });
    }

    /** Makes a failure of its interrupt, so that it could be tried again. */
    private TestSkill forever() {
        return new TestSkill("forever", (_, context) -> {
            called.add(context.stepId());
            foreverBegun.countDown();
            try {
                Thread.sleep(Duration.ofHours(1));
            } catch (InterruptedException e) {
                assertThat(context.isCancelled()).isTrue();
                interrupted.add(context.stepId());
            }
            throw SkillFailure.retryable("interrupted");
        });
    }

    private List<String> keptIds() {
        return checkpoints.kept.stream().map(Checkpoints.Step::id).toList();
    }

    private Ending execute(String steps, TestSkill... skills) throws InterruptedException {
        return execute(TestRuns.run("{\"steps\":[" + steps + "]}"), skills);
    }

    private Ending execute(Run run, TestSkill... skills) throws InterruptedException {
        return plan(run, checkpoints, skills).execute();
    }

    private static PlanExecution plan(Run run, Checkpoints checkpoints, TestSkill... skills) {
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
