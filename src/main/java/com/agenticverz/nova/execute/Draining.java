package com.agenticverz.nova.execute;

import com.agenticverz.nova.settle.Settler;
import com.agenticverz.nova.telemetry.Events;
import java.util.List;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.jspecify.annotations.Nullable;

/**
 * The way out: takes nothing new, gives back what has not begun and in the end everything, and answers when nothing runs any
 * more. Not thread-safe; owned by the pool.
 */
final class Draining {

    private final ActorContext<WorkerPool.Command> context;
    private final ActorRef<Settler.Command> settler;
    private final Workload workload;
    private final ClaimIntake intake;
    private final Marks marks;
    private final HandBacks handBacks;
    private final Announcer announcer;
    private @Nullable ActorRef<Done> drained;
    private WorkerPool.@Nullable HandBackRest handingBack;

    Draining(
            ActorContext<WorkerPool.Command> context,
            ActorRef<Settler.Command> settler,
            Workload workload,
            ClaimIntake intake,
            Marks marks,
            HandBacks handBacks,
            Announcer announcer) {
        this.context = context;
        this.settler = settler;
        this.workload = workload;
        this.intake = intake;
        this.marks = marks;
        this.handBacks = handBacks;
        this.announcer = announcer;
    }

    /** What runs may end. */
    void drain(ActorRef<Done> replyTo) {
        drained = replyTo;
        takeNothingMore();
        Events.shuttingDown(workload.active().size());
        // Marked now, so that the claims of what was handed back need not wait for them.
        marks.markAll();
        answerWhenNothingRuns();
    }

    /** What runs is interrupted. */
    void handBackRest(WorkerPool.HandBackRest rest) {
        handingBack = rest;
        takeNothingMore();
        workload.active().forEach(it -> it.worker.tell(new Worker.Stop(it.fence, Worker.Reason.DRAIN)));
        answerWhenNothingRuns();
    }

    private void takeNothingMore() {
        if (!hasBegun()) {
            handBacks.countFromNow();
        }
        handBackWhatHasNotBegun();
        intake.close();
        announcer.announce();
    }

    /** Only what is being executed stays. */
    void handBackWhatHasNotBegun() {
        List.copyOf(workload.turns()).forEach(workload::takeBack);
        handBackWhatWaits();
    }

    /** What waits for a worker, or waits again because its turn was taken back. */
    void handBackWhatWaits() {
        var fences = workload.takeWaiting();
        if (!fences.isEmpty()) {
            handBacks.handBack(fences);
        }
    }

    boolean hasBegun() {
        return intake.isClosed();
    }

    void answerWhenNothingRuns() {
        if (!hasBegun() || !workload.active().isEmpty()) {
            return;
        }
        if (drained != null) {
            drained.tell(Done.getInstance());
            drained = null;
        }
        if (handingBack != null) {
            var rest = handingBack;
            handingBack = null;
            context.pipeToSelf(
                    AskPattern.<Settler.Command, Done>ask(
                            settler,
                            Settler.Flush::new,
                            rest.flushTimeout(),
                            context.getSystem().scheduler()),
                    (_, failure) -> new WorkerPool.Flushed(rest.replyTo(), failure == null));
        }
    }

    /** Everything is written, or the time for it is over. */
    void flushed(ActorRef<WorkerPool.Rest> replyTo, boolean written) {
        replyTo.tell(new WorkerPool.Rest(handBacks.count(), written));
    }
}
