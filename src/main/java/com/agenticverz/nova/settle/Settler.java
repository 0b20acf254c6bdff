package com.agenticverz.nova.settle;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Outcome;
import com.agenticverz.nova.run.RunStatus;
import com.agenticverz.nova.store.Checkpoint;
import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.Mark;
import com.agenticverz.nova.store.RowState;
import com.agenticverz.nova.store.RunStore;
import com.agenticverz.nova.store.Settlement;
import com.agenticverz.nova.store.Sleeper;
import com.agenticverz.nova.store.StepReport;
import com.agenticverz.nova.telemetry.Events;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/** The one writer of a node: marks, finished steps, settlements, hand-backs and releases, one statement at a time. */
public final class Settler extends AbstractBehavior<Settler.Command> {

    /** What it can be told. */
    public sealed interface Command {}

    /** A claim has arrived; its row is needed until each of its runs is marked, settled or given up. */
    public record Opened(long claimId, List<Fence> fences) implements Command {}

    /** These runs last: mark them. */
    public record MarkRunning(List<Started> runs) implements Command {}

    /**
     * A step of a run is finished: keep it before the next one begins. After {@link MarkRunning} of its run.
     *
     * @param outputJson null where the step failed
     * @param error why it failed; null where it did not
     * @param endedNanos by the node's monotonic clock
     * @param kept completed with the answer, which may be late: an outage of the database is waited for
     */
    public record Keep(
            Fence fence,
            String stepId,
            String skill,
            @Nullable String outputJson,
            @Nullable String error,
            int tries,
            Duration ran,
            long endedNanos,
            CompletableFuture<Kept> kept)
            implements Command {}

    /**
     * What skills have said of their steps, at most once a second of each. It is written before the end of its run, unless
     * that is a success; what the database does not take is dropped.
     */
    public record ReportSteps(List<StepReport> reports) implements Command {}

    /** Attempts are over. */
    public record Settle(List<Ended> ended) implements Command {}

    /** These runs are no longer worked on, by intent: back to the queue, with their attempt. */
    public record HandBack(List<Fence> fences) implements Command {}

    /** This run is no longer ours: write nothing. */
    public record Forget(Fence fence) implements Command {}

    /** A heartbeat found these runs to be no longer ours: say in the log what became of them. */
    public record Explain(List<Fence> fences) implements Command {}

    /** The tables list these claims for this node, and it never got them: let them go, unless they are known by now. */
    public record ReleaseUnknown(Collection<Long> claims) implements Command {}

    /**
     * The tables say that this node has these runs, and it has not: back to the queue, unless they are known by now. So
     * ends a mark that the server wrote after everybody had given it up.
     */
    public record HandBackUnknown(Collection<Fence> fences) implements Command {}

    /** Answer when everything is written. */
    public record Flush(ActorRef<Done> replyTo) implements Command {}

    private record Wrote(Write write, WriteResult result) implements Command {}

    private record WriteFailed(Write write, Throwable cause) implements Command {}

    private enum Retry implements Command {
        DUE
    }

    /**
     * A run that has started.
     *
     * @param startedNanos by the node's monotonic clock
     */
    public record Started(Fence fence, long startedNanos) {}

    /** What it reports to its pool. */
    public sealed interface Report {}

    /** These runs are marked. */
    public record Marked(List<Fence> fences) implements Report {}

    /** These runs are no longer ours: stop working on them. */
    public record Lost(List<Fence> fences) implements Report {}

    /**
     * These runs are no longer in flight: marked, settled, handed back or let go.
     *
     * @param requeued whether they are in the queue again, written and all
     */
    public record Freed(List<Fence> fences, boolean requeued) implements Report {}

    /**
     * Runs that sleep or wait for their next attempt were written.
     *
     * @param in the time until the first of them is due
     */
    public record Due(Duration in) implements Report {}

    /** Whether there is room for further outcomes. */
    public record Room(boolean left) implements Report {}

    /** What was written, what was let go, and what the rows of the rest say; null: the row is gone. */
    private record WriteResult(
            Map<UUID, Outcome> settled,
            Set<UUID> written,
            Map<Keep, Kept> kept,
            List<Fence> released,
            Map<UUID, @Nullable RowState> fencedOut) {}

    private static final Duration NEVER = Duration.ofSeconds(Long.MAX_VALUE);

    /** Results may be large: they fill the memory before their number does. */
    private static final long CAPACITY_CHARS = Runtime.getRuntime().maxMemory() / 16;

    private static final Duration FIRST_BACKOFF = Duration.ofMillis(100);
    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(2);

    private static final int FAILURES_PER_LOG_LINE = 15;
    /** While a run is locked others are written in between, so it is not told by the failures in a row. */
    private static final Duration BETWEEN_LINES_ON_LOCKS = Duration.ofSeconds(30);

