package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Fence;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.jspecify.annotations.Nullable;

/**
 * Looks whether marked runs are still this node's, so that one that was cancelled is stopped within a second. One look at
 * a time; after one that failed it leaves out the next ones for a while. Nothing depends on it: the heartbeat finds the
 * same, later.
 */
final class Watch {

    sealed interface Command {}

    /** Look after these, unless a look is under way or the last one has just failed. */
    record Look(List<Fence> marked) implements Command {}

    private record Looked(List<Fence> marked, @Nullable Set<UUID> gone) implements Command {}

    /** Told to the pool: these were no longer this node's when they were looked for. */
    record Gone(List<Fence> fences) implements WorkerPool.Command {}

    private static final Duration FIRST_BACKOFF = Duration.ofSeconds(1);
    private static final int MOST_DOUBLINGS = 3;

    private final ActorContext<Command> context;
    private final ActorRef<WorkerPool.Command> pool;
    private final Function<List<Fence>, CompletionStage<Set<UUID>>> noLongerHeld;
    private final LongSupplier nanoTime;
    private boolean looking;
    private int failures;
    private long failedNanos;

    static Behavior<Command> create(
            ActorRef<WorkerPool.Command> pool,
            Function<List<Fence>, CompletionStage<Set<UUID>>> noLongerHeld,
            LongSupplier nanoTime) {
        Behavior<Command> watch =
                Behaviors.setup(context -> new Watch(context, pool, noLongerHeld, nanoTime).watching());
        return Behaviors.supervise(watch).onFailure(SupervisorStrategy.restart());
    }

    private Watch(
            ActorContext<Command> context,
            ActorRef<WorkerPool.Command> pool,
            Function<List<Fence>, CompletionStage<Set<UUID>>> noLongerHeld,
            LongSupplier nanoTime) {
        this.context = context;
        this.pool = pool;
        this.noLongerHeld = noLongerHeld;
        this.nanoTime = nanoTime;
    }

    private Behavior<Command> watching() {
        return Behaviors.receiveMessage(command -> {
            switch (command) {
                case Look(var marked) -> look(marked);
                case Looked(var marked, var gone) -> looked(marked, gone);
            }
            return Behaviors.same();
        });
    }

    private void look(List<Fence> marked) {
        if (looking || isBackingOff()) {
            return;
        }
        looking = true;
        context.pipeToSelf(
                noLongerHeld.apply(marked), (gone, failure) -> new Looked(marked, failure == null ? gone : null));
    }

    private boolean isBackingOff() {
        if (failures == 0) {
            return false;
        }
        var backoff = FIRST_BACKOFF.multipliedBy(1L << Math.min(failures - 1, MOST_DOUBLINGS));
        return nanoTime.getAsLong() - failedNanos < backoff.toNanos();
    }

    private void looked(List<Fence> marked, @Nullable Set<UUID> gone) {
        looking = false;
        if (gone == null) {
            failures++;
            failedNanos = nanoTime.getAsLong();
            return;
        }
        failures = 0;
        if (!gone.isEmpty()) {
            pool.tell(new Gone(marked.stream()
                    .filter(fence -> gone.contains(fence.runId()))
                    .toList()));
        }
    }
}
