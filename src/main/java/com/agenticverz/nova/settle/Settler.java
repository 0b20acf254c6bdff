package com.agenticverz.nova.settle;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Outcome;
import com.agenticverz.nova.run.RunStatus;
import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.Mark;
import com.agenticverz.nova.store.RowState;
import com.agenticverz.nova.store.RunStore;
import com.agenticverz.nova.store.Settlement;
import com.agenticverz.nova.telemetry.Events;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
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

/** The one writer of a node: marks, settlements, hand-backs and releases, one statement at a time. */
public final class Settler extends AbstractBehavior<Settler.Command> {

    /** What it can be told. */
    public sealed interface Command {}

    /** A claim has arrived; its row is needed until each of its runs is marked, settled or given up. */
    public record Opened(long claimId, List<Fence> fences) implements Command {}

    /** These runs last: mark them. */
    public record MarkRunning(List<Started> runs) implements Command {}

    /** An attempt is over. */
    public record Settle(Ended ended) implements Command {}

    /** These runs are no longer worked on, by intent: back to the queue, with their attempt. */
    public record HandBack(List<Fence> fences) implements Command {}

    /** This run is no longer ours: write nothing. */
    public record Forget(Fence fence) implements Command {}

    /** A heartbeat found these runs to be no longer ours: say in the log what became of them. */
    public record Explain(List<Fence> fences) implements Command {}

    /** The tables list these claims for this node, and it never got them: let them go, unless they are known by now. */
    public record ReleaseUnknown(Collection<Long> claims) implements Command {}

    /**
     * The tables say that this node executes these runs, and it does not: back to the queue, unless they are known by now.
     * So ends a mark that the server wrote after everybody had given it up.
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

    /** These runs are no longer in flight: marked, settled, handed back or let go. */
    public record Freed(List<Fence> fences) implements Report {}

    /** Whether there is room for further outcomes. */
    public record Room(boolean left) implements Report {}

    private sealed interface Write {
        List<Long> finishedClaims();
    }

    private record MarkWrite(List<Started> runs, List<Long> finishedClaims) implements Write {}

    private record SettleWrite(List<Ended> ended, List<Long> finishedClaims) implements Write {}

    private record HandBackWrite(List<Fence> fences, List<Long> finishedClaims) implements Write {}

    private record ReleaseWrite(List<Long> finishedClaims) implements Write {}

    /** Writes nothing; only reads back. */
    private record ExplainWrite(List<Fence> fences, List<Long> finishedClaims) implements Write {}

    /** What was written, and what the rows of the rest say; null: the row is gone. */
    private record WriteResult(
            Map<UUID, Outcome> settled, Set<UUID> written, Map<UUID, @Nullable RowState> fencedOut) {}

    private static final int LARGEST_BATCH = 1000;
    /** One message to the server holds less than 1 GB, and some heaps hold less than that. */
    private static final long LARGEST_BATCH_CHARS = 4_000_000;
    /** Results may be large: they fill the memory before their number does. */
    private static final long CAPACITY_CHARS = Runtime.getRuntime().maxMemory() / 16;

    private static final Duration FIRST_BACKOFF = Duration.ofMillis(100);
    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(2);