    private final UUID node;
    private final Database database;
    private final RunStore store;
    private final BatchWriter batches;
    private final int capacity;
    private final ActorRef<Report> pool;
    private final Metrics metrics;
    private final LongSupplier nanoTime;
    private final TimerScheduler<Command> timers;

    private final Ledger ledger = new Ledger();
    private final Backlog backlog = new Backlog(ledger);
    private final List<ActorRef<Done>> flushing = new ArrayList<>();
    private boolean writing;
    private boolean full;
    private int failures;
    private @Nullable Long lockSaidNanos;

    /**
     * The settler of a node.
     *
     * @param capacity outcomes that may wait in memory before the pool is told to ask for no more
     * @param pool gets the reports
     */
    public static Behavior<Command> create(
            UUID node, Database database, int capacity, ActorRef<Report> pool, Metrics metrics, LongSupplier nanoTime) {
        return Behaviors.setup(context -> Behaviors.withTimers(
                timers -> new Settler(context, timers, node, database, capacity, pool, metrics, nanoTime)));
    }

    private Settler(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            UUID node,
            Database database,
            int capacity,
            ActorRef<Report> pool,
            Metrics metrics,
            LongSupplier nanoTime) {
        super(context);
        this.timers = timers;
        this.node = node;
        this.database = database;
        this.store = database.runs();
        this.batches = new BatchWriter(store, node);
        this.capacity = capacity;
        this.pool = pool;
        this.metrics = metrics;
        this.nanoTime = nanoTime;
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
            case Opened(var claimId, var fences) -> ledger.opened(claimId, fences);
            case MarkRunning(var runs) -> backlog.mark(runs);
            case Keep keep -> backlog.keep(keep);
            case ReportSteps(var reports) -> backlog.report(reports);
            case Settle(var ended) -> ended.forEach(backlog::settle);
            case HandBack(var fences) -> backlog.handBack(fences);
            case Forget(var fence) -> {
                backlog.forget(fence);
                ledger.forget(fence);
            }
            case Explain(var fences) -> backlog.explain(fences);
            case ReleaseUnknown(var claims) ->
                backlog.release(
                        claims.stream().filter(claim -> !ledger.knows(claim)).toList());
            case HandBackUnknown(var fences) -> backlog.handBack(ledger.unknown(fences));
            case Flush(var replyTo) -> flushing.add(replyTo);
            case Wrote(var write, var result) -> {
                writing = false;
                failures = 0;
                wrote(write, result);
            }
            case WriteFailed(var write, var cause) -> failed(write, cause);
            case Retry.DUE -> writing = false;
        }
        reportRoom();
        if (!writing) {
            writeNext();
        }
    }

    private void reportRoom() {
        boolean nowFull = backlog.outcomes() >= capacity || backlog.outcomeChars() >= CAPACITY_CHARS;
        if (nowFull != full) {
            full = nowFull;
            pool.tell(new Room(!full));
        }
        metrics.settleBacklog(backlog.outcomes());
    }

    private void writeNext() {
        var write = backlog.next();
        if (write == null) {
            flushing.forEach(replyTo -> replyTo.tell(Done.getInstance()));
            flushing.clear();
            return;
        }
        writing = true;
        getContext()
                .pipeToSelf(
                        database.async(statement(write)),
                        (result, failure) ->
                                failure == null ? new Wrote(write, result) : new WriteFailed(write, failure));
    }

    private Supplier<WriteResult> statement(Write write) {
        return switch (write) {
            case Write.MarkRunning marks -> {
                var ages = marks.runs().stream()
                        .map(run -> new Mark(run.fence(), since(run.startedNanos())))
                        .toList();
                yield () -> written(marks.fences(), store.mark(node, ages, marks.finishedClaims()));
            }
            case Write.Keep(var steps) -> {
                var checkpoints = new LinkedHashMap<Keep, Checkpoint>();
                steps.forEach(step -> checkpoints.put(step, checkpoint(step)));
                yield () -> {
                    var kept = batches.keep(checkpoints);
                    var lost = steps.stream()
                            .filter(step -> kept.get(step) instanceof Kept.Lost)
                            .map(step -> step.fence().runId())
                            .toList();
                    return new WriteResult(Map.of(), Set.of(), kept, List.of(), batches.readBack(lost));
                };
            }
            case Write.Report(var reports) ->
                () -> {
                    batches.report(reports);
                    return new WriteResult(Map.of(), Set.of(), Map.of(), List.of(), Map.of());
                };
            case Write.Settle(var ended, var finished) -> {
                var settlements = ended.stream().map(this::settlement).toList();
                metrics.settled(settlements.size());
                yield () -> {
                    var result = batches.write(settlements, finished);
                    return new WriteResult(result.settled(), Set.of(), Map.of(), List.of(), result.fencedOut());
                };
            }
            case Write.Snooze snooze -> {
                var sleepers = snooze.ended().stream().map(this::sleeper).toList();
                yield () -> written(snooze.fences(), store.snooze(sleepers, snooze.finishedClaims()));
            }
            case Write.HandBack(var fences, var finished) -> () -> written(fences, store.handBack(fences, finished));
            case Write.Explain(var fences) -> () -> written(fences, Set.of());
            case Write.Release(var claims) ->
                () -> new WriteResult(Map.of(), Set.of(), Map.of(), store.release(node, claims), Map.of());
        };
    }

    /** Blocks: reads back what was fenced out. */
    private WriteResult written(List<Fence> fences, Set<UUID> ids) {
        var missing = fences.stream()
                .map(Fence::runId)
                .filter(id -> !ids.contains(id))
                .toList();
        return new WriteResult(Map.of(), ids, Map.of(), List.of(), batches.readBack(missing));
    }

    private Sleeper sleeper(Ended ended) {
        if (!(ended.outcome() instanceof Outcome.Snoozed(var duration, var signals, var seen))) {
            throw new IllegalStateException("not a run that sleeps: " + ended);
        }
        // Less what the database was away since: it is to wake when it was to.
        return new Sleeper(ended.fence(), left(ended, duration), signals, seen);
    }

    private Duration left(Ended ended, Duration duration) {
        var left = duration.minus(since(ended.endedNanos()));
        return left.isNegative() ? Duration.ZERO : left;
    }

    private Checkpoint checkpoint(Keep step) {
        return new Checkpoint(
                step.fence(),
                step.stepId(),
                step.skill(),
                step.outputJson(),
                step.error() == null ? null : RetryPolicy.storable(step.error()),
                step.tries(),
                step.ran(),
                since(step.endedNanos()));
    }

    private Settlement settlement(Ended ended) {
        var marked = ledger.marked(ended.fence());
        return new Settlement(
                ended.fence(),
                marked != Ledger.Marked.YES,
                marked != Ledger.Marked.NO,
                ended.outcome(),
                ended.ran(),
                since(ended.endedNanos()));
    }

    private Duration since(long nanos) {
        return Duration.ofNanos(Math.max(0, nanoTime.getAsLong() - nanos));
    }

    private void wrote(Write write, WriteResult result) {
        switch (write) {
            case Write.MarkRunning marks -> marked(marks.fences(), result);
            case Write.Keep(var steps) -> kept(steps, result);
            // A run that is no longer held finds out by its next mark, step or end.
            case Write.Report _ -> {}
            case Write.Settle settle -> settled(settle, result);
            case Write.Snooze(var ended, var _) -> snoozed(ended, result);
            case Write.HandBack(var fences, var _) -> handedBack(fences, result);
            case Write.Explain(var fences) -> fences.forEach(fence -> fenced(fence, "heartbeat", result));
            case Write.Release _ -> released(result);
        }
        backlog.wrote(write);
        ledger.closed(write.finishedClaims());
    }

    private void marked(List<Fence> fences, WriteResult result) {
        var marked = new ArrayList<Fence>();
        var lost = new ArrayList<Fence>();
        for (var fence : fences) {
            if (result.written().contains(fence.runId())) {
                ledger.marked(fence, true);
                marked.add(fence);
            } else {
                fenced(fence, "mark", result);
                lost.add(fence);
            }
        }
        if (!marked.isEmpty()) {
            pool.tell(new Marked(marked));
            pool.tell(new Freed(marked, false));
        }
        lost(lost);
    }

    private void lost(List<Fence> fences) {
        if (!fences.isEmpty()) {
            fences.forEach(ledger::forget);
            fences.forEach(backlog::forget);
            pool.tell(new Lost(fences));
            pool.tell(new Freed(fences, false));
        }
    }

    private void kept(List<Keep> steps, WriteResult result) {
        var lost = new LinkedHashSet<Fence>();
        for (var step : steps) {
            var kept = result.kept().getOrDefault(step, new Kept.Lost());
            if (kept instanceof Kept.Lost && lost.add(step.fence())) {
                fenced(step.fence(), "checkpoint", result);
            }
            step.kept().complete(kept);
        }
        lost(List.copyOf(lost));
    }

    private void settled(Write.Settle settle, WriteResult result) {
        var due = NEVER;
        for (var end : settle.ended()) {
            var fence = end.fence();
            var written = result.settled().get(fence.runId());
            var row = result.fencedOut().get(fence.runId());
            if (written != null) {
                log(end, written);
                if (written instanceof Outcome.Retry(var _, var delay)) {
                    due = earlier(due, left(end, delay));
                }
            } else if (backlog.sentBefore(fence) && row != null && isOurs(row, end)) {
                // Written by an earlier try whose acknowledgement was lost.
                log(end, end.outcome());
            } else {
                fenced(fence, "settle", result);
            }
            ledger.forget(fence);
        }
        reportDue(due);
        pool.tell(new Freed(settle.fences(), false));
    }

    private static boolean isOurs(RowState row, Ended ended) {
        boolean sameClaim = row.claimId() != null
                && row.claimId() == ended.fence().claimId()
                && row.attempts() == ended.fence().attempt();
        // A retry may have been promoted since.
        return sameClaim
                && (row.status() == ended.outcome().status()
                        || row.status() == RunStatus.QUEUED && ended.outcome() instanceof Outcome.Retry);
    }

    private void log(Ended ended, Outcome written) {
        var fence = ended.fence();
        if (!(written instanceof Outcome.Snoozed)) {
            metrics.runEnded(written.status(), ended.ran());
            if (written.status() != RunStatus.SUCCEEDED) {
                metrics.workerError();
            }
        }
        switch (written) {
            case Outcome.Succeeded _ ->
                Events.runCompleted(fence.runId(), ended.agentId(), fence.attempt(), ended.ran());
            case Outcome.Snoozed(var duration, var _, var _) ->
                Events.runSnoozed(fence.runId(), ended.agentId(), fence.attempt(), duration);
            case Outcome.Retry(var message, var delay) ->
                Events.runRetryScheduled(fence.runId(), ended.agentId(), fence.attempt(), delay, message);
            case Outcome.Failed(var message) ->
                Events.runFailed(fence.runId(), ended.agentId(), fence.attempt(), message);
        }
    }

    private void snoozed(List<Ended> ended, WriteResult result) {
        boolean waitForSignals = false;
        var due = NEVER;
        for (var end : ended) {
            var fence = end.fence();
            // As with a hand-back: one that was sent before may have been written then.
            if (result.written().contains(fence.runId()) || backlog.sentBefore(fence)) {
                log(end, end.outcome());
                var sleeper = sleeper(end);
                waitForSignals |= !sleeper.signals().isEmpty();
                due = earlier(due, sleeper.duration());
            } else {
                fenced(fence, "snooze", result);
            }
            ledger.forget(fence);
        }
        reportDue(due);
        // One that waits for a signal may be in the queue already: one came before it slept, or just now, when
        // the poller still took it for in flight.
        pool.tell(new Freed(ended.stream().map(Ended::fence).toList(), waitForSignals));
    }

    private static Duration earlier(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }

    private void reportDue(Duration due) {
        if (!due.equals(NEVER)) {
            pool.tell(new Due(due));
        }
    }

    private void handedBack(List<Fence> fences, WriteResult result) {
        for (var fence : fences) {
            // One that was sent before may have been written then; nothing in the row tells the two apart.
            if (!result.written().contains(fence.runId())
                    && !backlog.sentBefore(fence)
                    && ledger.marked(fence) == Ledger.Marked.YES) {
                fenced(fence, "hand-back", result);
            }
            ledger.forget(fence);
        }
        pool.tell(new Freed(fences, true));
    }

    private void released(WriteResult result) {
        if (!result.released().isEmpty()) {
            pool.tell(new Freed(result.released(), true));
        }
    }

    private void fenced(Fence fence, String write, WriteResult result) {
        var row = result.fencedOut().get(fence.runId());
        metrics.runsFenced(1);
        if (row != null && row.status() == RunStatus.CANCELLED) {
            Events.runCancelled(fence.runId(), row.agentId(), "in the table; its " + write + " was fenced out");
        } else {
            Events.runFenced(
                    fence.runId(),
                    fence.claimId(),
                    write,
                    row == null ? "deleted" : row.status().column());
        }
    }

    private void failed(Write write, Throwable cause) {
        if (write instanceof Write.MarkRunning marks) {
            marks.fences().forEach(ledger::markInDoubt);
        }
        boolean locked = Database.isLockTimeout(cause);
        // A batch of outcomes may be several statements, and those before this one are written.
        backlog.failed(write, !locked || write instanceof Write.Settle);
        failures++;
        var backoff = FIRST_BACKOFF.multipliedBy(1L << Math.min(failures - 1, 5));
        if (backoff.compareTo(LONGEST_BACKOFF) > 0) {
            backoff = LONGEST_BACKOFF;
        }
        if (locked ? lockIsToBeSaid() : failures % FAILURES_PER_LOG_LINE == 1) {
            Events.outcomesWaiting(backlog.outcomes(), Database.reason(cause));
        }
        timers.startSingleTimer(Retry.DUE, backoff);
    }

    private boolean lockIsToBeSaid() {
        long now = nanoTime.getAsLong();
        boolean due = lockSaidNanos == null || now - lockSaidNanos >= BETWEEN_LINES_ON_LOCKS.toNanos();
        if (due) {
            lockSaidNanos = now;
        }
        return due;
    }
}
