package com.agenticverz.nova.execute;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.cluster.TestSystems;
import com.agenticverz.nova.execute.Worker.Reason;
import com.agenticverz.nova.execute.Worker.Verdict;
import com.agenticverz.nova.run.Ending;
import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.run.TestRuns;
import com.agenticverz.nova.skill.SkillRegistry;
import com.agenticverz.nova.skill.TestSkill;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkerTest {

    private static final Duration RUN_TIMEOUT = Duration.ofMinutes(30);
    private static final WorkerSettings SETTINGS = new WorkerSettings(1, Duration.ofSeconds(300), RUN_TIMEOUT);
    private static final Duration BEFORE_ITS_BACKOFF_ENDS = Duration.ofMillis(50);
    private static final Duration BACKOFF = Duration.ofMillis(200);

    private static final ActorTestKit KIT =
            ActorTestKit.create("worker-test", ManualTime.config().withFallback(TestSystems.local()));
    private static final ManualTime TIME = ManualTime.get(KIT.system());
    private static Metrics metrics;

    private final TestProbe<WorkerPool.Command> pool = KIT.createTestProbe();
    private final BlockingQueue<String> running = new LinkedBlockingQueue<>();
    private final CountDownLatch otherEnds = new CountDownLatch(1);
    private final Abandoned abandoned = new Abandoned(1, metrics);
    private final CountDownLatch release = new CountDownLatch(1);
    private final AtomicReference<Throwable> breakage = new AtomicReference<>();
    private final ActorRef<Worker.Command> worker = KIT.spawn(worker());

    @BeforeAll
    static void start() {
        metrics = Metrics.start();
    }

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
        metrics.close();
    }

    @Test
    void aRunThatEndsIsToldWithItsEnding() {
        var run = execute("noop");

        assertFinished(run, over("{\"s1\":null}"));
    }

    @Test
    void aWorkerTakesOneRunAfterTheOther() {
        for (int i = 0; i < 3; i++) {
            assertFinished(execute("noop"), over("{\"s1\":null}"));
        }
    }

    @Test
    void ofAPlanWithASkillThatIsNotHereNothingIsExecuted() {
        var run = TestRuns.run("{\"steps\":[{\"skill\":\"wait\"},{\"skill\":\"greet\",\"when\":\"false\"}]}");
        worker.tell(new Worker.Execute(Turn.of(run, run.under(1), System.nanoTime())));

        assertFinished(run, new Verdict.Unable(List.of("greet")));
        assertThat(running).isEmpty();
    }

    @Test
    void aRunThatTakesTooLongIsInterruptedAndMayBeTriedAgain() throws Exception {
        var run = executeLong("wait");

        TIME.timePasses(RUN_TIMEOUT.minusMillis(1));
        pool.expectNoMessage(Duration.ofMillis(50));
        TIME.timePasses(Duration.ofMillis(1));

        assertFinished(run, failed("timed out after 1800 s"));
    }

    @Test
    void aRunMaySayHowLongItMayTake() throws Exception {
        var run = new Run(UUID.randomUUID(), "agent", plan("wait"), 0, 5, 1.5, 0);
        worker.tell(new Worker.Execute(Turn.of(run, run.under(1), System.nanoTime())));
        awaitRunning();

        TIME.timePasses(Duration.ofMillis(1500));

        assertFinished(run, failed("timed out after 1.5 s"));
    }

    @Test
    void aRunThatEndsLateButWellIsDone() throws Exception {
        var run = executeLong("finishes-when-interrupted");

        TIME.timePasses(RUN_TIMEOUT);

        assertFinished(run, over("{\"s1\":\"made it\"}"));
    }

    @Test
    void aDrainInterruptsARunAndSaysSo() throws Exception {
        var run = executeLong("wait");

        worker.tell(new Worker.Stop(run.under(1), Reason.DRAIN));

        assertFinished(run, new Verdict.Stopped(Reason.DRAIN));
    }

    @Test
    void aRunThatFinishesInSpiteOfADrainIsDone() throws Exception {
        var run = executeLong("finishes-when-interrupted");

        worker.tell(new Worker.Stop(run.under(1), Reason.DRAIN));

        assertFinished(run, over("{\"s1\":\"made it\"}"));
    }

    @Test
    void aLostRunIsNobodysEvenIfItFinishes() throws Exception {
        var run = executeLong("finishes-when-interrupted");

        worker.tell(new Worker.Stop(run.under(1), Reason.LOST));

        assertFinished(run, new Verdict.Stopped(Reason.LOST));
    }

    @Test
    void aRunThatIsLostWhileItIsInterruptedIsNobodys() throws Exception {
        var run = executeLong("deaf");
        worker.tell(new Worker.Stop(run.under(1), Reason.DRAIN));
        worker.tell(new Worker.Stop(run.under(1), Reason.LOST));

        assertAbandoned(run, new Verdict.Stopped(Reason.LOST));
    }

    @Test
    void aTimeoutStaysATimeoutWhenTheNodeDrainsMeanwhile() throws Exception {
        var run = executeLong("deaf");
        TIME.timePasses(RUN_TIMEOUT);
        worker.tell(new Worker.Stop(run.under(1), Reason.DRAIN));

        assertAbandoned(run, failed("timed out after 1800 s"));
    }

    @Test
    void aStopForAnotherClaimIsIgnored() throws Exception {
        var run = executeLong("wait");

        worker.tell(new Worker.Stop(run.under(2), Reason.LOST));
        worker.tell(new Worker.Stop(TestRuns.run().under(1), Reason.LOST));
        pool.expectNoMessage(Duration.ofMillis(50));
        worker.tell(new Worker.Stop(run.under(1), Reason.DRAIN));

        assertFinished(run, new Verdict.Stopped(Reason.DRAIN));
    }

    @Test
    void aSkillThatDoesNotEndIsLeftBehindAndItsLateResultIgnored() throws Exception {
        var deaf = executeLong("deaf");
        worker.tell(new Worker.Stop(deaf.under(1), Reason.DRAIN));
        assertAbandoned(deaf, new Verdict.Stopped(Reason.DRAIN));
        var next = executeLong("wait");

        // The first one ends now, while the second one runs.
        release.countDown();
        assertThat(running.poll(10, TimeUnit.SECONDS)).isEqualTo("ended");

        pool.expectNoMessage(Duration.ofMillis(100));
        worker.tell(new Worker.Stop(next.under(1), Reason.DRAIN));
        assertFinished(next, new Verdict.Stopped(Reason.DRAIN));
    }

    @Test
    void beyondTheLimitAWorkerStaysWithTheSkillUntilThatEndsAndItsRunIsOverAllTheSame() throws Exception {
        abandoned.leave(deaf("another one"), UUID.randomUUID(), "s1 (deaf)");
        var run = executeLong("deaf");
        worker.tell(new Worker.Stop(run.under(1), Reason.LOST));
        TIME.timePasses(Worker.GRACE);

        var held = pool.expectMessageClass(Worker.Held.class, Duration.ofSeconds(10))
                .turn();
        assertThat(held.takeResults())
                .extracting(Turn.Result::verdict)
                .containsExactly(new Verdict.Stopped(Reason.LOST));
        assertThat(abandoned.count()).isEqualTo(2);
        TIME.timePasses(Duration.ofMinutes(1));
        pool.expectNoMessage(Duration.ofMillis(50));

        release.countDown();
        var finished = pool.expectMessageClass(Worker.Finished.class, Duration.ofSeconds(10));
        assertThat(finished.turn()).isSameAs(held);
        assertThat(held.takeResults()).isEmpty();
        assertFinished(execute("noop"), over("{\"s1\":null}"));
    }

    @Test
    void aWorkerThatStaysWithASkillLeavesItOnceAnotherOneHasEnded() throws Exception {
        var other = deaf("another one");
        abandoned.leave(other, UUID.randomUUID(), "s1 (deaf)");
        var run = executeLong("deaf");
        worker.tell(new Worker.Stop(run.under(1), Reason.LOST));
        TIME.timePasses(Worker.GRACE);
        pool.expectMessageClass(Worker.Held.class, Duration.ofSeconds(10));

        otherEnds.countDown();
        other.join();
        TIME.timePasses(Duration.ofSeconds(1));

        pool.expectMessageClass(Worker.Finished.class, Duration.ofSeconds(10));
        assertThat(abandoned.count()).isEqualTo(1);
    }

    /** A thread that goes on until the end of the test, or until it is told to. */
    private Thread deaf(String name) {
        return Thread.ofVirtual().name(name).start(() -> {
            try {
                otherEnds.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void theTimeoutOfAnEarlierRunDoesNotEndALaterOne() throws Exception {
        assertFinished(execute("noop"), over("{\"s1\":null}"));
        TIME.timePasses(Duration.ofMinutes(20));
        var run = executeLong("wait");

        TIME.timePasses(Duration.ofMinutes(20));

        pool.expectNoMessage(Duration.ofMillis(50));
        TIME.timePasses(Duration.ofMinutes(10));
        assertFinished(run, failed("timed out after 1800 s"));
    }

    @Test
    void aSkillThatInterruptsItselfIsNotMistakenForAStop() {
        assertFinished(execute("interrupts-itself"), failed("the skill was interrupted, but not by Nova"));
    }

    @Test
    void aWorkerThatBreaksTellsOfItsRunAndWorksAgain() {
        assertWorksAgainAfter(new IllegalStateException("no thread"));
    }

    @Test
    void aWorkerThatBreaksWithAnErrorWorksAgainToo() {
        // Were it stopped for good, the pool would send it runs that nobody executes.
        assertWorksAgainAfter(new AssertionError("no thread"));
    }

    @Test
    void aWorkerThatGetsARunWhileItIsBusyTellsOfTheFirstAndWorksAgain() throws Exception {
        var run = executeLong("wait");

        worker.tell(new Worker.Execute(Turn.of(TestRuns.run(), TestRuns.run().under(1), System.nanoTime())));

        assertFinished(run, failed("the worker of this run broke: it failed while the run was executed"));
        TIME.timePasses(BACKOFF);
        assertFinished(execute("noop"), over("{\"s1\":null}"));
    }

    @Test
    void aRunMayTakeAsLongAsTheTableAllows() {
        // Pekko's timers reach 248 days and no further; with manual time there is no such limit.
        var realTime = ActorTestKit.create("worker-real-time-test", TestSystems.local());
        try {
            var run = TestRuns.runFor(8_640_000);
            realTime.spawn(worker()).tell(new Worker.Execute(Turn.of(run, run.under(1), System.nanoTime())));

            assertThat(pool.expectMessageClass(Worker.Finished.class).turn().takeResults())
                    .extracting(Turn.Result::verdict)
                    .containsExactly(over("{\"s1\":null}"));
        } finally {
            realTime.shutdownTestKit();
        }
    }

    private Behavior<Worker.Command> worker() {
        return Worker.create(
                pool.getRef(),
                new Worker.Parts(
                        UUID.randomUUID(),
                        SETTINGS,
                        (run, _) -> new PlanExecution(
                                skills(),
                                TestTries.of(metrics),
                                System::nanoTime,
                                run,
                                TestCheckpoints::new,
                                new TestSignals(),
                                new TestReports()),
                        (name, turn) -> {
                            switch (breakage.getAndSet(null)) {
                                case RuntimeException e -> throw e;
                                case Error e -> throw e;
                                case null, default -> {}
                            }
                            return Worker.PlanThreads.VIRTUAL.start(name, turn);
                        },
                        abandoned,
                        metrics,
                        System::nanoTime));
    }

    private void assertWorksAgainAfter(Throwable failure) {
        breakage.set(failure);
        assertFinished(execute("noop"), failed("the worker of this run broke: " + failure));

        var next = execute("noop");

        TIME.timePasses(BEFORE_ITS_BACKOFF_ENDS);
        pool.expectNoMessage(Duration.ofMillis(50));
        TIME.timePasses(BACKOFF);
        assertFinished(next, over("{\"s1\":null}"));
    }

    private void assertAbandoned(Run run, Verdict verdict) {
        TIME.timePasses(Worker.GRACE.minusMillis(1));
        pool.expectNoMessage(Duration.ofMillis(50));
        TIME.timePasses(Duration.ofMillis(1));
        assertFinished(run, verdict);
    }

    private void assertFinished(Run run, Verdict verdict) {
        var finished = pool.expectMessageClass(Worker.Finished.class, Duration.ofSeconds(10));
        assertThat(finished.worker()).isEqualTo(worker);
        var result = finished.turn().takeResults().getFirst();
        assertThat(result.fence()).isEqualTo(run.under(1));
        assertThat(result.verdict()).isEqualTo(verdict);
        assertThat(result.ran()).isGreaterThanOrEqualTo(Duration.ZERO);
    }

    private static Verdict over(String resultJson) {
        return new Verdict.Over(new Ending.Succeeded(resultJson));
    }

    private static Verdict failed(String message) {
        return new Verdict.Over(new Ending.Failed(message, true));
    }

    private Run execute(String skill) {
        var run = TestRuns.run(plan(skill));
        worker.tell(new Worker.Execute(Turn.of(run, run.under(1), System.nanoTime())));
        return run;
    }

    private Run executeLong(String skill) throws InterruptedException {
        var run = execute(skill);
        awaitRunning();
        return run;
    }

    private void awaitRunning() throws InterruptedException {
        assertThat(running.poll(10, TimeUnit.SECONDS)).isEqualTo("running");
    }

    private static String plan(String skill) {
        return "{\"steps\":[{\"skill\":\"" + skill.replace('-', '_') + "\"}]}";
    }

    private SkillRegistry skills() {
        return SkillRegistry.of(
                List.of(
                        new TestSkill("noop", (_, _) -> null),
                        new TestSkill("wait", (_, _) -> {
                            running.add("running");
                            return new CountDownLatch(1).await(1, TimeUnit.HOURS);
                        }),
                        new TestSkill("finishes_when_interrupted", (_, _) -> {
                            running.add("running");
                            try {
                                return new CountDownLatch(1).await(1, TimeUnit.HOURS);
                            } catch (InterruptedException e) {
                                return "made it";
                            }
                        }),
                        new TestSkill("deaf", (_, _) -> {
                            running.add("running");
                            while (release.getCount() > 0) {
                                try {
                                    release.await();
                                } catch (InterruptedException e) {
                                    // That is what it is about.
                                }
                            }
                            running.add("ended");
                            return null;
                        }),
                        new TestSkill("interrupts_itself", (_, _) -> {
                            throw new InterruptedException();
                        })),
                Map.of());
    }
}
