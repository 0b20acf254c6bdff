package com.agenticverz.nova.claim;

import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.jspecify.annotations.Nullable;

/**
 * Counts the runs that wait. The count is exact and walks an index, so with a million waiting it takes a moment; it
 * takes about one part in {@link #REST_FACTOR} of the time at most, because the next one waits that many times as long as
 * the last one took, but never more than {@link #LONGEST_REST}.
 */
final class QueueGauge {

    sealed interface Command {}

    private enum Tick implements Command {
        NOW
    }

    private record Counted(@Nullable Long waiting, Duration took) implements Command {}

    private static final Duration SHORTEST_REST = Duration.ofSeconds(5);
    /** A count that had to wait for a connection, or for a busy machine, must not make the gauge stale for minutes. */
    private static final Duration LONGEST_REST = Duration.ofSeconds(30);

    private static final int REST_FACTOR = 100;

    private QueueGauge() {}

    static Behavior<Command> create(Database database, ActorRef<Long> poller, Metrics metrics, LongSupplier nanoTime) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            context.getSelf().tell(Tick.NOW);
            return Behaviors.receive(Command.class)
                    .onMessage(Command.class, command -> {
                        switch (command) {
                            case Tick.NOW -> {
                                long before = nanoTime.getAsLong();
                                context.pipeToSelf(
                                        database.async(() -> database.runs().countWaiting()),
                                        (waiting, failure) -> new Counted(
                                                failure == null ? waiting : null,
                                                Duration.ofNanos(nanoTime.getAsLong() - before)));
                            }
                            case Counted(var waiting, var took) -> {
                                if (waiting != null) {
                                    metrics.queued(waiting);
                                    poller.tell(waiting);
                                }
                                // A failure says how long an outage took, not how long the count takes.
                                timers.startSingleTimer(Tick.NOW, waiting == null ? SHORTEST_REST : restAfter(took));
                            }
                        }
                        return Behaviors.same();
                    })
                    .onSignal(PostStop.class, _ -> {
                        // Cluster-wide, so only the poller's node exports it.
                        metrics.queued(0);
                        return Behaviors.same();
                    })
                    .build();
        }));
    }

    private static Duration restAfter(Duration took) {
        var rest = took.multipliedBy(REST_FACTOR);
        if (rest.compareTo(LONGEST_REST) > 0) {
            return LONGEST_REST;
        }
        return rest.compareTo(SHORTEST_REST) > 0 ? rest : SHORTEST_REST;
    }
}
