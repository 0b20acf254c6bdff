package com.agenticverz.nova.execute;

import com.agenticverz.nova.cluster.Heartbeat;
import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.settle.RetryPolicy;
import com.agenticverz.nova.settle.Settler;
import com.agenticverz.nova.store.NodeControl;
import com.agenticverz.nova.store.StepReport;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/** The runs of a node: what waits, what is executed by whom, and what may still come. */
public final class WorkerPool extends AbstractBehavior<WorkerPool.Command> {

    /** What it can be told. */
    public sealed interface Command
            permits Assign,
                    ClaimReader.Runs,
                    ClaimReader.Unreadable,
                    Worker.Finished,
                    Worker.Held,
                    RunCheckpoints.Keep,
                    RunSignals.NeedMark,
                    Watch.Gone,
                    Beat,
                    Steer,
                    Drain,
                    HandBackRest,
                    Reported,
                    Announce,
                    Tick,
                    Flushed {}

    /** Take nothing new; answer when nothing runs any more. */
    public record Drain(ActorRef<Done> replyTo) implements Command {}

    /**
     * Take nothing new, interrupt what still runs, hand everything back, settle, and answer.
     *
     * @param flushTimeout how long the writing may take once nothing runs any more
     */
    public record HandBackRest(ActorRef<Rest> replyTo, Duration flushTimeout) implements Command {}

    /**
     * How a drain ended.
     *
     * @param handedBack runs given back to the queue since it began
     * @param written whether every outcome is in the database
     */
    public record Rest(int handedBack, boolean written) {}

    /**
     * What the tables say that this node holds.
     *
     * @param writable whether outcomes could be written now
     */
    public record Beat(Heartbeat.Holdings holdings, boolean writable) implements Command {}

    /** What people want of this node: a state, so the newest one counts. */
    public record Steer(NodeControl wanted) implements Command {}

    private record Reported(Settler.Report report) implements Command {}

    enum Announce implements Command {
        NOW
    }

    private enum Tick implements Command {
        MARK,
        DEMAND,
        REPORT
    }

    record Flushed(ActorRef<Rest> replyTo, boolean written) implements Command {}

    private static final Duration MARK_INTERVAL = Duration.ofMillis(50);

    /**
     * How long a turn may take by what runs have lately taken. To wake a worker and its thread costs as much as dozens of
     * the shortest runs, and what waits for so long is no later for it.
     */
    private static final Duration TURN = Duration.ofMillis(1);

    private static final int LARGEST_TURN = 256;

    private static final Duration DEMAND_INTERVAL = Duration.ofMillis(500);

    /** No step is written more often than that. */
    private static final Duration REPORT_INTERVAL = Duration.ofSeconds(1);

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

    /**
     * What the pool reads in the tables.
     *
     * @param assigned the runs of a claim of this node that are as they were claimed; none when its row is gone
     * @param noLongerHeld of marked runs those that are no longer this node's
     */
    public record Reads(
            LongFunction<CompletionStage<List<Run>>> assigned,
            Function<List<Fence>, CompletionStage<Set<UUID>>> noLongerHeld) {}

    /** What a pool is made of. */
    public record Parts(
            UUID node,
            long memberUid,
            WorkerSettings settings,
            RetryPolicy retryPolicy,
            int mostReadAhead,
            Function<ActorRef<Settler.Report>, Behavior<Settler.Command>> settler,
            Workers workers,
            Consumer<Demand> poller,
            Reads reads,
            Metrics metrics,
            LongSupplier nanoTime,
            RandomGenerator random) {}

    private final Parts parts;
    private final Room room;
    private final ActorRef<Settler.Command> settler;
    private final Crew crew;

    private final Workload workload = new Workload();
    private final Arrivals arrivals = new Arrivals();
    private final Audit audit = new Audit();
    private final ClaimIntake intake;
    private final Marks marks;
    private final LostRuns lostRuns;
    private final TurnResults results;
    private final Announcer announcer;
    private final Draining draining;
    private final Steering steering;

