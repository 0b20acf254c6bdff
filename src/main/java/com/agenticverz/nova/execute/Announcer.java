package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Fence;
import java.time.Duration;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * Tells the poller what this node can take, which runs are no longer in flight, and when the next one is due. Not
 * thread-safe; owned by the pool.
 */
final class Announcer {

    private final WorkerPool.Parts parts;
    private final ActorRef<WorkerPool.Command> pool;
    private final Room room;
    private final Workload workload;
    private final Arrivals arrivals;
    private final MissingSkills missingSkills;
    private final FreedRuns freed = new FreedRuns();
    private @Nullable Long dueNanos;
    private boolean announcing;

    Announcer(
            WorkerPool.Parts parts,
            ActorRef<WorkerPool.Command> pool,
            Room room,
            Workload workload,
            Arrivals arrivals,
            MissingSkills missingSkills) {
        this.parts = parts;
        this.pool = pool;
        this.room = room;
        this.workload = workload;
        this.arrivals = arrivals;
        this.missingSkills = missingSkills;
    }

    /** These runs are no longer in flight. */
    void free(List<Fence> fences, boolean requeued) {
        freed.add(fences, requeued);
        announce();
    }

    /** These runs are marked: no longer in flight, but still executed. */
    void marked(List<Fence> fences) {
        freed.addMarked(fences);
        announce();
    }

    /** A run that sleeps, or waits for its next attempt, is due in that time. */
    void due(Duration in) {
        long at = parts.nanoTime().getAsLong() + in.toNanos();
        dueNanos = dueNanos == null || at - dueNanos < 0 ? Long.valueOf(at) : dueNanos;
        announce();
    }

    /** Coalesced: what changes while messages wait goes out in one. */
    void announce() {
        if (!announcing) {
            announcing = true;
            pool.tell(WorkerPool.Announce.NOW);
        }
    }

    /**
     * Tells it now.
     *
     * @param takesNothing whether nothing new is taken
     */
    void tellDemand(Crew crew, boolean takesNothing) {
        announcing = false;
        long now = parts.nanoTime().getAsLong();
        var news = freed.take();
        int idle = crew.idle();
        int notBegun = Math.max(0, workload.active().size() - crew.busy());
        int taken = workload.waiting().size() + notBegun + arrivals.unread();
        int left = takesNothing ? 0 : room.left(idle, taken, now);
        parts.poller()
                .accept(new Demand(
                        parts.node(),
                        parts.memberUid(),
                        pool.narrow(),
                        left,
                        Math.clamp(idle - taken, 0, left),
                        arrivals.last(),
                        news.fences(),
                        news.requeued(),
                        room.databaseSilent(now).toMillis(),
                        dueNanos == null
                                ? null
                                : Duration.ofNanos(Math.max(0, dueNanos - now)).toMillis(),
                        news.marked(),
                        missingSkills.take()));
        dueNanos = null;
        if (!freed.isEmpty()) {
            announce();
        }
    }
}
