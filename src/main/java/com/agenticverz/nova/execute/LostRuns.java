package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.settle.Settler;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;

/** Stops runs that are no longer this node's, whoever finds out. Not thread-safe; owned by the pool. */
final class LostRuns {

    /**
     * A run that has been marked for so long is looked after twice a second: short ones are over by then, and of the others
     * none that was cancelled goes on for a second.
     */
    private static final Duration WATCHED_AFTER = Duration.ofMillis(250);

    private final Workload workload;
    private final ActorRef<Settler.Command> settler;
    private final ActorRef<Watch.Command> watch;
    private final Announcer announcer;
    private final LongSupplier nanoTime;

    LostRuns(
            Workload workload,
            ActorRef<Settler.Command> settler,
            ActorRef<Watch.Command> watch,
            Announcer announcer,
            LongSupplier nanoTime) {
        this.workload = workload;
        this.settler = settler;
        this.watch = watch;
        this.announcer = announcer;
        this.nanoTime = nanoTime;
    }

    /** Between two heartbeats, so that a cancel need not wait for the next one. */
    void lookAfterMarked() {
        var marked = workload.markedBefore(nanoTime.getAsLong() - WATCHED_AFTER.toNanos());
        if (!marked.isEmpty()) {
            watch.tell(new Watch.Look(marked));
        }
    }

    /** What the look after them has found. */
    void gone(List<Fence> fences) {
        for (var fence : fences) {
            var gone = workload.active(fence);
            // Otherwise it has ended meanwhile, perhaps by the very write that was seen.
            if (gone != null) {
                found(gone);
            }
        }
    }

    /** The tables say so of a run that is a worker's. */
    void found(Workload.Active run) {
        if (run.lost()) {
            settler.tell(new Settler.Explain(List.of(run.fence)));
            stop(run.fence);
        }
    }

    /** The tables say so of runs that wait. */
    void foundWaiting(List<Fence> fences) {
        if (!fences.isEmpty()) {
            workload.removeWaiting(fences);
            fences.forEach(fence -> settler.tell(new Settler.Forget(fence)));
            announcer.free(fences, false);
        }
    }

    /** The run is interrupted, or never begins. */
    void stop(Fence fence) {
        var lost = workload.active(fence);
        if (lost == null) {
            return;
        }
        if (lost.turn.takeBack(fence)) {
            // It has not begun, and never will.
            workload.ended(fence.runId());
            settler.tell(new Settler.Forget(fence));
            announcer.free(List.of(fence), false);
        } else {
            lost.worker.tell(new Worker.Stop(fence, Worker.Reason.LOST));
        }
    }
}