    private static final int FAILURES_PER_LOG_LINE = 15;

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
    private final Map<Fence, Started> toMark = new LinkedHashMap<>();
    private final ArrayDeque<Ended> toSettle = new ArrayDeque<>();
    private final Set<Fence> toHandBack = new HashSet<>();
    private final Set<Long> toRelease = new HashSet<>();
    private final Set<Fence> toExplain = new LinkedHashSet<>();
    private final Set<Fence> sentBefore = new HashSet<>();
    private final List<ActorRef<Done>> flushing = new ArrayList<>();
    private long waitingChars;
    private boolean outcomesNext;
    private boolean writing;
    private boolean full;
    private int largestBatch = LARGEST_BATCH;
    private int failures;

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
            case MarkRunning(var runs) -> runs.forEach(run -> toMark.put(run.fence(), run));
            case Settle(var ended) -> {
                // Its settlement carries the attempt; a mark would only be a second write.
                toMark.remove(ended.fence());
                toSettle.add(ended);
                waitingChars += chars(ended);
            }
            case HandBack(var fences) -> {
                fences.forEach(toMark::remove);
                toHandBack.addAll(fences);
            }
            case Forget(var fence) -> {
                toMark.remove(fence);
                sentBefore.remove(fence);
                ledger.forget(fence);
            }
            case Explain(var fences) -> toExplain.addAll(fences);
            case ReleaseUnknown(var claims) ->
                claims.stream().filter(claim -> !ledger.knows(claim)).forEach(toRelease::add);
            case HandBackUnknown(var fences) ->
                fences.stream()
                        .filter(fence -> !ledger.holds(fence.runId(), fence.claimId()))
                        .forEach(toHandBack::add);
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
        boolean nowFull = toSettle.size() >= capacity || waitingChars >= CAPACITY_CHARS;
        if (nowFull != full) {
            full = nowFull;
            pool.tell(new Room(!full));
        }
        metrics.settleBacklog(toSettle.size());
    }

    private void writeNext() {
        var write = next();
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

    /**
     * Marks and hand-backs are few and small, so they go first; but no two of them in a row while outcomes wait, because
     * where a write takes longer than the pool takes to send the next mark there is always another one, and because one
     * of them may be refused for ever.
     */
    private @Nullable Write next() {
        boolean outcomesFirst = outcomesNext && !toSettle.isEmpty();
        outcomesNext = false;
        if (!toMark.isEmpty() && !outcomesFirst) {
            outcomesNext = true;
            var runs = List.copyOf(toMark.values());
            toMark.clear();
            var fences = runs.stream().map(Started::fence).toList();
            sentBefore.addAll(fences);
            return new MarkWrite(runs, ledger.finishedAfter(fences));
        }
        if (!toHandBack.isEmpty() && !outcomesFirst) {
            outcomesNext = true;
            var fences = List.copyOf(toHandBack);
            return new HandBackWrite(fences, ledger.finishedAfter(fences));
        }
        if (!toExplain.isEmpty()) {
            return new ExplainWrite(List.copyOf(toExplain), List.of());
        }
        if (!toSettle.isEmpty()) {
            var ended = batch();
            // What is to be released goes along, so that it does not wait for an idle moment.
            var finished = new ArrayList<>(toRelease);
            finished.addAll(
                    ledger.finishedAfter(ended.stream().map(Ended::fence).toList()));
            return new SettleWrite(ended, finished);
        }
        toRelease.addAll(ledger.finishedAfter(List.of()));
        return toRelease.isEmpty() ? null : new ReleaseWrite(List.copyOf(toRelease));
    }

    /**
     * The oldest outcomes: no run twice, for one statement writes a row once; and no more than fits into a message. Fewer
     * after a failure, because it may have been one of them: in the end it stands alone.
     */
    private List<Ended> batch() {
        var batch = new ArrayList<Ended>();
        var ids = new HashSet<UUID>();
        long chars = 0;
        for (var ended : toSettle) {
            chars += chars(ended);
            boolean fits = batch.isEmpty() || batch.size() < largestBatch && chars <= LARGEST_BATCH_CHARS;
            if (!fits || !ids.add(ended.fence().runId())) {
                break;
            }
            batch.add(ended);
        }
        return batch;
    }

    private static long chars(Ended ended) {
        return switch (ended.outcome()) {
            case Outcome.Succeeded(var resultJson) -> resultJson.length();
            case Outcome.Retry(var message, var _) -> message.length();
            case Outcome.Failed(var message) -> message.length();
        };
    }

    private Supplier<WriteResult> statement(Write write) {
        return switch (write) {
            case MarkWrite(var runs, var finished) -> {
                var marks = runs.stream()
                        .map(run -> new Mark(run.fence(), since(run.startedNanos())))
                        .toList();
                var fences = runs.stream().map(Started::fence).toList();
                yield () -> written(fences, store.mark(node, marks, finished));
            }
            case SettleWrite(var ended, var finished) -> {
                var settlements = ended.stream().map(this::settlement).toList();
                metrics.settled(settlements.size());
                yield () -> {
                    var result = batches.write(settlements, finished);
                    return new WriteResult(result.settled(), Set.of(), result.fencedOut());
                };
            }
            case HandBackWrite(var fences, var finished) -> () -> written(fences, store.handBack(fences, finished));
            case ExplainWrite(var fences, var _) -> () -> written(fences, Set.of());
            case ReleaseWrite(var claims) ->
                () -> {
                    store.release(node, claims);
                    return written(List.of(), Set.of());
                };
        };
    }

    /** Blocks: reads back what was fenced out. */
    private WriteResult written(List<Fence> fences, Set<UUID> ids) {
        var missing = fences.stream()
                .map(Fence::runId)
                .filter(id -> !ids.contains(id))
                .toList();
        return new WriteResult(Map.of(), ids, batches.readBack(missing));
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
            case MarkWrite(var runs, var _) -> marked(runs, result);
            case SettleWrite(var ended, var _) -> settled(ended, result);
            case HandBackWrite(var fences, var _) -> handedBack(fences, result);
            case ExplainWrite(var fences, var _) -> explained(fences, result);
            case ReleaseWrite _ -> {}
        }
        toRelease.removeAll(write.finishedClaims());
        ledger.closed(write.finishedClaims());
    }

    private void marked(List<Started> runs, WriteResult result) {
        var marked = new ArrayList<Fence>();
        var lost = new ArrayList<Fence>();
        for (var run : runs) {
            var fence = run.fence();
            sentBefore.remove(fence);
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
            pool.tell(new Freed(marked));
        }
        if (!lost.isEmpty()) {
            lost.forEach(ledger::forget);
            pool.tell(new Lost(lost));
            pool.tell(new Freed(lost));
        }
    }

    private void settled(List<Ended> ended, WriteResult result) {
        largestBatch = Math.min(LARGEST_BATCH, 2 * largestBatch);
        for (var end : ended) {
            toSettle.remove();
            waitingChars -= chars(end);
            var fence = end.fence();
            var written = result.settled().get(fence.runId());
            var row = result.fencedOut().get(fence.runId());
            if (written != null) {
                log(end, written);
            } else if (sentBefore.contains(fence) && row != null && isOurs(row, end)) {
                // Written by an earlier try whose acknowledgement was lost.
                log(end, end.outcome());
            } else {
                fenced(fence, "settle", result);
            }
            sentBefore.remove(fence);
            ledger.forget(fence);
        }
        pool.tell(new Freed(ended.stream().map(Ended::fence).toList()));
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
        metrics.runEnded(written.status(), ended.ran());
        if (written.status() != RunStatus.SUCCEEDED) {
            metrics.workerError();
        }
        switch (written) {
            case Outcome.Succeeded _ ->
                Events.runCompleted(fence.runId(), ended.agentId(), fence.attempt(), ended.ran());
            case Outcome.Retry(var message, var delay) ->
                Events.runRetryScheduled(fence.runId(), ended.agentId(), fence.attempt(), delay, message);
            case Outcome.Failed(var message) ->
                Events.runFailed(fence.runId(), ended.agentId(), fence.attempt(), message);
        }
    }

    private void handedBack(List<Fence> fences, WriteResult result) {
        for (var fence : fences) {
            // One that was sent before may have been written then; nothing in the row tells the two apart.
            if (!result.written().contains(fence.runId())
                    && !sentBefore.contains(fence)
                    && ledger.marked(fence) == Ledger.Marked.YES) {
                fenced(fence, "hand-back", result);
            }
            toHandBack.remove(fence);
            sentBefore.remove(fence);
            ledger.forget(fence);
        }
        pool.tell(new Freed(fences));
    }

    private void explained(List<Fence> fences, WriteResult result) {
        fences.forEach(fence -> fenced(fence, "heartbeat", result));
        toExplain.removeAll(fences);
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
        switch (write) {
            case MarkWrite(var runs, var _) ->
                runs.forEach(run -> {
                    ledger.markInDoubt(run.fence());
                    if (ledger.holds(run.fence())) {
                        toMark.putIfAbsent(run.fence(), run);
                    }
                });
            case SettleWrite(var ended, var _) -> {
                ended.forEach(end -> sentBefore.add(end.fence()));
                largestBatch = Math.max(1, ended.size() / 2);
                if (ended.size() == 1) {
                    // Perhaps it is the one that cannot be written, so the others go before it.
                    toSettle.add(toSettle.remove());
                }
            }
            // These are still on their lists.
            case HandBackWrite(var fences, var _) -> sentBefore.addAll(fences);
            case ExplainWrite _, ReleaseWrite _ -> {}
        }
        // A run that ended while its mark was in doubt is settled with both fences open.
        toSettle.forEach(end -> toMark.remove(end.fence()));
        toHandBack.forEach(toMark::remove);
        failures++;
        var backoff = FIRST_BACKOFF.multipliedBy(1L << Math.min(failures - 1, 5));
        if (backoff.compareTo(LONGEST_BACKOFF) > 0) {
            backoff = LONGEST_BACKOFF;
        }
        if (failures % FAILURES_PER_LOG_LINE == 1) {
            Events.outcomesWaiting(toSettle.size(), Database.reason(cause));
        }
        timers.startSingleTimer(Retry.DUE, backoff);
    }
}
