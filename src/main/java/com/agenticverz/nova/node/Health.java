package com.agenticverz.nova.node;

import com.agenticverz.nova.console.Readiness;
import java.time.Duration;
import java.util.function.LongSupplier;

/** Whether this node takes runs: it is a member of the cluster, does not drain, and its heartbeats reach the database. */
final class Health {

    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(10);

    private final LongSupplier nanoTime;
    private volatile Readiness said = Readiness.notReady("starting");
    private volatile long lastHeartbeatNanos;

    Health(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** The node takes part from now on. */
    void joined() {
        heartbeat();
        said = Readiness.READY;
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
        return now.ready() && nanoTime.getAsLong() - lastHeartbeatNanos > LONGEST_SILENCE.toNanos()
                ? Readiness.notReady("the database does not answer")
                : now;
    }
}
