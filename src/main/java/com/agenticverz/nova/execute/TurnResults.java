package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Ending;
import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Outcome;
import com.agenticverz.nova.settle.Ended;
import com.agenticverz.nova.settle.Settler;
import com.agenticverz.nova.store.StepReport;
import java.time.Duration;
import java.util.ArrayList;
import org.apache.pekko.actor.typed.ActorRef;

/** Hands on how the runs of turns ended. Not thread-safe; owned by the pool. */
final class TurnResults {

    private final WorkerPool.Parts parts;
    private final Workload workload;
    private final Room room;
    private final ActorRef<Settler.Command> settler;
    private final HandBacks handBacks;
    private final Announcer announcer;
    private final MissingSkills missingSkills;

    /**
     * How long a run sleeps that needs a skill which this node does not have. The poller hears of it at once and keeps such runs
     * from then on; this is for what it has claimed before that, and for a poller of an older version, which does not: with it
     * the run comes by here, or at a node that has the skill, at this interval, and not in a hot loop.
     */
    static final Duration UNTIL_OFFERED_AGAIN = Duration.ofSeconds(5);

    TurnResults(
            WorkerPool.Parts parts,
            Workload workload,
            Room room,
            ActorRef<Settler.Command> settler,
            HandBacks handBacks,
            Announcer announcer,
            MissingSkills missingSkills) {
        this.parts = parts;
        this.workload = workload;
        this.room = room;
        this.settler = settler;
        this.handBacks = handBacks;
        this.announcer = announcer;
        this.missingSkills = missingSkills;
    }

    /** Takes the results that are there, of a turn that is over or goes on. */
    void collect(Turn turn) {
        var settled = new ArrayList<Ended>();
        var handBack = new ArrayList<Fence>();
        var forgotten = new ArrayList<Fence>();
        var said = new ArrayList<StepReport>();
        for (var result : turn.takeResults()) {
            var fence = result.fence();
            var ended = workload.ended(fence.runId());
            if (ended == null) {
                throw new IllegalStateException("a worker finished run " + fence.runId() + ", which is not active");
            }
            var lastSaid = parts.workers().reports().take(fence);
            switch (result.verdict()) {
                case Worker.Verdict.Over(var ending) -> {
                    if (!(ending instanceof Ending.Succeeded)) {
                        said.addAll(lastSaid);
                    }
                    room.ran(result.ran());
                    var outcome = parts.retryPolicy()
                            .decide(
                                    ending,
                                    fence.attempt(),
                                    ended.run.maxAttempts(),
                                    parts.random().nextDouble());
                    settled.add(new Ended(fence, ended.run.agentId(), outcome, result.ran(), result.endedNanos()));
                }
                case Worker.Verdict.Unable(var skills) -> {
                    missingSkills.found(fence.runId(), ended.run.agentId(), skills, UNTIL_OFFERED_AGAIN);
                    announcer.announce();
                    var outcome = Outcome.Snoozed.notStarted(UNTIL_OFFERED_AGAIN);
                    settled.add(new Ended(fence, ended.run.agentId(), outcome, result.ran(), result.endedNanos()));
                }
                case Worker.Verdict.Stopped(var reason) -> {
                    switch (reason) {
                        case DRAIN -> {
                            said.addAll(lastSaid);
                            handBack.add(fence);
                        }
                        case LOST -> forgotten.add(fence);
                    }
                }
            }
        }
        if (!said.isEmpty()) {
            // Another attempt may go on from there.
            settler.tell(new Settler.ReportSteps(said));
        }
        if (!settled.isEmpty()) {
            settler.tell(new Settler.Settle(settled));
        }
        if (!handBack.isEmpty()) {
            handBacks.handBack(handBack);
        }
        if (!forgotten.isEmpty()) {
            forgotten.forEach(fence -> settler.tell(new Settler.Forget(fence)));
            announcer.free(forgotten, false);
        }
    }
}
