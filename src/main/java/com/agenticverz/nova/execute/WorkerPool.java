package com.agenticverz.nova.execute;

import com.agenticverz.nova.cluster.Heartbeat;
import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.settle.Ended;
import com.agenticverz.nova.settle.RetryPolicy;
import com.agenticverz.nova.settle.Settler;
import com.agenticverz.nova.telemetry.Events;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
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
            permits Assign, Drain, HandBackRest, Beat, Worker.Finished, Reported, Announce, Tick, Flushed {}

    /** Take nothing new; answer when nothing runs any more. */
    public record Drain(ActorRef<Done> replyTo) implements Command {}

    /** Interrupt what still runs, hand it back, settle, and answer. */
    public record HandBackRest(ActorRef<Rest> replyTo) implements Command {}

    /**
     * How a drain ended.
     *
     * @param handedBack runs given back to the queue since it began
     * @param written whether every outcome is in the database
     */
    public record Rest(int handedBack, boolean written) {}

    /** What the tables say that this node holds. */
    public record Beat(Heartbeat.Holdings holdings) implements Command {}

    private record Reported(Settler.Report report) implements Command {}

    private enum Announce implements Command {
        NOW
    }

    private enum Tick implements Command {
        MARK,
        DEMAND
    }

    private record Flushed(ActorRef<Rest> replyTo, boolean written) implements Command {}

    /** A run that lasts so long is marked as running. */
    private static final Duration MARK_AGE = Duration.ofMillis(100);

    private static final Duration MARK_INTERVAL = Duration.ofMillis(50);
    private static final Duration DEMAND_INTERVAL = Duration.ofSeconds(1);
    private static final Duration FLUSH_TIMEOUT = Duration.ofSeconds(25);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);
    private static final int REMEMBERED_CLAIMS = 1000;

    private enum MarkState {
        UNMARKED,
        SENT,
        MARKED
    }

    /** A run that is being executed. */
    private static final class Active {
        final Run run;
        final Fence fence;
        final ActorRef<Worker.Command> worker;
        final long startedNanos;
        MarkState mark = MarkState.UNMARKED;
        long steadySinceNanos;
        boolean lost;

        Active(Run run, Fence fence, ActorRef<Worker.Command> worker, long startedNanos) {
            this.run = run;
            this.fence = fence;
            this.worker = worker;
            this.startedNanos = startedNanos;
            this.steadySinceNanos = startedNanos;
        }

        void marked(MarkState state, long nowNanos) {
            mark = state;
            steadySinceNanos = nowNanos;
        }
    }

    private record Waiting(Run run, Fence fence, long sinceNanos) {}

    /** What a pool is made of. */
    public record Parts(
            UUID node,
            long memberUid,
            WorkerSettings settings,
            RetryPolicy retryPolicy,
            int mostReadAhead,
            Function<ActorRef<Settler.Report>, Behavior<Settler.Command>> settler,
            Function<ActorRef<Command>, Supplier<Behavior<Worker.Command>>> workers,
            Consumer<Demand> poller,
            Metrics metrics,
            LongSupplier nanoTime,
            RandomGenerator random) {}

    private final Parts parts;
    private final Metrics metrics;
    private final ActorRef<Settler.Command> settler;
    private final ArrayDeque<ActorRef<Worker.Command>> idle = new ArrayDeque<>();
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private final Map<UUID, Active> active = new HashMap<>();
    private final ReadAhead readAhead = new ReadAhead();
    private final List<Fence> freed = new ArrayList<>();
    private final LinkedHashSet<Long> seenClaims = new LinkedHashSet<>();
    private final LinkedHashSet<Long> closedClaims = new LinkedHashSet<>();
    private Set<Long> unknownAtLastBeat = Set.of();
    private Set<Fence> markedButUnknownAtLastBeat = Set.of();
    private long lastClaimId;
    private boolean announcing;
    private boolean settlerHasRoom = true;
    private boolean draining;
    private int handedBack;
    private @Nullable ActorRef<Done> drained;
    private @Nullable ActorRef<Rest> restHandedBack;

    /** The pool of a node. */
    public static Behavior<Command> create(Parts parts) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> new WorkerPool(context, timers, parts)));
    }

    /** The workers of a real node. */
    public static Function<ActorRef<Command>, Supplier<Behavior<Worker.Command>>> workers(
            com.agenticverz.nova.skill.SkillRegistry skills,
            WorkerSettings settings,
            Metrics metrics,
            LongSupplier nanoTime) {
        return pool -> () -> Worker.create(
                pool,
                settings,
                run -> new PlanExecution(skills, metrics, nanoTime, run),
                Worker.PlanThreads.VIRTUAL,
                metrics,
                nanoTime);
    }

    private WorkerPool(ActorContext<Command> context, TimerScheduler<Command> timers, Parts parts) {
        super(context);
        this.parts = parts;
        this.metrics = parts.metrics();
        var reports = context.messageAdapter(Settler.Report.class, Reported::new);
        this.settler = context.spawn(parts.settler().apply(reports), "settler");
        // Without its settler the node cannot keep its word: this stops the pool, and that stops the node.
        context.watch(settler);
        var workers = parts.workers().apply(context.getSelf());
        for (int i = 1; i <= parts.settings().concurrency(); i++) {
            idle.add(context.spawn(workers.get(), "worker-" + i));
        }
        metrics.poolSize(parts.settings().concurrency());
        timers.startTimerWithFixedDelay(Tick.MARK, MARK_INTERVAL);
        timers.startTimerWithFixedDelay(Tick.DEMAND, DEMAND_INTERVAL);
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
            case Worker.Finished finished -> finished(finished);
            case Reported(var report) -> reported(report);
            case Beat(var holdings) -> compare(holdings);
            case Tick.MARK -> markWhatLasts();
            case Tick.DEMAND -> {
                handBackWhatWaitsLong();
                announce();
            }
            case Announce.NOW -> tellDemand();
            case Drain(var replyTo) -> drain(replyTo);
            case HandBackRest(var replyTo) -> handBackRest(replyTo);
            case Flushed(var replyTo, var written) -> replyTo.tell(new Rest(handedBack, written));
        }
    }

    private void assigned(Assign assign) {
        if (!remember(seenClaims, assign.claimId())) {
            // Arrived twice; what became of the first is under way.
            return;
        }
        lastClaimId = Math.max(lastClaimId, assign.claimId());
        var fences =
                assign.runs().stream().map(run -> run.under(assign.claimId())).toList();
        if (closedClaims.contains(assign.claimId())) {
            // Arrived after it was let go: somebody else may have its runs by now.
            free(fences);
        } else {
            settler.tell(new Settler.Opened(assign.claimId(), fences));
            readAhead.claimed(Duration.ofMillis(assign.claimMillis()));
            accept(assign.runs(), fences);
            start();
        }
        announce();
    }

    private void accept(List<Run> runs, List<Fence> fences) {
        long now = parts.nanoTime().getAsLong();
        for (int i = 0; i < runs.size(); i++) {
            var run = runs.get(i);
            if (draining || holds(run.id())) {
                settler.tell(new Settler.HandBack(List.of(fences.get(i))));
            } else {
                waiting.add(new Waiting(run, fences.get(i), now));
            }
        }
    }

    private boolean holds(UUID runId) {
        return active.containsKey(runId)
                || waiting.stream().anyMatch(it -> it.run().id().equals(runId));
    }

    private void start() {
        while (!waiting.isEmpty() && !idle.isEmpty()) {
            var next = waiting.remove();
            var worker = idle.remove();
            long now = parts.nanoTime().getAsLong();
            var run = next.run();
            active.put(run.id(), new Active(run, next.fence(), worker, now));
            worker.tell(new Worker.Execute(run, next.fence()));
            metrics.runWaited(Duration.ofMillis(run.waitedMillis()).plusNanos(now - next.sinceNanos()));
            Events.runDispatched(run.id(), run.agentId(), next.fence().attempt(), parts.node());
        }
    }

    private void finished(Worker.Finished finished) {
        idle.add(finished.worker());
        var ended = active.remove(finished.fence().runId());
        if (ended == null) {
            throw new IllegalStateException(
                    "a worker finished run " + finished.fence().runId() + ", which is not active");
        }
        switch (finished.verdict()) {
            case Worker.Verdict.Over(var ending) -> {
                readAhead.ran(finished.ran());
                var outcome = parts.retryPolicy()
                        .decide(
                                ending,
                                ended.fence.attempt(),
                                ended.run.maxAttempts(),
                                parts.random().nextDouble());
                settler.tell(new Settler.Settle(new Ended(
                        ended.fence,
                        ended.run.agentId(),
                        outcome,
                        finished.ran(),
                        parts.nanoTime().getAsLong())));
            }
            case Worker.Verdict.Stopped(var reason) -> {
                switch (reason) {
                    case DRAIN -> {
                        handedBack++;
                        settler.tell(new Settler.HandBack(List.of(ended.fence)));
                    }
                    case LOST -> settler.tell(new Settler.Forget(ended.fence));
                }
            }
        }
        start();
        announce();
        answerWhenNothingRuns();
    }

    private void reported(Settler.Report report) {
        switch (report) {
            case Settler.Marked(var fences) -> {
                long now = parts.nanoTime().getAsLong();
                fences.forEach(fence -> activeUnder(fence, it -> it.marked(MarkState.MARKED, now)));
            }
            case Settler.Lost(var fences) -> fences.forEach(this::stopLost);
            case Settler.Freed(var fences) -> free(fences);
            case Settler.Room(var left) -> {
                settlerHasRoom = left;
                announce();
            }
        }
    }

    private void activeUnder(Fence fence, Consumer<Active> then) {
        var found = active.get(fence.runId());
        if (found != null && found.fence.equals(fence)) {
            then.accept(found);
        }
    }

    private void stopLost(Fence fence) {
        activeUnder(fence, it -> it.worker.tell(new Worker.Stop(fence, Worker.Reason.LOST)));
    }

    /** Read-ahead is for short runs; when they turn out to be long, somebody else may have a free worker. */
    private void handBackWhatWaitsLong() {
        long now = parts.nanoTime().getAsLong();
        var fences = new ArrayList<Fence>();
        while (!waiting.isEmpty() && now - waiting.peek().sinceNanos() > LONGEST_WAIT.toNanos()) {
            fences.add(waiting.remove().fence());
        }
        if (!fences.isEmpty()) {
            settler.tell(new Settler.HandBack(fences));
        }
    }

    private void markWhatLasts() {
        long now = parts.nanoTime().getAsLong();
        mark(now - MARK_AGE.toNanos(), now);
    }

    private void mark(long startedBeforeNanos, long now) {
        var lasting = new ArrayList<Settler.Started>();
        for (var it : active.values()) {
            if (it.mark == MarkState.UNMARKED && it.startedNanos - startedBeforeNanos <= 0) {
                it.marked(MarkState.SENT, now);
                lasting.add(new Settler.Started(it.fence, it.startedNanos));
            }
        }
        if (!lasting.isEmpty()) {
            settler.tell(new Settler.MarkRunning(lasting));
        }
    }

    /**
     * Compares what the tables say with what is here. Only what did not change since before the tables were read can be
     * judged.
     */
    private void compare(Heartbeat.Holdings holdings) {
        for (var it : active.values()) {
            boolean steady = it.steadySinceNanos - holdings.readNanos() < 0;
            boolean held = it.mark == MarkState.MARKED
                    ? holdings.marks(it.fence)
                    : it.mark == MarkState.SENT || holdings.lists(it.fence);
            if (steady && !held && !it.lost) {
                it.lost = true;
                settler.tell(new Settler.Explain(List.of(it.fence)));
                stopLost(it.fence);
            }
        }
        for (var lost : waiting.stream()
                .filter(it -> it.sinceNanos() - holdings.readNanos() < 0 && !holdings.lists(it.fence()))
                .toList()) {
            waiting.remove(lost);
            settler.tell(new Settler.Forget(lost.fence()));
            free(List.of(lost.fence()));
        }
        releaseWhatNeverArrived(holdings);
        handBackWhatNobodyExecutes(holdings);
    }

    /** A run that the tables say is executed here, at two heartbeats, and that is not. */
    private void handBackWhatNobodyExecutes(Heartbeat.Holdings holdings) {
        var unknown = new HashSet<Fence>();
        holdings.marked().forEach((runId, claimId) -> {
            var here = active.get(runId);
            if (here == null || here.fence.claimId() != claimId) {
                unknown.add(new Fence(runId, claimId, 0));
            }
        });
        var orphaned =
                unknown.stream().filter(markedButUnknownAtLastBeat::contains).toList();
        markedButUnknownAtLastBeat = unknown;
        if (!orphaned.isEmpty()) {
            // The settler leaves alone what it is about to write.
            settler.tell(new Settler.HandBackUnknown(orphaned));
        }
    }

    /** A claim that the tables list for this node at two heartbeats, and that it never got, was lost on its way. */
    private void releaseWhatNeverArrived(Heartbeat.Holdings holdings) {
        var unknown = new LinkedHashSet<Long>();
        for (long claimId : holdings.claims()) {
            boolean known = active.values().stream().anyMatch(it -> it.fence.claimId() == claimId)
                    || waiting.stream().anyMatch(it -> it.fence().claimId() == claimId);
            if (!known) {
                unknown.add(claimId);
            }
        }
        var lost = unknown.stream().filter(unknownAtLastBeat::contains).toList();
        unknownAtLastBeat = unknown;
        if (!lost.isEmpty()) {
            // The settler lets go only those of which it knows nothing either.
            settler.tell(new Settler.ReleaseUnknown(lost));
            lost.forEach(claimId -> remember(closedClaims, claimId));
            // Seen, in a way: otherwise the poller would keep room for it for ever.
            lastClaimId = Math.max(lastClaimId, Collections.max(lost));
            announce();
        }
    }

    /** Whether it is new. */
    private static boolean remember(LinkedHashSet<Long> claims, long claimId) {
        boolean added = claims.add(claimId);
        if (claims.size() > REMEMBERED_CLAIMS) {
            claims.removeFirst();
        }
        return added;
    }

    private void free(List<Fence> fences) {
        freed.addAll(fences);
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
        boolean takesMore = !draining && settlerHasRoom;
        int free = idle.size() - waiting.size();
        int ahead = readAhead.runs(parts.settings().concurrency(), parts.mostReadAhead());
        int room = takesMore ? Math.max(0, free + ahead) : 0;
        parts.poller()
                .accept(new Demand(
                        parts.node(),
                        parts.memberUid(),
                        getContext().getSelf().narrow(),
                        room,
                        takesMore ? Math.max(0, free) : 0,
                        lastClaimId,
                        List.copyOf(freed),
                        false,
                        0));
        freed.clear();
    }

    private void drain(ActorRef<Done> replyTo) {
        draining = true;
        drained = replyTo;
        Events.shuttingDown(active.size());
        if (!waiting.isEmpty()) {
            settler.tell(
                    new Settler.HandBack(waiting.stream().map(Waiting::fence).toList()));
            handedBack += waiting.size();
            waiting.clear();
        }
        // Marked now, so that the claims of what was handed back need not wait for them.
        long now = parts.nanoTime().getAsLong();
        mark(now, now);
        announce();
        answerWhenNothingRuns();
    }

    private void handBackRest(ActorRef<Rest> replyTo) {
        draining = true;
        restHandedBack = replyTo;
        active.values().forEach(it -> it.worker.tell(new Worker.Stop(it.fence, Worker.Reason.DRAIN)));
        answerWhenNothingRuns();
    }

    private void answerWhenNothingRuns() {
        if (!draining || !active.isEmpty()) {
            return;
        }
        if (drained != null) {
            drained.tell(Done.getInstance());
            drained = null;
        }
        if (restHandedBack != null) {
            var replyTo = restHandedBack;
            restHandedBack = null;
            getContext()
                    .pipeToSelf(
                            AskPattern.<Settler.Command, Done>ask(
                                    settler,
                                    Settler.Flush::new,
                                    FLUSH_TIMEOUT,
                                    getContext().getSystem().scheduler()),
                            (_, failure) -> new Flushed(replyTo, failure == null));
        }
    }
}
