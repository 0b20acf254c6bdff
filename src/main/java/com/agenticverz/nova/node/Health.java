package com.agenticverz.nova.node;

import com.agenticverz.nova.console.Readiness;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** Whether this node takes runs: it is a member of the cluster, does not drain, its heartbeats reach the database, and it has workers. */
final class Health {

    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(10);

    private final LongSupplier nanoTime;
    private volatile Readiness said = Readiness.notReady("starting");
    private volatile long lastHeartbeatNanos;
    private volatile BooleanSupplier deaf = () -> false;

    Health(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** The node takes part from now on. */
    void joined() {
        heartbeat();
        said = Readiness.READY;
    }

    /** What says whether skills that do not end hold all workers of this life of the node. */
    void deafSkills(BooleanSupplier holdAllWorkers) {
        deaf = holdAllWorkers;
    }

    /** A heartbeat has reached the database. */
    void heartbeat() {
        lastHeartbeatNanos = nanoTime.getAsLong();
    }

    /** The node is out of the cluster, and on its way back. */
    void rejoining() {
        said = Readiness.notReady("rejoining the cluster");
    }

    /** The node takes no new runs from now on. */
    void draining() {
        said = Readiness.notReady("draining");
    }

    Readiness now() {
        var now = said;
        if (now.ready() && nanoTime.getAsLong() - lastHeartbeatNanos > LONGEST_SILENCE.toNanos()) {
            return Readiness.notReady("the database does not answer");
        }
        return now.ready() && deaf.getAsBoolean()
                ? Readiness.notReady("skills that ignore their interrupt hold all workers")
                : now;
    }
}
