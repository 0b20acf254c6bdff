package com.agenticverz.nova.settle;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.StepReport;
import com.agenticverz.nova.telemetry.Events;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
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

    /** These runs are marked, and so no longer in flight, but still executed. */
    public record Marked(List<Fence> fences) implements Report {}

    /** These runs are no longer ours: stop working on them. */
    public record Lost(List<Fence> fences) implements Report {}

    /**
     * These runs are over here: settled, handed back, let go or lost.
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

    /** Results may be large: they fill the memory before their number does. */
    private static final long CAPACITY_CHARS = Runtime.getRuntime().maxMemory() / 16;

    private static final Duration FIRST_BACKOFF = Duration.ofMillis(100);
    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(2);

    private static final int FAILURES_PER_LOG_LINE = 15;
    /** While a run is locked others are written in between, so it is not told by the failures in a row. */
    private static final Duration BETWEEN_LINES_ON_LOCKS = Duration.ofSeconds(30);

    private final Database database;
    private final int capacity;
    private final ActorRef<Report> pool;
    private final Metrics metrics;
    private final LongSupplier nanoTime;
    private final TimerScheduler<Command> timers;

    private final Ledger ledger = new Ledger();
    private final Backlog backlog = new Backlog(ledger);
    private final Statements statements;
    private final Acknowledgements acknowledgements;
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
        this.database = database;
        this.capacity = capacity;
        this.pool = pool;
        this.metrics = metrics;
        this.nanoTime = nanoTime;
        this.statements = new Statements(node, database.runs(), ledger, metrics, nanoTime);
        this.acknowledgements = new Acknowledgements(ledger, backlog, pool, metrics, nanoTime);
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
                acknowledgements.wrote(write, result);
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
                        database.async(statements.statement(write)),
                        (result, failure) ->
                                failure == null ? new Wrote(write, result) : new WriteFailed(write, failure));
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
