package com.agenticverz.nova.execute;

import com.agenticverz.nova.store.NodeControl;
import com.agenticverz.nova.telemetry.Events;

/**
 * What people want of this node while it runs: how many runs at once, and whether it takes any. It can all be taken back,
 * unlike {@link Draining}, after which nothing counts here any more. Until the first word the pool takes nothing: a node
 * that is to drain does not begin anew with each start. Not thread-safe; owned by the pool.
 */
final class Steering {

    private final WorkerPool.Parts parts;
    private final Crew crew;
    private final Room room;
    private final Workload workload;
    private final ClaimIntake intake;
    private final Draining draining;
    private final Announcer announcer;
    private boolean drained;

    Steering(
            WorkerPool.Parts parts,
            Crew crew,
            Room room,
            Workload workload,
            ClaimIntake intake,
            Draining draining,
            Announcer announcer) {
        this.parts = parts;
        this.crew = crew;
        this.room = room;
        this.workload = workload;
        this.intake = intake;
        this.draining = draining;
        this.announcer = announcer;
        parts.metrics().poolSize(crew.size());
    }

    /** A state, said again and again: what is so already changes nothing. */
    void steer(NodeControl wanted) {
        if (draining.hasBegun()) {
            return;
        }
        var concurrency = wanted.concurrency();
        resize(concurrency == null ? parts.settings().concurrency() : concurrency);
        drain(wanted.draining());
    }

    private void resize(int workers) {
        int before = crew.size();
        if (workers == before) {
            return;
        }
        // First, so that the carriers are there before the workers.
        parts.workers().abandoned().replacesUpTo(workers);
        Carriers.reserveFor(workers);
        crew.resize(workers);
        room.resize(workers);
        parts.metrics().poolSize(workers);
        Events.nodeResized(before, workers, crew.busy());
        announcer.announce();
    }

    private void drain(boolean wanted) {
        if (wanted != drained) {
            drained = wanted;
            if (wanted) {
                Events.nodeDraining(workload.active().size());
            } else {
                Events.nodeResumed();
            }
        }
        if (wanted && !intake.isRefusing()) {
            intake.refuse();
        } else if (!wanted && intake.isRefusing()) {
            intake.takeAgain();
        } else {
            return;
        }
        if (wanted) {
            draining.handBackWhatHasNotBegun();
        }
        announcer.announce();
    }
}
