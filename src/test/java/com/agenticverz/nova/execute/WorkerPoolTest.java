package com.agenticverz.nova.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.agenticverz.nova.cluster.Heartbeat;
import com.agenticverz.nova.cluster.TestSystems;
import com.agenticverz.nova.run.Ending;
import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Outcome;
import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.run.TestRuns;
import com.agenticverz.nova.settle.Ended;
import com.agenticverz.nova.settle.Kept;
import com.agenticverz.nova.settle.RetryPolicy;
import com.agenticverz.nova.settle.Settler;
import com.agenticverz.nova.store.Held;
import com.agenticverz.nova.store.NodeControl;
import com.agenticverz.nova.store.StepReport;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A pool of two workers. The workers, the settler and the poller are probes. */
@Timeout(60)
class WorkerPoolTest {

    private static final int CONCURRENCY = 2;
    private static final int MOST_READ_AHEAD = 8;
    private static final UUID NODE = UUID.randomUUID();
    private static final Duration A_MOMENT = Duration.ofMillis(50);
    private static final Duration FLUSH_TIMEOUT = Duration.ofSeconds(7);
    private static final Duration MARK_AGE = Duration.ofMillis(100);
    private static final int LAST_CLAIM = 100;

    private static final ActorTestKit KIT =
            ActorTestKit.create("pool-test", ManualTime.config().withFallback(TestSystems.local()));
    private static final ManualTime TIME = ManualTime.get(KIT.system());
    private static Metrics metrics;

    /** What a worker was told. */
    private record Told(ActorRef<Worker.Command> worker, Worker.Command command) {}

    private record Look(List<Fence> fences, CompletableFuture<Set<UUID>> answer) {}

    private record Reading(long claimId, CompletableFuture<List<Run>> answer) {}

    private final List<Reading> reads = new CopyOnWriteArrayList<>();
    private final List<Look> looks = new CopyOnWriteArrayList<>();
    private final StepReports said = new StepReports();
    private final Abandoned abandoned = new Abandoned(CONCURRENCY, metrics);
    private final AtomicLong nanos = new AtomicLong(1_000_000_000);
    private final TestProbe<Settler.Command> settler = KIT.createTestProbe();
    private final TestProbe<Told> workers = KIT.createTestProbe();
    private final TestProbe<Demand> poller = KIT.createTestProbe();
    private final AtomicReference<ActorRef<Settler.Report>> reports = new AtomicReference<>();
    private ActorRef<WorkerPool.Command> pool;
    private Demand demand;

