package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.settle.Kept;
import com.agenticverz.nova.settle.Settler;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Has runs marked as running: those that last, and those of which something is to be kept. Not thread-safe; owned by the
 * pool.
 */
final class Marks {

    /** A run that lasts so long is marked as running. */
    private static final Duration MARK_AGE = Duration.ofMillis(100);

    private final Workload workload;
    private final ActorRef<Settler.Command> settler;
    private final LongSupplier nanoTime;

    Marks(Workload workload, ActorRef<Settler.Command> settler, LongSupplier nanoTime) {
        this.workload = workload;
        this.settler = settler;
        this.nanoTime = nanoTime;
    }

    /** Those that have lasted long enough. */
    void markLasting() {
        mark(MARK_AGE);
    }

    /** Everything that has begun. */
    void markAll() {
        mark(Duration.ZERO);
    }

    private void mark(Duration age) {
        long now = nanoTime.getAsLong();
        var lasting = workload.toMark(now - age.toNanos(), now);
        if (!lasting.isEmpty()) {
            settler.tell(new Settler.MarkRunning(lasting));
        }
    }

    /** What is kept of a run needs its mark, which is sent first. */
    void keep(Settler.Keep step, long startedNanos) {
        var running = workload.active(step.fence());
        if (running == null) {
            step.kept().complete(new Kept.Lost());
            return;
        }
        markNow(running, startedNanos);
        settler.tell(step);
    }

    /** Completes this with true once the run is marked; with false if it ends before. */
    void needMark(Fence fence, CompletableFuture<Boolean> marked) {
        var running = workload.active(fence);
        if (running == null) {
            marked.complete(false);
            return;
        }
        markNow(running, running.begunNanos(nanoTime.getAsLong()));
        running.whenMarked(marked);
    }

    private void markNow(Workload.Active running, long startedNanos) {
        if (running.needsMark(nanoTime.getAsLong())) {
            settler.tell(new Settler.MarkRunning(List.of(new Settler.Started(running.fence, startedNanos))));
        }
    }

    /** The marks of these runs are written. */
    void marked(List<Fence> fences) {
        for (var fence : fences) {
            var marked = workload.active(fence);
            if (marked != null) {
                marked.marked(nanoTime.getAsLong());
            }
        }
    }
}
