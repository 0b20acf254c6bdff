package com.agenticverz.nova.execute;

import com.agenticverz.nova.cluster.Heartbeat;
import com.agenticverz.nova.run.Ending;
import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.settle.Ended;
import com.agenticverz.nova.settle.Kept;
import com.agenticverz.nova.settle.RetryPolicy;
import com.agenticverz.nova.settle.Settler;
import com.agenticverz.nova.store.FinishedStep;
import com.agenticverz.nova.store.StepReport;
import com.agenticverz.nova.telemetry.Events;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

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

    private record Reported(Settler.Report report) implements Command {}

    private enum Announce implements Command {
        NOW
    }

    private enum Tick implements Command {
        MARK,
        DEMAND,
        REPORT
    }

    private record Flushed(ActorRef<Rest> replyTo, boolean written) implements Command {}

    /** A run that lasts so long is marked as running. */
    private static final Duration MARK_AGE = Duration.ofMillis(100);

    private static final Duration MARK_INTERVAL = Duration.ofMillis(50);

    /**
     * How long a turn may take by what runs have lately taken. To wake a worker and its thread costs as much as dozens of
     * the shortest runs, and what waits for so long is no later for it.
     */
    private static final Duration TURN = Duration.ofMillis(1);

    private static final int LARGEST_TURN = 256;

    private static final Duration DEMAND_INTERVAL = Duration.ofMillis(500);

    /**
     * A run that has been marked for so long is looked after at every {@link #DEMAND_INTERVAL}: short ones are over by
     * then, and of the others none that was cancelled goes on for a second.
     */
    private static final Duration WATCHED_AFTER = Duration.ofMillis(250);

    /** No step is written more often than that. */
    private static final Duration REPORT_INTERVAL = Duration.ofSeconds(1);

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

    /**
     * What a pool is made of.
     *
     * @param reports where the skills of the workers say how far their steps are
     * @param abandoned skills of the workers that ignore their interrupt
     * @param assigned reads the runs of a claim of this node that are as they were claimed; none when its row is gone
     * @param noLongerHeld of marked runs those that are no longer this node's
     */
    public record Parts(
            UUID node,
            long memberUid,
            WorkerSettings settings,
            RetryPolicy retryPolicy,
            int mostReadAhead,
            Function<ActorRef<Settler.Report>, Behavior<Settler.Command>> settler,
            Function<ActorRef<Command>, Supplier<Behavior<Worker.Command>>> workers,
            StepReports reports,
            Abandoned abandoned,
            Consumer<Demand> poller,
            LongFunction<CompletionStage<List<Run>>> assigned,
            Function<List<Fence>, CompletionStage<Set<UUID>>> noLongerHeld,
            Metrics metrics,
            LongSupplier nanoTime,
            RandomGenerator random) {}

    private final Parts parts;
    private final Metrics metrics;
    private final Room room;
    private final ActorRef<ClaimReader.Command> reader;
    private final ActorRef<Settler.Command> settler;
    private final ActorRef<Watch.Command> watch;
    private final ArrayDeque<ActorRef<Worker.Command>> idle = new ArrayDeque<>();
    /** Turns whose workers stay with a skill that does not end. */
    private final Set<Turn> held = new HashSet<>();

    private final Workload workload = new Workload();
    private final Arrivals arrivals = new Arrivals();
    private final Audit audit = new Audit();
    private final FreedRuns freed = new FreedRuns();
    private @Nullable Long dueNanos;
    private boolean announcing;
    private boolean draining;
    private int handedBack;
    private @Nullable ActorRef<Done> drained;
    private @Nullable HandBackRest handingBack;

    /** The pool of a node. */
    public static Behavior<Command> create(Parts parts) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> new WorkerPool(context, timers, parts)));
    }

    /**
     * What runs need of the database.
     *
     * @param finishedSteps what earlier attempts at a run have finished
     * @param takeSignal takes what was sent to a run
     * @param heartbeatDetail what the last heartbeat of a step of a run said, as JSON
     */
    public record Reads(
            Function<UUID, CompletionStage<List<FinishedStep>>> finishedSteps,
            SignalTaker takeSignal,
            BiFunction<UUID, String, CompletionStage<Optional<String>>> heartbeatDetail) {}

    /**
     * The workers of a real node.
     *
     * @param reads what they need of the database
     * @param reports where skills say how far their steps are
     * @param abandoned skills that ignore their interrupt
     */
    public static Function<ActorRef<Command>, Supplier<Behavior<Worker.Command>>> workers(
            com.agenticverz.nova.skill.SkillRegistry skills,
            Reads reads,
            StepReports reports,
            Abandoned abandoned,
            UUID node,
            WorkerSettings settings,
            Metrics metrics,
            LongSupplier nanoTime) {
        var tries = StepExecution.Tries.of(metrics, abandoned);
        return pool -> {
            var parts = new Worker.Parts(
                    node,
                    settings,
                    (run, fence) -> new PlanExecution(
                            skills,
                            tries,
                            nanoTime,
                            run,
                            () -> new RunCheckpoints(fence, reads.finishedSteps(), pool, nanoTime),
                            (step, name) -> new RunSignals(fence, reads.takeSignal(), pool).take(step, name),
                            new RunReports(fence, reports, reads.heartbeatDetail())),
                    Worker.PlanThreads.VIRTUAL,
                    abandoned,
                    metrics,
                    nanoTime);
            return () -> Worker.create(pool, parts);
        };
    }

    private WorkerPool(ActorContext<Command> context, TimerScheduler<Command> timers, Parts parts) {
        super(context);
        this.parts = parts;
        this.metrics = parts.metrics();
        this.room = new Room(parts.settings().concurrency(), parts.mostReadAhead(), now());
        var reports = context.messageAdapter(Settler.Report.class, Reported::new);
        this.settler = context.spawn(parts.settler().apply(reports), "settler");
        // Without its settler the node cannot keep its word: this stops the pool, and that stops the node.
        context.watch(settler);
        this.reader = context.spawn(ClaimReader.create(context.getSelf(), parts.assigned(), metrics), "claim-reader");
        context.watch(reader);
        this.watch = context.spawn(Watch.create(context.getSelf(), parts.noLongerHeld(), parts.nanoTime()), "watch");
        var workers = parts.workers().apply(context.getSelf());
        for (int i = 1; i <= parts.settings().concurrency(); i++) {
            idle.add(context.spawn(workers.get(), "worker-" + i));
        }
        metrics.poolSize(parts.settings().concurrency());
        timers.startTimerWithFixedDelay(Tick.MARK, MARK_INTERVAL);
        timers.startTimerWithFixedDelay(Tick.DEMAND, DEMAND_INTERVAL);
        timers.startTimerWithFixedDelay(Tick.REPORT, REPORT_INTERVAL);
        announce();
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
            case ClaimReader.Unreadable(var claimId) -> unreadable(claimId);
            case Worker.Finished finished -> finished(finished);
            case Worker.Held(var turn) -> held(turn);
            case RunCheckpoints.Keep(var step, var startedNanos) -> keep(step, startedNanos);
            case RunSignals.NeedMark(var fence, var marked) -> needMark(fence, marked);
            case Reported(var report) -> reported(report);
            case Beat(var holdings, var writable) -> beat(holdings, writable);
            case Tick.MARK -> {
                loosen();
                mark(now() - MARK_AGE.toNanos());
            }
            case Watch.Gone(var fences) -> gone(fences);
            case Tick.DEMAND -> {
                handBackWhatWaitsLong();
                lookAfterMarked();
                announce();
            }
            case Tick.REPORT -> {
                report(parts.reports().take());
                // Those that have ended meanwhile said nothing.
                parts.abandoned().count();
            }
            case Announce.NOW -> tellDemand();
            case Drain(var replyTo) -> drain(replyTo);
            case HandBackRest rest -> handBackRest(rest);
            case Flushed(var replyTo, var written) -> replyTo.tell(new Rest(handedBack, written));
        }
    }

    private long now() {
        return parts.nanoTime().getAsLong();
    }

    // --- claims

    private void assigned(Assign assign) {
        switch (arrivals.arrived(assign.claimId())) {
            case AGAIN -> {}
            case TOO_LATE -> free(fences(assign.claimId(), assign.runs()), false);
            case NEW -> {
                if (assign.unread() == 0) {
                    open(assign, assign.runs());
                } else {
                    arrivals.reads(assign);
                    if (draining) {
                        handBackWhatIsRead();
                    } else {
                        reader.tell(new ClaimReader.Read(assign.claimId()));
                    }
                }
            }
        }
        announce();
    }

    private static List<Fence> fences(long claimId, List<Run> runs) {
        return runs.stream().map(run -> run.under(claimId)).toList();
    }

    private void open(Assign assign, List<Run> runs) {
        var fences = fences(assign.claimId(), runs);
        settler.tell(new Settler.Opened(assign.claimId(), fences));
        room.claimed(Duration.ofMillis(assign.claimMillis()));
        for (int i = 0; i < runs.size(); i++) {
            var run = runs.get(i);
            if (draining || workload.holds(run.id())) {
                settler.tell(new Settler.HandBack(List.of(fences.get(i))));
                handedBack++;
            } else {
                workload.add(run, fences.get(i), now());
            }
        }
        start();
    }

    private void read(long claimId, List<Run> runs) {
        var assign = arrivals.read(claimId);
        if (assign == null) {
            // Let go meanwhile.
            return;
        }
        if (runs.isEmpty()) {
            // Its row is gone, or lists nothing that could still be executed.
            letGo(List.of(claimId));
        } else {
            open(assign, runs);
            announce();
        }
    }

    private void unreadable(long claimId) {
        if (!arrivals.isReading(claimId)) {
            return;
        }
        if (room.isDatabaseSilent(now())) {
            reader.tell(new ClaimReader.Read(claimId));
        } else {
            // The database answers otherwise. They may be too much for the memory here; somebody else may have more.
            letGo(List.of(claimId));
        }
    }

    private void letGo(Collection<Long> claims) {
        // The settler lets go only those of which it knows nothing.
        settler.tell(new Settler.ReleaseUnknown(List.copyOf(claims)));
        arrivals.letGo(claims);
        announce();
    }

    // --- execution

    private void start() {
        while (!idle.isEmpty()) {
            var turn = workload.begin(turnSize(), idle.element(), now());
            if (turn == null) {
                return;
            }
            idle.remove().tell(new Worker.Execute(turn));
        }
    }

    /** Of short runs, a fair share of those that wait, and no fewer than fit into a turn; of others one. */
    private int turnSize() {
        if (!room.runsAreShort()) {
            return 1;
        }
        int share = workload.waiting().size() / parts.settings().concurrency();
        return Math.clamp(Math.max(share, room.runsWithin(TURN)), 1, LARGEST_TURN);
    }

    /** Runs that are not short after all hold up nobody: what waits behind them goes to other workers. */
    private void loosen() {
        long before = now() - MARK_INTERVAL.toNanos() / 2;
        for (var turn : List.copyOf(workload.turns())) {
            if (turn.size() > 1 && turn.hasBegunBefore(before)) {
                workload.takeBack(turn);
                collect(turn);
            }
        }
        start();
    }

    private void finished(Worker.Finished finished) {
        idle.add(finished.worker());
        if (held.remove(finished.turn())) {
            parts.abandoned().workersHeld(held.size());
        }
        over(finished.turn());
    }

    /** Its runs are over as any others; only its worker is not free. */
    private void held(Turn turn) {
        held.add(turn);
        parts.abandoned().workersHeld(held.size());
        over(turn);
    }

    private void over(Turn turn) {
        workload.takeBack(turn);
        collect(turn);
        workload.ended(turn);
        if (draining) {
            handBackWhatWaits();
        }
        start();
        announce();
        answerWhenNothingRuns();
    }

    /** Hands on how runs of a turn ended. */
    private void collect(Turn turn) {
        var settled = new ArrayList<Ended>();
        var handBack = new ArrayList<Fence>();
        var forgotten = new ArrayList<Fence>();
        var said = new ArrayList<StepReport>();
        for (var result : turn.takeResults()) {
            var fence = result.fence();
            var ended = workload.ended(fence.runId());
            if (ended == null) {
                throw new IllegalStateException("a worker finished run " + fence.runId() + ", which is not active");
            }
            var lastSaid = parts.reports().take(fence);
            switch (result.verdict()) {
                case Worker.Verdict.Over(var ending) -> {
                    if (!(ending instanceof Ending.Succeeded)) {
                        said.addAll(lastSaid);
                    }
                    room.ran(result.ran());
                    var outcome = parts.retryPolicy()
                            .decide(
                                    ending,
                                    fence.attempt(),
                                    ended.run.maxAttempts(),
                                    parts.random().nextDouble());
                    settled.add(new Ended(fence, ended.run.agentId(), outcome, result.ran(), result.endedNanos()));
                }
                case Worker.Verdict.Stopped(var reason) -> {
                    switch (reason) {
                        case DRAIN -> {
                            said.addAll(lastSaid);
                            handBack.add(fence);
                        }
                        case LOST -> forgotten.add(fence);
                    }
                }
            }
        }
        if (!said.isEmpty()) {
            // Another attempt may go on from there.
            settler.tell(new Settler.ReportSteps(said));
        }
        if (!settled.isEmpty()) {
            settler.tell(new Settler.Settle(settled));
        }
        if (!handBack.isEmpty()) {
            handedBack += handBack.size();
            settler.tell(new Settler.HandBack(handBack));
        }
        if (!forgotten.isEmpty()) {
            forgotten.forEach(fence -> settler.tell(new Settler.Forget(fence)));
            free(forgotten, false);
        }
    }

    private void reported(Settler.Report report) {
        switch (report) {
            case Settler.Marked(var fences) -> {
                for (var fence : fences) {
                    var marked = workload.active(fence);
                    if (marked != null) {
                        marked.marked(now());
                    }
                }
            }
            case Settler.Lost(var fences) -> fences.forEach(this::stopLost);
            case Settler.Freed(var fences, var requeued) -> free(fences, requeued);
            case Settler.Due(var in) -> {
                long at = now() + in.toNanos();
                dueNanos = dueNanos == null || at - dueNanos < 0 ? Long.valueOf(at) : dueNanos;
                announce();
            }
            case Settler.Room(var left) -> {
                room.settlerHasRoom(left);
                announce();
            }
        }
    }

    private void stopLost(Fence fence) {
        var lost = workload.active(fence);
        if (lost == null) {
            return;
        }
        if (lost.turn.takeBack(fence)) {
            // It has not begun, and never will.
            workload.ended(fence.runId());
            settler.tell(new Settler.Forget(fence));
            free(List.of(fence), false);
        } else {
            lost.worker.tell(new Worker.Stop(fence, Worker.Reason.LOST));
        }
    }

    /** Read-ahead is for short runs; when they turn out to be long, somebody else may have a free worker. */
    private void handBackWhatWaitsLong() {
        var fences = workload.takeWaitingLonger(LONGEST_WAIT, now());
        if (!fences.isEmpty()) {
            settler.tell(new Settler.HandBack(fences));
        }
    }

    private void mark(long startedBeforeNanos) {
        var lasting = workload.toMark(startedBeforeNanos, now());
        if (!lasting.isEmpty()) {
            settler.tell(new Settler.MarkRunning(lasting));
        }
    }

    /** What is kept of a run needs its mark, which is sent first. */
    private void keep(Settler.Keep step, long startedNanos) {
        var running = workload.active(step.fence());
        if (running == null) {
            step.kept().complete(new Kept.Lost());
            return;
        }
        markNow(running, startedNanos);
        settler.tell(step);
    }

    private void needMark(Fence fence, CompletableFuture<Boolean> marked) {
        var running = workload.active(fence);
        if (running == null) {
            marked.complete(false);
            return;
        }
        markNow(running, running.begunNanos(now()));
        running.whenMarked(marked);
    }

    private void markNow(Workload.Active running, long startedNanos) {
        if (running.needsMark(now())) {
            settler.tell(new Settler.MarkRunning(List.of(new Settler.Started(running.fence, startedNanos))));
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

    // --- heartbeats

    private void beat(Heartbeat.Holdings holdings, boolean writable) {
        if (writable) {
            if (room.isDatabaseSilent(now())) {
                announce();
            }
            room.databaseAnswered(now());
        }
        var findings = audit.compare(holdings, workload, arrivals);
        findings.lost().forEach(this::foundLost);
        if (!findings.lostWaiting().isEmpty()) {
            workload.removeWaiting(findings.lostWaiting());
            findings.lostWaiting().forEach(fence -> settler.tell(new Settler.Forget(fence)));
            free(findings.lostWaiting(), false);
        }
        if (!findings.neverArrived().isEmpty()) {
            letGo(findings.neverArrived());
        }
        if (!findings.orphaned().isEmpty()) {
            // The settler leaves alone what it is about to write.
            settler.tell(new Settler.HandBackUnknown(findings.orphaned()));
        }
    }

    /** Between two heartbeats, so that a cancel need not wait for the next one. */
    private void lookAfterMarked() {
        var marked = workload.markedBefore(now() - WATCHED_AFTER.toNanos());
        if (!marked.isEmpty()) {
            watch.tell(new Watch.Look(marked));
        }
    }

    private void gone(List<Fence> fences) {
        for (var fence : fences) {
            var gone = workload.active(fence);
            // Otherwise it has ended meanwhile, perhaps by the very write that was seen.
            if (gone != null) {
                foundLost(gone);
            }
        }
    }

    private void foundLost(Workload.Active run) {
        if (run.lost()) {
            settler.tell(new Settler.Explain(List.of(run.fence)));
            stopLost(run.fence);
        }
    }

    // --- demand

    private void free(List<Fence> fences, boolean requeued) {
        freed.add(fences, requeued);
        announce();
    }

    /** Coalesced: what changes while messages wait goes out in one. */
    private void announce() {
        if (!announcing) {
            announcing = true;
            getContext().getSelf().tell(Announce.NOW);
        }
    }

    private void tellDemand() {
        announcing = false;
        long now = now();
        var news = freed.take();
        int busy = parts.settings().concurrency() - idle.size() - held.size();
        int notBegun = Math.max(0, workload.active().size() - busy);
        int taken = workload.waiting().size() + notBegun + arrivals.unread();
        int left = draining ? 0 : room.left(idle.size(), taken, now);
        parts.poller()
                .accept(new Demand(
                        parts.node(),
                        parts.memberUid(),
                        getContext().getSelf().narrow(),
                        left,
                        Math.clamp(idle.size() - taken, 0, left),
                        arrivals.last(),
                        news.fences(),
                        news.requeued(),
                        room.databaseSilent(now).toMillis(),
                        dueNanos == null
                                ? null
                                : Duration.ofNanos(Math.max(0, dueNanos - now)).toMillis()));
        dueNanos = null;
        if (!freed.isEmpty()) {
            announce();
        }
    }

    // --- the way out

    private void drain(ActorRef<Done> replyTo) {
        drained = replyTo;
        takeNothingMore();
        Events.shuttingDown(workload.active().size());
        // Marked now, so that the claims of what was handed back need not wait for them.
        mark(now());
        answerWhenNothingRuns();
    }

    private void handBackRest(HandBackRest rest) {
        handingBack = rest;
        takeNothingMore();
        workload.active().forEach(it -> it.worker.tell(new Worker.Stop(it.fence, Worker.Reason.DRAIN)));
        answerWhenNothingRuns();
    }

    private void takeNothingMore() {
        draining = true;
        List.copyOf(workload.turns()).forEach(workload::takeBack);
        handBackWhatWaits();
        handBackWhatIsRead();
        announce();
    }

    private void handBackWhatWaits() {
        var fences = workload.takeWaiting();
        if (!fences.isEmpty()) {
            settler.tell(new Settler.HandBack(fences));
            handedBack += fences.size();
        }
    }

    /** Nothing of it is known but the claim; to let that go is all it takes. */
    private void handBackWhatIsRead() {
        var claims = List.copyOf(arrivals.beingRead());
        if (!claims.isEmpty()) {
            handedBack += arrivals.unread();
            letGo(claims);
        }
    }

    private void answerWhenNothingRuns() {
        if (!draining || !workload.active().isEmpty()) {
            return;
        }
        if (drained != null) {
            drained.tell(Done.getInstance());
            drained = null;
        }
        if (handingBack != null) {
            var rest = handingBack;
            handingBack = null;
            getContext()
                    .pipeToSelf(
                            AskPattern.<Settler.Command, Done>ask(
                                    settler,
                                    Settler.Flush::new,
                                    rest.flushTimeout(),
                                    getContext().getSystem().scheduler()),
                            (_, failure) -> new Flushed(rest.replyTo(), failure == null));
        }
    }
}