    @BeforeAll
    static void start() {
        metrics = Metrics.start();
    }

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
        metrics.close();
    }

    @BeforeEach
    void startPool() {
        startPoolUnsteered();
        pool.tell(new WorkerPool.Steer(NodeControl.NONE));
        demand = poller.receiveMessage();
    }

    private void startPoolUnsteered() {
        pool = KIT.spawn(WorkerPool.create(new WorkerPool.Parts(
                NODE,
                7,
                new WorkerSettings(CONCURRENCY, Duration.ofSeconds(300), Duration.ofMinutes(30)),
                new RetryPolicy(Duration.ofSeconds(60), Duration.ofSeconds(3600)),
                MOST_READ_AHEAD,
                this::settler,
                new Workers(_ -> this::worker, said, abandoned),
                poller.getRef()::tell,
                new WorkerPool.Reads(this::read, this::look),
                metrics,
                nanos::get,
                new Random(1))));
    }

    @AfterEach
    void stopPool() {
        KIT.stop(pool);
    }

    /** Dies of a release of claim -1. */
    private Behavior<Settler.Command> settler(ActorRef<Settler.Report> pool) {
        reports.set(pool);
        return Behaviors.receiveMessage(command -> {
            if (command instanceof Settler.ReleaseUnknown(var claims) && claims.contains(-1L)) {
                return Behaviors.stopped();
            }
            settler.getRef().tell(command);
            return Behaviors.same();
        });
    }

    private Behavior<Worker.Command> worker() {
        return Behaviors.receive((context, command) -> {
            workers.getRef().tell(new Told(context.getSelf(), command));
            return Behaviors.same();
        });
    }

    // --- demand

    @Test
    void aPoolAsksForARunPerIdleWorker() {
        assertThat(demand)
                .isEqualTo(new Demand(
                        NODE,
                        7,
                        demand.pool(),
                        CONCURRENCY,
                        CONCURRENCY,
                        0,
                        List.of(),
                        false,
                        0,
                        null,
                        List.of(),
                        List.of()));
    }

    @Test
    void theDemandIsRepeatedTwiceASecond() {
        for (int i = 1; i <= 3; i++) {
            pass(Duration.ofMillis(499));
            poller.expectNoMessage(A_MOMENT);
            pass(Duration.ofMillis(1));
            assertThat(poller.receiveMessage())
                    .isEqualTo(new Demand(
                            NODE,
                            7,
                            demand.pool(),
                            CONCURRENCY,
                            CONCURRENCY,
                            0,
                            List.of(),
                            false,
                            i * 500L,
                            null,
                            List.of(),
                            List.of()));
        }
    }

    @Test
    void withoutAHeartbeatForSixSecondsThereIsNoRoomUntilTheNextOne() {
        pass(Duration.ofMillis(6000));
        assertThat(awaitDemand(it -> it.databaseSilentMillis() == 6000).room()).isEqualTo(CONCURRENCY);

        pass(Duration.ofMillis(500));
        assertThat(awaitDemand(it -> it.databaseSilentMillis() == 6500).room()).isZero();

        pool.tell(new WorkerPool.Beat(new Heartbeat.Holdings(nanos.get(), List.of()), true));
        assertThat(awaitDemand(it -> it.databaseSilentMillis() == 0).room()).isEqualTo(CONCURRENCY);
    }

    @Test
    void theSilenceOfTheDatabaseCountsFromTheLastHeartbeat() {
        pass(Duration.ofSeconds(5));
        beat();
        awaitQuiet();
        pass(Duration.ofMillis(5500));

        assertThat(awaitDemand(it -> it.databaseSilentMillis() == 5500).room()).isEqualTo(CONCURRENCY);
    }

    @Test
    void whatIsBackInTheQueueIsWorthALook() {
        var fences = List.of(TestRuns.run().under(1));

        report(new Settler.Freed(fences, true));
        var said = poller.receiveMessage();
        assertThat(said.freed()).isEqualTo(fences);
        assertThat(said.requeued()).isTrue();

        report(new Settler.Freed(fences, false));
        assertThat(poller.receiveMessage().requeued()).isFalse();
    }

    @Test
    void ofVeryManyRunsThatAreNoLongerInFlightTheRestIsSaidAtOnce() {
        var fences = runs(4500).stream().map(run -> run.under(1)).toList();

        report(new Settler.Freed(fences, true));

        var said = List.of(poller.receiveMessage(), poller.receiveMessage(), poller.receiveMessage());
        assertThat(said).extracting(it -> it.freed().size()).containsExactly(2000, 2000, 500);
        assertThat(said).extracting(Demand::requeued).containsOnly(true);
        assertThat(said.stream().flatMap(it -> it.freed().stream()).toList()).isEqualTo(fences);
        poller.expectNoMessage(A_MOMENT);
    }

    @Test
    void whatIsExecutedAndWhatWaitsTakesRoom() {
        assign(1, TestRuns.run());
        var afterOne = demandAfterClaim(1);
        assertThat(afterOne.room()).isEqualTo(CONCURRENCY - 1);
        assertThat(afterOne.idle()).isEqualTo(CONCURRENCY - 1);

        assign(2, TestRuns.run(), TestRuns.run(), TestRuns.run());
        var afterAll = demandAfterClaim(2);
        assertThat(afterAll.room()).isZero();
        assertThat(afterAll.idle()).isZero();
    }

    @Test
    void shortRunsAreReadAhead() {
        // A claim takes twice as long as a run: two workers would be done with four by then. As many again, so that it
        // need not ask before half of them are gone.
        var run = TestRuns.run();
        pool.tell(new Assign(1, List.of(run), 2, 0));
        var told = told();
        finish(told, success(), Duration.ofMillis(1));

        var demand = awaitDemand(it -> it.room() > CONCURRENCY);
        assertThat(demand.room()).isEqualTo(CONCURRENCY + 8);
        assertThat(demand.idle()).isEqualTo(CONCURRENCY);
    }

    @Test
    void whatWasReadAheadCountsAsWaiting() {
        pool.tell(new Assign(1, List.of(TestRuns.run()), 2, 0));
        finish(told(), success(), Duration.ofMillis(1));
        awaitDemand(it -> it.room() == CONCURRENCY + 8);

        pool.tell(new Assign(2, runs(5), 2, 0));

        // Two are executed, three wait.
        assertThat(demandAfterClaim(2).room()).isEqualTo(8 - 3);
    }

    @Test
    void aSettlerWithoutRoomEndsTheDemandUntilItHasRoomAgain() {
        report(new Settler.Room(false));
        var full = poller.receiveMessage();
        assertThat(full.room()).isZero();
        assertThat(full.idle()).isZero();

        report(new Settler.Room(true));
        assertThat(poller.receiveMessage().room()).isEqualTo(CONCURRENCY);
    }

    @Test
    void whatIsNoLongerInFlightIsSaidOnce() {
        var fences = List.of(TestRuns.run().under(1), TestRuns.run().under(1));

        report(new Settler.Freed(fences, false));

        assertThat(poller.receiveMessage().freed()).isEqualTo(fences);
        pass(Duration.ofSeconds(1));
        assertThat(poller.receiveMessage().freed()).isEmpty();
    }

    // --- execution

    @Test
    void neverMoreRunsAreExecutedThanThereAreWorkers() {
        var runs = runs(5);

        pool.tell(new Assign(1, runs, 0, 0));

        var first = told();
        var second = told();
        workers.expectNoMessage(A_MOMENT);
        // What two workers say comes in any order.
        assertThat(List.of(executed(first), executed(second))).containsExactlyInAnyOrderElementsOf(runs.subList(0, 2));
        assertThat(first.worker()).isNotEqualTo(second.worker());

        finish(first, success(), Duration.ofSeconds(1));
        var third = told();
        workers.expectNoMessage(A_MOMENT);
        assertThat(third.worker()).isEqualTo(first.worker());
        assertThat(executed(third)).isEqualTo(runs.get(2));
    }

    @Test
    void theSettlerHearsOfAClaimBeforeItsRunsAreExecutedAndOfTheirEnds() {
        var run = TestRuns.run();
        assign(7, run);
        assertThat(settler.receiveMessage()).isEqualTo(new Settler.Opened(7, List.of(run.under(7))));

        finish(told(), success(), Duration.ofSeconds(1));

        var settle = settler.expectMessageClass(Settler.Settle.class).ended().getFirst();
        assertThat(settle.fence()).isEqualTo(run.under(7));
        assertThat(settle.agentId()).isEqualTo("agent");
        assertThat(settle.outcome()).isEqualTo(new Outcome.Succeeded("{}"));
        assertThat(settle.ran()).isEqualTo(Duration.ofSeconds(1));
        assertThat(settle.endedNanos())
                .isEqualTo(nanos.get() + Duration.ofSeconds(1).toNanos());
    }

    @Test
    void aRunThatNeedsASkillWhichIsNotHereSleepsAndThePollerHearsOfTheSkillOnce() {
        var run = TestRuns.run();
        assign(7, run);
        var told = told();
        settler.expectMessageClass(Settler.Opened.class);

        var turn = ((Worker.Execute) told.command()).turn();
        turn.begin(nanos.get());
        turn.unable(List.of("greet", "carve"), nanos.get());
        pool.tell(new Worker.Finished(told.worker(), turn));

        var settle = settler.expectMessageClass(Settler.Settle.class).ended().getFirst();
        assertThat(settle.fence()).isEqualTo(run.under(7));
        assertThat(settle.outcome()).isEqualTo(Outcome.Snoozed.notStarted(Duration.ofSeconds(5)));
        assertThat(awaitDemand(it -> !it.missingSkills().isEmpty()).missingSkills())
                .containsExactly("greet", "carve");
        pass(Duration.ofMillis(500));
        assertThat(poller.receiveMessage().missingSkills()).isEmpty();
    }

    @Test
    void aRunWhoseWorkerBrokeIsTriedAgainAndTheWorkerKeepsItsPlace() {
        assign(1, TestRuns.run());
        var told = told();

        finish(told, new Ending.Failed("the worker of this run broke: x", true), Duration.ZERO);

        settler.expectMessageClass(Settler.Opened.class);
        assertThat(settler.expectMessageClass(Settler.Settle.class)
                        .ended()
                        .getFirst()
                        .outcome())
                .isInstanceOf(Outcome.Retry.class);
        assertThat(awaitDemand(it -> it.lastClaimId() == 1 && it.room() == CONCURRENCY))
                .isNotNull();
        pool.tell(new Assign(2, runs(2), 0, 0));
        assertThat(Stream.of(told(), told()).map(Told::worker)).hasSize(2).doesNotHaveDuplicates();
    }

    @Test
    void aRunThatIsHeldAlreadyIsNotExecutedTwice() {
        var active = TestRuns.run();
        var runs = runs(2);
        var waiting = TestRuns.run();
        assign(1, active, runs.getFirst(), waiting);
        told();
        told();

        assign(2, active, waiting);

        workers.expectNoMessage(A_MOMENT);
        settler.expectMessageClass(Settler.Opened.class);
        settler.expectMessageClass(Settler.Opened.class);
        assertThat(settler.receiveMessage()).isEqualTo(new Settler.HandBack(List.of(active.under(2))));
        assertThat(settler.receiveMessage()).isEqualTo(new Settler.HandBack(List.of(waiting.under(2))));
    }

    // --- short runs

    @Test
    void whereRunsAreShortAWorkerGetsItsShareOfWhatWaitsInOneGo() {
        var turns = shortTurns(runs(8));

        assertThat(turns).extracting(told -> turn(told).size()).containsExactly(4, 2);
        // Two wait, and four have not begun.
        assertThat(demandAfterClaim(LAST_CLAIM).room()).isZero();
    }

    @Test
    void whatIsBehindARunThatIsLongAfterAllGoesToOtherWorkers() {
        var runs = runs(8);
        var turns = shortTurns(runs);
        var slow = turns.getFirst();
        turn(slow).end(success(), nanos.get());
        turn(slow).begin(nanos.get());
        assertThat(executed(slow)).isEqualTo(runs.get(1));

        pass(Duration.ofMillis(50));

        // What has ended is settled, though the turn is not over.
        assertThat(settled()).containsExactly(runs.get(0).under(LAST_CLAIM));
        finish(turns.getLast(), success(), Duration.ZERO);
        assertThat(settled()).containsExactly(runs.get(4).under(LAST_CLAIM));
        var next = told();
        assertThat(next.worker()).isEqualTo(turns.getLast().worker());
        // Before all that waits: the rest of its own turn, then that of the slow one.
        assertThat(executed(next)).isEqualTo(runs.get(5));
        assertThat(turn(next).takeBack()).extracting(Workload.Waiting::run).startsWith(runs.get(2));
        assertThat(turn(slow).takeBack()).isEmpty();
        assertThat(executed(slow)).isEqualTo(runs.get(1));
    }

    /** None of them for long enough to be noticed alone. */
    @Test
    void runsThatTakeAWhileEachDoNotStayInOneTurnEither() {
        var runs = runs(8);
        var turns = shortTurns(runs);
        var slow = turns.getFirst();
        pass(Duration.ofMillis(45));
        turn(slow).end(success(), nanos.get());
        turn(slow).begin(nanos.get());

        pass(Duration.ofMillis(5));

        assertThat(settled()).containsExactly(runs.get(0).under(LAST_CLAIM));
        assertThat(turn(slow).takeBack()).isEmpty();
        assertThat(executed(slow)).isEqualTo(runs.get(1));
    }

    @Test
    void aDrainHandsBackWhatHasNotBegunInATurn() {
        var runs = runs(8);
        shortTurns(runs);

        pool.tell(new WorkerPool.Drain(KIT.<Done>createTestProbe().getRef()));

        assertThat(settler.expectMessageClass(Settler.HandBack.class).fences())
                .containsExactlyInAnyOrderElementsOf(Stream.of(1, 2, 3, 5, 6, 7)
                        .map(i -> runs.get(i).under(LAST_CLAIM))
                        .toList());
        // The others run, and are marked.
        assertThat(settler.expectMessageClass(Settler.MarkRunning.class).runs()).hasSize(2);
    }

    @Test
    void aRunOfATurnThatIsLostBeforeItBeginsNeverDoes() {
        var runs = runs(8);
        var turns = shortTurns(runs);
        var lost = runs.get(1).under(LAST_CLAIM);

        report(new Settler.Lost(List.of(lost)));

        assertThat(settler.receiveMessage()).isEqualTo(new Settler.Forget(lost));
        workers.expectNoMessage(A_MOMENT);
        assertThat(turn(turns.getFirst()).takeBack())
                .extracting(Workload.Waiting::fence)
                .containsExactly(runs.get(2).under(LAST_CLAIM), runs.get(3).under(LAST_CLAIM));
    }

    /** Of those that take next to nothing, the messages between them would be most of the work. */
    @Test
    void whatIsOverInAMomentIsNotDividedAmongTheWorkers() {
        executeBefore(Duration.ofNanos(1000));
        var runs = runs(8);

        pool.tell(new Assign(LAST_CLAIM, runs, 1, 0));

        assertThat(turn(told()).size()).isEqualTo(runs.size());
        workers.expectNoMessage(A_MOMENT);
    }

    /** Runs of a claim, on a pool that has had many short ones; returns what the two workers were told. */
    private List<Told> shortTurns(List<Run> runs) {
        executeBefore(Duration.ofNanos(400_000));
        pool.tell(new Assign(LAST_CLAIM, runs, 1, 0));
        settler.expectMessageClass(Settler.Opened.class);
        // What two workers say comes in any order; the larger turn is the first.
        return Stream.of(told(), told())
                .sorted(Comparator.comparingInt((Told told) -> turn(told).size())
                        .reversed())
                .toList();
    }

    private void executeBefore(Duration each) {
        for (int claimId = 1; claimId < LAST_CLAIM; claimId++) {
            pool.tell(new Assign(claimId, runs(1), 1, 0));
            settler.expectMessageClass(Settler.Opened.class);
            finish(told(), success(), each);
            settled();
        }
    }

    private List<Fence> settled() {
        return settler.expectMessageClass(Settler.Settle.class).ended().stream()
                .map(Ended::fence)
                .toList();
    }

    // --- finished steps

    @Test
    void aStepThatIsToBeKeptHasItsRunMarkedFirstAndOnce() {
        var run = TestRuns.run();
        assign(1, run);
        told();
        settler.expectMessageClass(Settler.Opened.class);
        var step = step(run.under(1));
        var next = step(run.under(1));

        pool.tell(new RunCheckpoints.Keep(step, 5));
        pool.tell(new RunCheckpoints.Keep(next, 5));

        assertThat(settler.expectMessageClass(Settler.MarkRunning.class).runs())
                .containsExactly(new Settler.Started(run.under(1), 5));
        assertThat(settler.receiveMessage()).isEqualTo(step);
        assertThat(settler.receiveMessage()).isEqualTo(next);
        // The settler has not said yet that it is written.
        pass(Duration.ofSeconds(5));
        settler.expectNoMessage(A_MOMENT);
    }

    @Test
    void aStepOfARunThatIsNotHereIsLost() {
        var step = step(TestRuns.run().under(1));

        pool.tell(new RunCheckpoints.Keep(step, 5));

        assertThat(step.kept().orTimeout(10, TimeUnit.SECONDS).join()).isEqualTo(new Kept.Lost());
        settler.expectNoMessage(A_MOMENT);
    }

    @Test
    void whoAsksForSignalsHearsWhenTheRunIsMarked() {
        var run = TestRuns.run();
        assign(1, run);
        told();
        settler.expectMessageClass(Settler.Opened.class);
        var fence = run.under(1);
        var asked = Stream.generate(CompletableFuture<Boolean>::new).limit(3).toList();

        pool.tell(new RunSignals.NeedMark(fence, asked.get(0)));
        pool.tell(new RunSignals.NeedMark(fence, asked.get(1)));
        assertThat(settler.expectMessageClass(Settler.MarkRunning.class).runs())
                .extracting(Settler.Started::fence)
                .containsExactly(fence);
        settler.expectNoMessage(A_MOMENT);
        assertThat(asked).noneMatch(CompletableFuture::isDone);
        report(new Settler.Marked(List.of(fence)));
        pool.tell(new RunSignals.NeedMark(fence, asked.get(2)));

        assertThat(asked).allMatch(it -> it.orTimeout(10, TimeUnit.SECONDS).join());
        var nobodys = new CompletableFuture<Boolean>();
        pool.tell(new RunSignals.NeedMark(TestRuns.run().under(1), nobodys));
        assertThat(nobodys.orTimeout(10, TimeUnit.SECONDS).join()).isFalse();
    }

    @Test
    void thePollerHearsOnceWhenSomethingIsDue() {
        report(new Settler.Due(Duration.ofSeconds(9)));
        report(new Settler.Due(Duration.ofSeconds(3)));

        awaitDemand(it -> Long.valueOf(3000).equals(it.dueInMillis()));
        pass(Duration.ofMillis(500));
        awaitDemand(it -> it.dueInMillis() == null);
    }

    private static Settler.Keep step(Fence fence) {
        return new Settler.Keep(fence, "a", "noop", "{}", null, 1, Duration.ZERO, 0, new CompletableFuture<>());
    }

    // --- marks

    @Test
    void runsThatLastAreMarkedTogetherAndOnce() {
        var runs = runs(2);
        pool.tell(new Assign(1, runs, 0, 0));
        told();
        told();
        settler.expectMessageClass(Settler.Opened.class);
        var started = nanos.get();

        pass(MARK_AGE.minusMillis(1));
        settler.expectNoMessage(A_MOMENT);
        pass(Duration.ofMillis(51));

        var marked = settler.expectMessageClass(Settler.MarkRunning.class).runs();
        assertThat(marked)
                .containsExactlyInAnyOrder(
                        new Settler.Started(runs.get(0).under(1), started),
                        new Settler.Started(runs.get(1).under(1), started));
        pass(Duration.ofSeconds(5));
        settler.expectNoMessage(A_MOMENT);
    }

    @Test
    void aRunThatEndsSoonIsNeverMarked() {
        assign(1, TestRuns.run());
        finish(told(), success(), Duration.ofMillis(99));
        settler.expectMessageClass(Settler.Opened.class);
        settler.expectMessageClass(Settler.Settle.class);

        pass(Duration.ofSeconds(1));

        settler.expectNoMessage(A_MOMENT);
    }

    @Test
    void aRunWhoseMarkIsFencedOutIsStoppedAndNothingIsWritten() {
        var run = TestRuns.run();
        assign(1, run);
        var told = told();
        settler.expectMessageClass(Settler.Opened.class);

        report(new Settler.Lost(List.of(run.under(1))));

        assertThat(told()).isEqualTo(new Told(told.worker(), new Worker.Stop(run.under(1), Worker.Reason.LOST)));
        finishStopped(told, Worker.Reason.LOST);
        assertThat(settler.receiveMessage()).isEqualTo(new Settler.Forget(run.under(1)));
        settler.expectNoMessage(A_MOMENT);
    }

    @Test
    void aLossUnderAnotherClaimStopsNothing() {
        var run = TestRuns.run();
        assign(1, run);
        told();

        report(new Settler.Lost(List.of(run.under(2))));

        workers.expectNoMessage(A_MOMENT);
    }

    // --- heartbeats

    @Test
    void anUnmarkedRunIsHeldAsLongAsItsClaimListsIt() {
        var run = TestRuns.run();
        assign(1, run);
        told();

        beat(listed(run, 1));
        workers.expectNoMessage(A_MOMENT);
        beat();

        assertThat(told().command()).isEqualTo(new Worker.Stop(run.under(1), Worker.Reason.LOST));
    }

    @Test
    void aMarkedRunIsHeldAsLongAsItsRowSaysSo() {
        var run = markedRun();

        beat(marked(run, 1));
        workers.expectNoMessage(A_MOMENT);
        beat(marked(run, 2));

        assertThat(told().command()).isEqualTo(new Worker.Stop(run.under(1), Worker.Reason.LOST));
    }

    @Test
    void aMarkedRunThatItsClaimStillListsIsLostAllTheSame() {
        // The runbook's reset: the row is queued again, and the claim is there for another run of its batch.
        var run = markedRun();

        beat(listed(run, 1));

        assertThat(told().command()).isEqualTo(new Worker.Stop(run.under(1), Worker.Reason.LOST));
    }

    @Test
    void aRunWhoseMarkIsOnItsWayIsNotJudged() {
        assign(1, TestRuns.run());
        told();
        settler.expectMessageClass(Settler.Opened.class);
        pass(MARK_AGE.plusMillis(50));
        settler.expectMessageClass(Settler.MarkRunning.class);

        beat();

        workers.expectNoMessage(A_MOMENT);
    }

    @Test
    void whatChangedAfterTheTablesWereReadIsNotJudged() {
        var readBefore = nanos.get();
        assign(1, TestRuns.run(), TestRuns.run(), TestRuns.run());
        told();
        told();

        pool.tell(new WorkerPool.Beat(new Heartbeat.Holdings(readBefore, List.of()), true));

        workers.expectNoMessage(A_MOMENT);
        settler.expectMessageClass(Settler.Opened.class);
        settler.expectNoMessage(A_MOMENT);
    }

    @Test
    void aMarkThatWasWrittenAfterTheTablesWereReadIsNotJudged() {
        var readBefore = nanos.get() + MARK_AGE.plusMillis(50).toNanos();
        var run = markedRun();

        pool.tell(new WorkerPool.Beat(new Heartbeat.Holdings(readBefore, List.of(listed(run, 1))), true));

        workers.expectNoMessage(A_MOMENT);
    }

    @Test
    void aMarkedRunIsLookedAfterAndStoppedWhenItIsGone() {
        var run = markedRun();
        awaitQuiet();
        pass(Duration.ofMillis(500));
        var look = awaitLook(1);
        assertThat(look.fences()).containsExactly(run.under(1));

        look.answer().complete(Set.of(run.id()));

        assertThat(told().command()).isEqualTo(new Worker.Stop(run.under(1), Worker.Reason.LOST));
        assertThat(settler.receiveMessage()).isEqualTo(new Settler.Explain(List.of(run.under(1))));
        // The heartbeat that finds the same has nothing to add, and nobody looks again.
        beat();
        pass(Duration.ofMillis(500));
        awaitQuiet();
        settler.expectNoMessage(A_MOMENT);
        assertThat(looks).hasSize(1);
    }

    @Test
    void nobodyLooksAfterARunThatIsNotMarkedOrOnlyJustWas() {
        assign(1, TestRuns.run());
        told();
        awaitQuiet();
        pass(Duration.ofMillis(350));
        settler.fishForMessage(
                Duration.ofSeconds(5),
                it -> it instanceof Settler.MarkRunning
                        ? FishingOutcomes.complete()
                        : FishingOutcomes.continueAndIgnore());
        pass(Duration.ofMillis(550));
        awaitQuiet();
        assertThat(looks).isEmpty();
    }

    @Test
    void whatEndedWhileItWasLookedForIsLeftAlone() {
        var run = TestRuns.run();
        assign(1, run);
        var told = told();
        settler.expectMessageClass(Settler.Opened.class);
        pass(MARK_AGE.plusMillis(50));
        settler.expectMessageClass(Settler.MarkRunning.class);
        report(new Settler.Marked(List.of(run.under(1))));
        awaitQuiet();
        pass(Duration.ofMillis(500));
        var look = awaitLook(1);
        finish(told, success(), Duration.ZERO);
        settler.expectMessageClass(Settler.Settle.class);

        look.answer().complete(Set.of(run.id()));
        awaitQuiet();

        settler.expectNoMessage(A_MOMENT);
        workers.expectNoMessage(A_MOMENT);
    }

    @Test
    void aWorkerThatStaysWithASkillIsNotFreeButItsRunIsOverAndADrainEnds() {
        assign(1, TestRuns.run());
        var told = told();
        settler.expectMessageClass(Settler.Opened.class);
        turn(told).stop(executed(told).under(1), new Worker.Verdict.Over(new Ending.Failed("timed out", true)));
        assertThat(Thread.interrupted()).isTrue();
        turn(told).leaveBehind(nanos.get());

        pool.tell(new Worker.Held(turn(told)));

        settler.expectMessageClass(Settler.Settle.class);
        assertThat(awaitDemand(it -> it.lastClaimId() == 1 && it.room() < CONCURRENCY)
                        .room())
                .isEqualTo(CONCURRENCY - 1);
        assertThat(abandoned.holdsAllWorkers()).isFalse();
        var done = KIT.<Done>createTestProbe();
        pool.tell(new WorkerPool.Drain(done.getRef()));
        done.expectMessage(Done.getInstance());
    }

    @Test
    void aWorkerThatStayedWithASkillIsFreeOnceThatHasEnded() {
        assign(1, TestRuns.run());
        var told = told();
        turn(told).stop(executed(told).under(1), new Worker.Verdict.Stopped(Worker.Reason.LOST));
        assertThat(Thread.interrupted()).isTrue();
        turn(told).leaveBehind(nanos.get());
        pool.tell(new Worker.Held(turn(told)));
        awaitDemand(it -> it.room() == CONCURRENCY - 1 && it.lastClaimId() == 1);
        awaitQuiet();

        pool.tell(new Worker.Finished(told.worker(), turn(told)));

        awaitDemand(it -> it.room() == CONCURRENCY);
    }

    @Test
    void whatSkillsSayIsWrittenOnceASecondAndOnlyOfWhatIsExecuted() {
        var run = markedRun();
        said.say(StepReport.heartbeat(run.under(1), "a", "1"));
        said.say(StepReport.heartbeat(run.under(1), "a", "2"));
        said.say(StepReport.heartbeat(run.under(2), "a", "of an older claim"));

        pass(Duration.ofSeconds(1));

        assertThat(settler.receiveMessage())
                .isEqualTo(new Settler.ReportSteps(List.of(StepReport.heartbeat(run.under(1), "a", "2"))));
        pass(Duration.ofSeconds(1));
        settler.expectNoMessage(A_MOMENT);
    }

    @Test
    void whatASkillSaidBeforeAFailureGoesBeforeItAndBeforeASuccessNowhere() {
        assign(1, TestRuns.run(), TestRuns.run());
        var failing = told();
        var succeeding = told();
        settler.expectMessageClass(Settler.Opened.class);
        var report = StepReport.heartbeat(executed(failing).under(1), "a", "1");
        said.say(report);
        said.say(StepReport.heartbeat(executed(succeeding).under(1), "a", "2"));

        finish(failing, new Ending.Failed("broke", true), Duration.ofMillis(1));
        assertThat(settler.receiveMessage()).isEqualTo(new Settler.ReportSteps(List.of(report)));
        settler.expectMessageClass(Settler.Settle.class);

        finish(succeeding, success(), Duration.ofMillis(1));
        settler.expectMessageClass(Settler.Settle.class);
        assertThat(said.take()).isEmpty();
    }

    @Test
    void aWaitingRunThatIsNoLongerHeldIsNeverExecuted() {
        var runs = runs(3);
        var lost = runs.getLast();
        pool.tell(new Assign(1, runs, 0, 0));
        var first = told();
        told();
        settler.expectMessageClass(Settler.Opened.class);

        beat(listed(runs.get(0), 1), listed(runs.get(1), 1));

        assertThat(settler.receiveMessage()).isEqualTo(new Settler.Forget(lost.under(1)));
        assertThat(awaitDemand(it -> !it.freed().isEmpty()).freed()).containsExactly(lost.under(1));
        finish(first, success(), Duration.ofSeconds(1));
        workers.expectNoMessage(A_MOMENT);
    }

    @Test
    void aClaimThatNeverArrivedIsReleasedAtTheFirstHeartbeatThatFindsItOld() {
        beat(listed(TestRuns.run(), 8), old(TestRuns.run(), 9));

        assertThat(settler.receiveMessage()).isEqualTo(new Settler.ReleaseUnknown(List.of(9L)));
        settler.expectNoMessage(A_MOMENT);
    }

    @Test
    void aClaimThatNeverArrivedIsReleasedAtTheSecondHeartbeatWhateverItsAge() {
        var lost = TestRuns.run();

        beat(listed(lost, 9));
        settler.expectNoMessage(A_MOMENT);
        beat(listed(lost, 9));

        assertThat(settler.receiveMessage()).isEqualTo(new Settler.ReleaseUnknown(List.of(9L)));
    }

    @Test
    void aClaimThatArrivesBetweenTwoHeartbeatsIsNotReleased() {
        var late = TestRuns.run();

        beat(listed(late, 9));
        assign(9, late);
        beat(listed(late, 9));

        settler.expectMessageClass(Settler.Opened.class);
        settler.expectNoMessage(A_MOMENT);
        assertThat(executed(told())).isEqualTo(late);
    }

    @Test
    void aMarkedRunThatNobodyExecutesIsGivenBackAtTheSecondHeartbeat() {
        var orphan = Held.marked(9, UUID.randomUUID());

        beat(orphan);
        settler.expectNoMessage(A_MOMENT);
        beat(orphan);

        assertThat(settler.receiveMessage())
                .isEqualTo(new Settler.HandBackUnknown(List.of(new Fence(orphan.runId(), 9, 0))));
    }

    @Test
    void aRunThatWasMarkedByHandWithoutAClaimIsLeftAlone() {
        var byHand = Held.marked(0, UUID.randomUUID());

        beat(byHand);
        beat(byHand);

        settler.expectNoMessage(A_MOMENT);
    }

    @Test
    void twoClaimsAreUnknownOneAfterTheOtherAndNeitherIsReleased() {
        beat(listed(TestRuns.run(), 8));
        beat(listed(TestRuns.run(), 9));

        settler.expectNoMessage(A_MOMENT);
    }

    @Test
    void aClaimThatArrivesAfterItWasReleasedIsRefused() {
        var late = TestRuns.run();
        beat(old(late, 9));
        settler.expectMessageClass(Settler.ReleaseUnknown.class);

        assign(9, late);

        assertThat(awaitDemand(it -> !it.freed().isEmpty()).freed()).containsExactly(late.under(9));
        workers.expectNoMessage(A_MOMENT);
        settler.expectNoMessage(A_MOMENT);
    }

    @Test
    void aClaimThatNeverArrivedNoLongerTakesTheRoomOfThisNode() {
        // The poller keeps room for what is on its way until this node has seen it or a later one. Where the lost claim
        // took all the room there is no later one: without this the node would never get a run again.
        var lost = TestRuns.run();
        beat(old(lost, 9));

        assertThat(awaitDemand(it -> it.lastClaimId() == 9).room()).isEqualTo(CONCURRENCY);
    }

    // --- drain

    @Test
    void aDrainHandsBackWhatHasNotBegunAndAnswersWhenNothingRuns() {
        var done = KIT.<Done>createTestProbe();
        var runs = runs(4);
        pool.tell(new Assign(1, runs, 0, 0));
        var first = told();
        var second = told();
        settler.expectMessageClass(Settler.Opened.class);

        pool.tell(new WorkerPool.Drain(done.getRef()));

        assertThat(settler.receiveMessage())
                .isEqualTo(new Settler.HandBack(
                        List.of(runs.get(2).under(1), runs.get(3).under(1))));
        // Young as they are.
        assertThat(settler.expectMessageClass(Settler.MarkRunning.class).runs()).hasSize(2);
        assertThat(demandAfterClaim(1).room()).isZero();
        finish(first, success(), Duration.ofSeconds(1));
        done.expectNoMessage(A_MOMENT);
        finish(second, success(), Duration.ofSeconds(1));
        done.expectMessage(Done.getInstance());
        workers.expectNoMessage(A_MOMENT);
    }

    @Test
    void aDrainOfAnIdlePoolIsOverAtOnce() {
        var done = KIT.<Done>createTestProbe();

        pool.tell(new WorkerPool.Drain(done.getRef()));

        done.expectMessage(Done.getInstance());
        assertThat(poller.receiveMessage().room()).isZero();
    }

    @Test
    void whatArrivesDuringADrainIsHandedBack() {
        pool.tell(new WorkerPool.Drain(KIT.<Done>createTestProbe().getRef()));
        var run = TestRuns.run();

        assign(1, run);

        settler.expectMessageClass(Settler.Opened.class);
        assertThat(settler.receiveMessage()).isEqualTo(new Settler.HandBack(List.of(run.under(1))));
        workers.expectNoMessage(A_MOMENT);
        assertThat(demandAfterClaim(1).room()).isZero();
    }

    @Test
    void theRestIsInterruptedHandedBackAndSettled() {
        var rest = KIT.<WorkerPool.Rest>createTestProbe();
        var runs = runs(3);
        pool.tell(new Assign(1, runs, 0, 0));
        var first = told();
        var second = told();
        pool.tell(new WorkerPool.Drain(KIT.<Done>createTestProbe().getRef()));

        pool.tell(new WorkerPool.HandBackRest(rest.getRef(), FLUSH_TIMEOUT));

        assertThat(List.of(told().command(), told().command()))
                .containsExactlyInAnyOrder(
                        new Worker.Stop(runs.get(0).under(1), Worker.Reason.DRAIN),
                        new Worker.Stop(runs.get(1).under(1), Worker.Reason.DRAIN));
        var interrupted = executed(first).under(1);
        finishStopped(first, Worker.Reason.DRAIN);
        rest.expectNoMessage(A_MOMENT);
        // This one made it after all.
        finish(second, success(), Duration.ofSeconds(1));
        settler.expectMessageClass(Settler.Opened.class);
        settler.expectMessageClass(Settler.HandBack.class);
        settler.expectMessageClass(Settler.MarkRunning.class);
        assertThat(settler.receiveMessage()).isEqualTo(new Settler.HandBack(List.of(interrupted)));
        settler.expectMessageClass(Settler.Settle.class);
        var flush = settler.expectMessageClass(Settler.Flush.class);
        rest.expectNoMessage(A_MOMENT);

        flush.replyTo().tell(Done.getInstance());

        // One that waited, one that was interrupted.
        rest.expectMessage(new WorkerPool.Rest(2, true));
    }

    @Test
    void aRestThatCannotBeWrittenIsSaidSo() {
        var rest = KIT.<WorkerPool.Rest>createTestProbe();
        pool.tell(new WorkerPool.HandBackRest(rest.getRef(), FLUSH_TIMEOUT));
        settler.expectMessageClass(Settler.Flush.class);
        pass(FLUSH_TIMEOUT.minusMillis(1));
        rest.expectNoMessage(A_MOMENT);
        pass(Duration.ofMillis(1));

        rest.expectMessage(new WorkerPool.Rest(0, false));
    }

    @Test
    void aRestWithoutADrainBeforeItHandsBackWhatWaitsToo() {
        var rest = KIT.<WorkerPool.Rest>createTestProbe();
        var runs = runs(3);
        pool.tell(new Assign(1, runs, 0, 0));
        var first = told();
        var second = told();
        settler.expectMessageClass(Settler.Opened.class);

        pool.tell(new WorkerPool.HandBackRest(rest.getRef(), FLUSH_TIMEOUT));

        assertThat(settler.receiveMessage())
                .isEqualTo(new Settler.HandBack(List.of(runs.get(2).under(1))));
        told();
        told();
        finishStopped(first, Worker.Reason.DRAIN);
        finishStopped(second, Worker.Reason.DRAIN);
        workers.expectNoMessage(A_MOMENT);
        settler.expectMessageClass(Settler.HandBack.class);
        settler.expectMessageClass(Settler.HandBack.class);
        settler.expectMessageClass(Settler.Flush.class).replyTo().tell(Done.getInstance());
        rest.expectMessage(new WorkerPool.Rest(3, true));
    }

    // --- claims that come without their runs

    @Test
    void aClaimThatComesWithoutItsRunsIsReadAndExecuted() {
        var runs = runs(3);

        var reading = assignUnread(5, 3);
        assertThat(demandAfterClaim(5).room()).isZero();
        workers.expectNoMessage(A_MOMENT);
        reading.complete(runs);

        assertThat(settler.receiveMessage())
                .isEqualTo(new Settler.Opened(
                        5, runs.stream().map(run -> run.under(5)).toList()));
        // What two workers say comes in any order.
        assertThat(List.of(executed(told()), executed(told()))).containsExactlyInAnyOrderElementsOf(runs.subList(0, 2));
    }

    @Test
    void whatIsBeingReadTakesRoomOnceOnly() {
        var reading = assignUnread(5, 1);
        assertThat(demandAfterClaim(5).room()).isEqualTo(CONCURRENCY - 1);

        reading.complete(runs(1));
        finish(told(), success(), Duration.ofSeconds(10));

        assertThat(awaitDemand(it -> it.room() == CONCURRENCY)).isNotNull();
    }

    @Test
    void aClaimThatIsBeingReadIsNotTakenForOneThatNeverArrived() {
        assignUnread(5, 1);

        beat(old(TestRuns.run(), 5));
        beat(old(TestRuns.run(), 5));

        settler.expectNoMessage(A_MOMENT);
    }

    @Test
    void aClaimThatComesTwiceIsReadOnce() {
        assignUnread(5, 1);
        pool.tell(new Assign(5, List.of(), 0, 1));
        awaitQuiet();

        assertThat(reads).hasSize(1);
    }

    @Test
    void aClaimWhoseRowIsGoneIsLetGoAndTakesNoRoom() {
        assignUnread(5, 1).complete(List.of());

        assertThat(settler.receiveMessage()).isEqualTo(new Settler.ReleaseUnknown(List.of(5L)));
        assertThat(awaitDemand(it -> it.lastClaimId() == 5 && it.room() == CONCURRENCY))
                .isNotNull();
        workers.expectNoMessage(A_MOMENT);
    }

    @Test
    void aReadThatFailsIsTriedAgainUntilTheDatabaseAnswers() {
        var run = TestRuns.run();
        var reading = assignUnread(5, 1);
        for (int i = 0; i < 30; i++) {
            reading.completeExceptionally(new IllegalStateException("the database is away"));
            reading = awaitRead(5, i + 2);
        }

        reading.complete(List.of(run));

        settler.expectMessageClass(Settler.Opened.class);
        assertThat(executed(told())).isEqualTo(run);
    }

    @Test
    void aClaimThatCannotBeReadWhileTheDatabaseAnswersIsLetGo() {
        var reading = assignUnread(5, 1);
        for (int i = 1; i < ClaimReader.MOST_TRIES; i++) {
            reading.completeExceptionally(new IllegalStateException("too large for the memory here"));
            reading = awaitRead(5, i + 1);
        }
        settler.expectNoMessage(A_MOMENT);

        pool.tell(new WorkerPool.Beat(new Heartbeat.Holdings(nanos.get(), List.of()), true));
        reading.completeExceptionally(new IllegalStateException("too large for the memory here"));

        assertThat(settler.receiveMessage()).isEqualTo(new Settler.ReleaseUnknown(List.of(5L)));
    }

    @Test
    void aDrainLetsGoWhatIsBeingReadAndWhatIsReadYetIsNotExecuted() {
        var done = KIT.<Done>createTestProbe();
        var reading = assignUnread(5, 3);

        pool.tell(new WorkerPool.Drain(done.getRef()));

        assertThat(settler.receiveMessage()).isEqualTo(new Settler.ReleaseUnknown(List.of(5L)));
        done.expectMessage(Done.getInstance());
        reading.complete(runs(3));
        workers.expectNoMessage(A_MOMENT);
        settler.expectNoMessage(A_MOMENT);

        var rest = KIT.<WorkerPool.Rest>createTestProbe();
        pool.tell(new WorkerPool.HandBackRest(rest.getRef(), FLUSH_TIMEOUT));
        settler.expectMessageClass(Settler.Flush.class).replyTo().tell(Done.getInstance());
        rest.expectMessage(new WorkerPool.Rest(3, true));
    }

    @Test
    void aRestLetsGoWhatIsBeingReadBeforeItIsFlushed() {
        assignUnread(5, 3);

        pool.tell(new WorkerPool.HandBackRest(
                KIT.<WorkerPool.Rest>createTestProbe().getRef(), FLUSH_TIMEOUT));

        assertThat(settler.receiveMessage()).isEqualTo(new Settler.ReleaseUnknown(List.of(5L)));
        settler.expectMessageClass(Settler.Flush.class);
    }

    @Test
    void aClaimWithoutItsRunsThatArrivesDuringADrainIsLetGoUnread() {
        pool.tell(new WorkerPool.Drain(KIT.<Done>createTestProbe().getRef()));

        pool.tell(new Assign(5, List.of(), 0, 3));

        assertThat(settler.receiveMessage()).isEqualTo(new Settler.ReleaseUnknown(List.of(5L)));
        assertThat(demandAfterClaim(5).room()).isZero();
        assertThat(reads).isEmpty();
    }

    // --- failure

    @Test
    void withoutItsSettlerThePoolStops() {
        var watcher = KIT.createTestProbe();

        beat(old(TestRuns.run(), -1));

        watcher.expectTerminated(pool, Duration.ofSeconds(5));
    }

    // --- steered

    @Test
    void aPoolTakesNothingBeforeItHearsWhatPeopleWantOfIt() {
        KIT.stop(pool);
        startPoolUnsteered();

        pass(Duration.ofMillis(500));
        assertThat(poller.receiveMessage().room()).isZero();

        steer(1, false);
        assertThat(poller.receiveMessage().room()).isOne();
    }

    @Test
    void aPoolThatGrowsWhileAllAreBusyExecutesMoreAtOnce() {
        assign(1, runs(4).toArray(Run[]::new));
        told();
        told();

        steer(3, false);

        told();
        workers.expectNoMessage(A_MOMENT);
        steer(8, false);
        told();
        assertThat(awaitDemand(it -> it.room() > 0).room()).isEqualTo(4);
    }

    @Test
    void aPoolThatShrinksInterruptsNobodyAndBeginsLess() {
        steer(4, false);
        assign(1, runs(6).toArray(Run[]::new));
        var busy = List.of(told(), told(), told(), told());
        settler.expectMessageClass(Settler.Opened.class);

        steer(1, false);

        workers.expectNoMessage(A_MOMENT);
        for (var told : busy.subList(0, 3)) {
            var fence = executed(told).under(1);
            finish(told, success(), Duration.ofSeconds(1));
            assertThat(settled()).containsExactly(fence);
            terminated(told.worker());
        }
        // One is busy, and that is all there may be.
        workers.expectNoMessage(A_MOMENT);
        assertThat(demandNow().room()).isZero();
        finish(busy.getLast(), success(), Duration.ofSeconds(1));
        var next = told();
        assertThat(next.worker()).isEqualTo(busy.getLast().worker());
        workers.expectNoMessage(A_MOMENT);
        finish(next, success(), Duration.ofSeconds(1));
        finish(told(), success(), Duration.ofSeconds(1));
        assertThat(awaitDemand(it -> it.room() > 0).room()).isOne();
    }

    @Test
    void aPoolThatShrinksStopsIdleWorkersAtOnce() {
        steer(6, false);
        awaitDemand(it -> it.room() == 6);
        assign(1, TestRuns.run());
        told();

        steer(3, false);

        var demand = awaitDemand(it -> it.room() < 5);
        assertThat(demand.room()).isEqualTo(2);
        assertThat(demand.idle()).isEqualTo(2);
    }

    @Test
    void aPoolThatGrowsAgainBeforeItHasShrunkKeepsWhoIsStillThere() {
        steer(4, false);
        assign(1, runs(4).toArray(Run[]::new));
        var busy = List.of(told(), told(), told(), told());
        steer(1, false);
        finish(busy.getFirst(), success(), Duration.ofSeconds(1));
        terminated(busy.getFirst().worker());
        assertThat(demandNow().room()).isZero();

        steer(4, false);

        // Three of the four are still there.
        assertThat(awaitDemand(it -> it.room() > 0).room()).isOne();
        finish(busy.getLast(), success(), Duration.ofSeconds(1));
        assertThat(awaitDemand(it -> it.room() > 1).room()).isEqualTo(2);
        assign(2, runs(3).toArray(Run[]::new));
        assertThat(Stream.of(told(), told()).map(Told::worker))
                .contains(busy.getLast().worker());
        workers.expectNoMessage(A_MOMENT);
    }

    @Test
    void whatWaitsBeyondTheNewSizeIsHandedBackAfterAMoment() {
        var runs = runs(3);
        assign(1, runs.toArray(Run[]::new));
        told();
        told();
        steer(1, false);
        settler.expectMessageClass(Settler.Opened.class);

        pass(Duration.ofMillis(1500));

        assertThat(settler.receiveMessage()).isInstanceOf(Settler.MarkRunning.class);
        assertThat(settler.receiveMessage())
                .isEqualTo(new Settler.HandBack(List.of(runs.get(2).under(1))));
    }

    @Test
    void ofWorkersThatStayWithASkillAsManyGoOnAsThePoolReplaces() {
        steer(3, false);
        assign(1, runs(2).toArray(Run[]::new));
        var deaf = List.of(told(), told());
        deaf.forEach(this::hold);
        awaitDemand(it -> it.lastClaimId() == 1 && it.room() == 1);
        assertThat(abandoned.holdsAllWorkers()).isFalse();

        steer(2, false);

        // The one that idled is gone, and the others hear nothing.
        assertThat(awaitDemand(it -> it.room() == 0).idle()).isZero();
        assertThat(abandoned.holdsAllWorkers()).isTrue();
        steer(4, false);
        assertThat(awaitDemand(it -> it.room() > 0).room()).isEqualTo(2);
        assertThat(abandoned.holdsAllWorkers()).isFalse();
        steer(1, false);
        pool.tell(new Worker.Finished(deaf.getFirst().worker(), turn(deaf.getFirst())));
        terminated(deaf.getFirst().worker());
        pool.tell(new Worker.Finished(deaf.getLast().worker(), turn(deaf.getLast())));
        assertThat(awaitDemand(it -> it.room() > 0).room()).isOne();
    }

    @Test
    void aPoolThatIsToDrainGoesOnWithWhatItExecutesAndHandsBackWhatWaits() {
        var runs = runs(3);
        assign(1, runs.toArray(Run[]::new));
        var first = told();
        told();
        settler.expectMessageClass(Settler.Opened.class);

        steer(2, true);

        assertThat(settler.receiveMessage())
                .isEqualTo(new Settler.HandBack(List.of(runs.get(2).under(1))));
        finish(first, success(), Duration.ofSeconds(1));
        assertThat(settled()).containsExactly(runs.getFirst().under(1));
        assertThat(demandNow().room()).isZero();
        settler.expectMessageClass(Settler.MarkRunning.class);
        var late = TestRuns.run();
        assign(2, late);
        settler.expectMessageClass(Settler.Opened.class);
        assertThat(settler.receiveMessage()).isEqualTo(new Settler.HandBack(List.of(late.under(2))));
        workers.expectNoMessage(A_MOMENT);

        steer(2, false);

        assertThat(awaitDemand(it -> it.room() > 0).room()).isOne();
        assign(3, TestRuns.run());
        told();
    }

    @Test
    void aPoolThatIsToDrainLetsGoWhatIsBeingRead() {
        var answer = assignUnread(1, 2);

        steer(2, true);

        assertThat(settler.receiveMessage()).isEqualTo(new Settler.ReleaseUnknown(List.of(1L)));
        answer.complete(runs(2));
        workers.expectNoMessage(A_MOMENT);
        steer(2, false);
        assertThat(awaitDemand(it -> it.room() > 0).room()).isEqualTo(2);
    }

    @Test
    void aPoolThatDrainsIsResizedForWhenItIsResumed() {
        steer(2, true);
        steer(5, true);
        assertThat(demandNow().room()).isZero();

        steer(5, false);

        assertThat(awaitDemand(it -> it.room() > 0).room()).isEqualTo(5);
    }

    @Test
    void whatIsBehindTheFirstOfATurnIsHandedBackByADrain() {
        var runs = runs(8);
        var turns = shortTurns(runs);

        steer(2, true);

        assertThat(settler.expectMessageClass(Settler.HandBack.class).fences()).hasSize(6);
        turns.forEach(it -> finish(it, success(), Duration.ZERO));
        workers.expectNoMessage(A_MOMENT);
    }

    @Test
    void onItsWayOutAPoolHearsNothingOfWhatPeopleWant() {
        var done = KIT.<Done>createTestProbe();
        assign(1, runs(2).toArray(Run[]::new));
        var busy = List.of(told(), told());
        pool.tell(new WorkerPool.Drain(done.getRef()));

        steer(9, false);
        steer(1, true);
        steer(9, false);

        assertThat(demandNow().room()).isZero();
        assign(2, TestRuns.run());
        workers.expectNoMessage(A_MOMENT);
        busy.forEach(it -> finish(it, success(), Duration.ofSeconds(1)));
        done.expectMessage(Done.getInstance());
        assertThat(demandNow().room()).isZero();
    }

    @Test
    void aPoolThatDrainsCanBeStopped() {
        var rest = KIT.<WorkerPool.Rest>createTestProbe();
        var runs = runs(3);
        assign(1, runs.toArray(Run[]::new));
        var first = told();
        var second = told();
        steer(2, true);
        finish(first, success(), Duration.ofSeconds(1));
        var done = KIT.<Done>createTestProbe();
        pool.tell(new WorkerPool.Drain(done.getRef()));
        done.expectNoMessage(A_MOMENT);
        finish(second, success(), Duration.ofSeconds(1));
        done.expectMessage(Done.getInstance());

        pool.tell(new WorkerPool.HandBackRest(rest.getRef(), FLUSH_TIMEOUT));

        settler.fishForMessage(
                        Duration.ofSeconds(10),
                        it -> it instanceof Settler.Flush
                                ? FishingOutcomes.complete()
                                : FishingOutcomes.continueAndIgnore())
                .forEach(it -> ((Settler.Flush) it).replyTo().tell(Done.getInstance()));
        // What was handed back before was not for the sake of its end.
        rest.expectMessage(new WorkerPool.Rest(0, true));
    }

    private void steer(int concurrency, boolean draining) {
        pool.tell(new WorkerPool.Steer(new NodeControl(concurrency, draining)));
    }

    private void hold(Told told) {
        turn(told).stop(executed(told).under(1), new Worker.Verdict.Stopped(Worker.Reason.LOST));
        assertThat(Thread.interrupted()).isTrue();
        turn(told).leaveBehind(nanos.get());
        pool.tell(new Worker.Held(turn(told)));
    }

    private static void terminated(ActorRef<Worker.Command> worker) {
        KIT.createTestProbe().expectTerminated(worker, Duration.ofSeconds(10));
    }

    /** What it says after all that it was told. */
    private Demand demandNow() {
        awaitQuiet();
        pass(Duration.ofMillis(500));
        return poller.receiveMessage();
    }

    // --- how to say it

    private static List<Run> runs(int count) {
        return Stream.generate(TestRuns::run).limit(count).toList();
    }

    private void assign(long claimId, Run... runs) {
        pool.tell(new Assign(claimId, List.of(runs), 0, 0));
    }

    private CompletionStage<Set<UUID>> look(List<Fence> fences) {
        var answer = new CompletableFuture<Set<UUID>>();
        looks.add(new Look(fences, answer));
        return answer;
    }

    private Look awaitLook(int count) {
        await().atMost(Duration.ofSeconds(10)).until(() -> looks.size() == count);
        return looks.getLast();
    }

    private CompletionStage<List<Run>> read(long claimId) {
        var answer = new CompletableFuture<List<Run>>();
        reads.add(new Reading(claimId, answer));
        return answer;
    }

    /** A claim that comes without its runs; returns what answers the read. */
    private CompletableFuture<List<Run>> assignUnread(long claimId, int runs) {
        pool.tell(new Assign(claimId, List.of(), 0, runs));
        return awaitRead(claimId, 1);
    }

    /** The so many-th read of a claim. Time passes until it comes. */
    private CompletableFuture<List<Run>> awaitRead(long claimId, int count) {
        await().pollInterval(Duration.ofMillis(20))
                .atMost(Duration.ofSeconds(10))
                .until(() -> {
                    if (reads.size() < count) {
                        pass(Duration.ofSeconds(2));
                    }
                    return reads.size() == count;
                });
        assertThat(reads.getLast().claimId()).isEqualTo(claimId);
        return reads.getLast().answer();
    }

    private Run markedRun() {
        var run = TestRuns.run();
        assign(1, run);
        told();
        settler.expectMessageClass(Settler.Opened.class);
        pass(MARK_AGE.plusMillis(50));
        settler.expectMessageClass(Settler.MarkRunning.class);
        nanos.addAndGet(1);
        report(new Settler.Marked(List.of(run.under(1))));
        return run;
    }

    private static Held listed(Run run, long claimId) {
        return Held.listed(claimId, run.id(), Duration.ofMillis(500));
    }

    private static Held old(Run run, long claimId) {
        return Held.listed(claimId, run.id(), Duration.ofMillis(501));
    }

    private static Held marked(Run run, long claimId) {
        return Held.marked(claimId, run.id());
    }

    /** The tables are read now, after all that was. */
    private void beat(Held... held) {
        awaitQuiet();
        pool.tell(new WorkerPool.Beat(new Heartbeat.Holdings(nanos.incrementAndGet(), List.of(held)), true));
    }

    /** Until the pool has seen all that it was told: it stamps what happens with the clock. */
    private void awaitQuiet() {
        report(new Settler.Freed(List.of(new Fence(NODE, 0, 0)), false));
        awaitDemand(it -> it.freed().stream().anyMatch(fence -> fence.runId().equals(NODE)));
    }

    private void report(Settler.Report report) {
        reports.get().tell(report);
    }

    /** The next word to a worker; what it is to execute begins at once. */
    private Told told() {
        var told = workers.receiveMessage(Duration.ofSeconds(10));
        if (told.command() instanceof Worker.Execute(var turn)) {
            turn.begin(nanos.get());
        }
        return told;
    }

    private static Turn turn(Told told) {
        return ((Worker.Execute) told.command()).turn();
    }

    private static Run executed(Told told) {
        return Objects.requireNonNull(turn(told).current()).run();
    }

    private void finish(Told told, Ending ending, Duration ran) {
        turn(told).end(ending, nanos.get() + ran.toNanos());
        pool.tell(new Worker.Finished(told.worker(), turn(told)));
    }

    /** The run ends because it was stopped. */
    private void finishStopped(Told told, Worker.Reason reason) {
        turn(told).stop(Objects.requireNonNull(turn(told).current()).fence(), new Worker.Verdict.Stopped(reason));
        // It was told to this thread.
        assertThat(Thread.interrupted()).isTrue();
        turn(told).end(null, nanos.get());
        pool.tell(new Worker.Finished(told.worker(), turn(told)));
    }

    private static Ending success() {
        return new Ending.Succeeded("{}");
    }

    private Demand demandAfterClaim(long claimId) {
        return awaitDemand(it -> it.lastClaimId() == claimId);
    }

    private Demand awaitDemand(Predicate<Demand> wanted) {
        var seen = new ArrayList<Demand>();
        for (int i = 0; i < 500; i++) {
            var next = poller.receiveMessage(Duration.ofSeconds(3));
            seen.add(next);
            if (wanted.test(next)) {
                return next;
            }
        }
        throw new AssertionError("not the demand that was wanted: " + seen);
    }

    private void pass(Duration duration) {
        nanos.addAndGet(duration.toNanos());
        TIME.timePasses(duration);
    }
}