    /** The pool of a node. */
    public static Behavior<Command> create(Parts parts) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> new WorkerPool(context, timers, parts)));
    }

    private WorkerPool(ActorContext<Command> context, TimerScheduler<Command> timers, Parts parts) {
        super(context);
        this.parts = parts;
        var nanoTime = parts.nanoTime();
        this.room = new Room(parts.settings().concurrency(), parts.mostReadAhead(), now());
        var reports = context.messageAdapter(Settler.Report.class, Reported::new);
        this.settler = context.spawn(parts.settler().apply(reports), "settler");
        // Without its settler the node cannot keep its word: this stops the pool, and that stops the node.
        context.watch(settler);
        var self = context.getSelf();
        var reader = context.spawn(ClaimReader.create(self, parts.reads().assigned(), parts.metrics()), "claim-reader");
        context.watch(reader);
        var watch = context.spawn(Watch.create(self, parts.reads().noLongerHeld(), nanoTime), "watch");
        var workers = parts.workers().behaviors().apply(self);
        this.crew = new Crew(
                parts.settings().concurrency(),
                number -> context.spawn(workers.get(), "worker-" + number),
                context::stop);
        var handBacks = new HandBacks(settler);
        var missingSkills = new MissingSkills(nanoTime);
        this.announcer = new Announcer(parts, self, room, workload, arrivals, missingSkills);
        this.intake = new ClaimIntake(arrivals, workload, room, settler, reader, handBacks, announcer, nanoTime);
        this.marks = new Marks(workload, settler, nanoTime);
        this.lostRuns = new LostRuns(workload, settler, watch, announcer, nanoTime);
        this.results = new TurnResults(parts, workload, room, settler, handBacks, announcer, missingSkills);
        this.draining = new Draining(context, settler, workload, intake, marks, handBacks, announcer);
        this.steering = new Steering(parts, crew, room, workload, intake, draining, announcer);
        timers.startTimerWithFixedDelay(Tick.MARK, MARK_INTERVAL);
        timers.startTimerWithFixedDelay(Tick.DEMAND, DEMAND_INTERVAL);
        timers.startTimerWithFixedDelay(Tick.REPORT, REPORT_INTERVAL);
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Command.class, command -> {
                    receive(command);
                    return this;
                })
                .build();
    }

    private void receive(Command command) {
        switch (command) {
            case Assign assign -> assigned(assign);
            case ClaimReader.Runs(var claimId, var runs) -> read(claimId, runs);
            case ClaimReader.Unreadable(var claimId) -> intake.unreadable(claimId);
            case Worker.Finished finished -> finished(finished);
            case Worker.Held(var turn) -> held(turn);
            case RunCheckpoints.Keep(var step, var startedNanos) -> marks.keep(step, startedNanos);
            case RunSignals.NeedMark(var fence, var marked) -> marks.needMark(fence, marked);
            case Reported(var report) -> reported(report);
            case Beat(var holdings, var writable) -> beat(holdings, writable);
            case Steer(var wanted) -> {
                steering.steer(wanted);
                start();
            }
            case Tick.MARK -> {
                loosen();
                marks.markLasting();
            }
            case Watch.Gone(var fences) -> lostRuns.gone(fences);
            case Tick.DEMAND -> {
                handBackWhatWaitsLong();
                lostRuns.lookAfterMarked();
                announcer.announce();
            }
            case Tick.REPORT -> {
                report(parts.workers().reports().take());
                // Those that have ended meanwhile said nothing.
                parts.workers().abandoned().count();
            }
            case Announce.NOW -> announcer.tellDemand(crew, intake.takesNothing());
            case Drain(var replyTo) -> draining.drain(replyTo);
            case HandBackRest rest -> draining.handBackRest(rest);
            case Flushed(var replyTo, var written) -> draining.flushed(replyTo, written);
        }
    }

    private long now() {
        return parts.nanoTime().getAsLong();
    }

    private void assigned(Assign assign) {
        if (intake.assigned(assign)) {
            start();
        }
        announcer.announce();
    }

    private void read(long claimId, List<Run> runs) {
        if (intake.read(claimId, runs)) {
            start();
            announcer.announce();
        }
    }

    private void start() {
        while (crew.idle() > 0) {
            var worker = crew.nextIdle();
            var turn = workload.begin(turnSize(), worker, now());
            if (turn == null) {
                return;
            }
            crew.nextIdleHasTurn();
            worker.tell(new Worker.Execute(turn));
        }
    }

    /** Of short runs, a fair share of those that wait, and no fewer than fit into a turn; of others one. */
    private int turnSize() {
        if (!room.runsAreShort()) {
            return 1;
        }
        int share = workload.waiting().size() / crew.size();
        return Math.clamp(Math.max(share, room.runsWithin(TURN)), 1, LARGEST_TURN);
    }

    /** Runs that are not short after all hold up nobody: what waits behind them goes to other workers. */
    private void loosen() {
        long before = now() - MARK_INTERVAL.toNanos() / 2;
        for (var turn : List.copyOf(workload.turns())) {
            if (turn.size() > 1 && turn.hasBegunBefore(before)) {
                workload.takeBack(turn);
                results.collect(turn);
            }
        }
        start();
    }

    private void finished(Worker.Finished finished) {
        if (crew.free(finished.worker(), finished.turn())) {
            parts.workers().abandoned().workersHeld(crew.held());
        }
        over(finished.turn());
    }

    /** Its runs are over as any others; only its worker is not free. */
    private void held(Turn turn) {
        crew.hold(turn);
        parts.workers().abandoned().workersHeld(crew.held());
        over(turn);
    }

    private void over(Turn turn) {
        workload.takeBack(turn);
        results.collect(turn);
        workload.ended(turn);
        if (intake.takesNothing()) {
            draining.handBackWhatWaits();
        }
        start();
        announcer.announce();
        draining.answerWhenNothingRuns();
    }

    private void reported(Settler.Report report) {
        switch (report) {
            case Settler.Marked(var fences) -> {
                marks.marked(fences);
                announcer.marked(fences);
            }
            case Settler.Lost(var fences) -> fences.forEach(lostRuns::stop);
            case Settler.Freed(var fences, var requeued) -> announcer.free(fences, requeued);
            case Settler.Due(var in) -> announcer.due(in);
            case Settler.Room(var left) -> {
                room.settlerHasRoom(left);
                announcer.announce();
            }
        }
    }

    /** Read-ahead is for short runs; when they turn out to be long, somebody else may have a free worker. */
    private void handBackWhatWaitsLong() {
        var fences = workload.takeWaitingLonger(LONGEST_WAIT, now());
        if (!fences.isEmpty()) {
            settler.tell(new Settler.HandBack(fences));
        }
    }

    /** What a skill says that was left behind, or whose run is lost, counts for nothing. */
    private void report(List<StepReport> said) {
        var held =
                said.stream().filter(it -> workload.active(it.fence()) != null).toList();
        if (!held.isEmpty()) {
            settler.tell(new Settler.ReportSteps(held));
        }
    }

    private void beat(Heartbeat.Holdings holdings, boolean writable) {
        if (writable) {
            if (room.isDatabaseSilent(now())) {
                announcer.announce();
            }
            room.databaseAnswered(now());
        }
        var findings = audit.compare(holdings, workload, arrivals);
        findings.lost().forEach(lostRuns::found);
        lostRuns.foundWaiting(findings.lostWaiting());
        if (!findings.neverArrived().isEmpty()) {
            intake.letGo(findings.neverArrived());
        }
        if (!findings.orphaned().isEmpty()) {
            // The settler leaves alone what it is about to write.
            settler.tell(new Settler.HandBackUnknown(findings.orphaned()));
        }
    }
}
