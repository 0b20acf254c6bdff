package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.telemetry.Events;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.LongFunction;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/** Reads the runs of claims that came without them. It tries again with backoff, because a database that is away comes back. */
final class ClaimReader {

    sealed interface Command {}

    /** Read the runs of this claim, and tell the pool. */
    record Read(long claimId) implements Command {}

    private record Failed(long claimId, int failures, Throwable cause) implements Command {}

    private record Again(long claimId, int failures) implements Command {}

    private record Done(WorkerPool.Command answer) implements Command {}

    /**
     * Told to the pool.
     *
     * @param runs those that are as they were claimed; empty when the row of the claim is gone
     */
    record Runs(long claimId, List<Run> runs) implements WorkerPool.Command {}

    /** Told to the pool after a number of tries; there will be no other one. */
    record Unreadable(long claimId) implements WorkerPool.Command {}

    static final int MOST_TRIES = 10;
    private static final Duration FIRST_BACKOFF = Duration.ofMillis(100);
    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(2);

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final ActorRef<WorkerPool.Command> pool;
    private final LongFunction<CompletionStage<List<Run>>> assigned;
    private final Metrics metrics;

    static Behavior<Command> create(
            ActorRef<WorkerPool.Command> pool, LongFunction<CompletionStage<List<Run>>> assigned, Metrics metrics) {
        return Behaviors.setup(context ->
                Behaviors.withTimers(timers -> new ClaimReader(context, timers, pool, assigned, metrics).reading()));
    }

    private ClaimReader(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            ActorRef<WorkerPool.Command> pool,
            LongFunction<CompletionStage<List<Run>>> assigned,
            Metrics metrics) {
        this.context = context;
        this.timers = timers;
        this.pool = pool;
        this.assigned = assigned;
        this.metrics = metrics;
    }

    private Behavior<Command> reading() {
        return Behaviors.receiveMessage(command -> {
            switch (command) {
                case Read(var claimId) -> read(claimId, 0);
                case Again(var claimId, var failures) -> read(claimId, failures);
                case Failed(var claimId, var failures, var cause) -> failed(claimId, failures, cause);
                case Done(var answer) -> pool.tell(answer);
            }
            return Behaviors.same();
        });
    }

    private void read(long claimId, int failures) {
        context.pipeToSelf(
                assigned.apply(claimId),
                (runs, failure) -> failure == null
                        ? new Done(new Runs(claimId, runs))
                        : new Failed(claimId, failures + 1, failure));
    }

    private void failed(long claimId, int failures, Throwable cause) {
        if (failures == MOST_TRIES) {
            metrics.workerError();
            Events.pollFailed("the runs of claim " + claimId + " cannot be read here", cause);
            pool.tell(new Unreadable(claimId));
            return;
        }
        var again = new Again(claimId, failures);
        timers.startSingleTimer(claimId, again, backoff(failures));
    }

    private static Duration backoff(int failures) {
        var backoff = FIRST_BACKOFF.multipliedBy(1L << Math.min(failures - 1, 5));
        return backoff.compareTo(LONGEST_BACKOFF) < 0 ? backoff : LONGEST_BACKOFF;
    }
}
