package com.agenticverz.nova.settle;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Outcome;
import java.time.Duration;

/**
 * An attempt that is over.
 *
 * @param fence what the settlement must still find
 * @param agentId who the run belongs to
 * @param outcome what to write
 * @param ran how long it took
 * @param endedNanos when it ended, by the node's monotonic clock
 */
public record Ended(Fence fence, String agentId, Outcome outcome, Duration ran, long endedNanos) {

    /**
     * What is left of a time that began when it ended: less what the database was away since. Who sleeps is to wake when it
     * was to.
     */
    Duration left(Duration duration, long nowNanos) {
        var left = duration.minusNanos(Math.max(0, nowNanos - endedNanos));
        return left.isNegative() ? Duration.ZERO : left;
    }
}
