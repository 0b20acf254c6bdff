package com.agenticverz.nova.claim;

import com.agenticverz.nova.store.Limit;
import org.jspecify.annotations.Nullable;

/**
 * Starts in a time, evenly spread but for a burst, by the generic cell rate algorithm (ITU-T I.371, the "virtual
 * scheduling algorithm"). All that it remembers is one moment, when everything is allowed again: each start moves that
 * on by an interval, and none may move it further than a burst of intervals from now. So within any time there are at
 * most a burst of starts and one for each interval of it.
 *
 * <p>Times are in nanoseconds, as doubles: a burst of starts of which one a year is allowed does not fit into a long,
 * and whole nanoseconds up to a hundred days are exact.
 *
 * @param intervalNanos from one start to the next in the long run; whole, rounded up, so that the rate is not exceeded
 * @param burst starts at once after a pause, at least 1
 */
record StartRate(double intervalNanos, double burst) {

    private static final double NANOS_PER_SECOND = 1e9;

    /** What a limit says; null: it does not bound starts. */
    static @Nullable StartRate of(Limit limit) {
        var maxStarts = limit.maxStarts();
        var perSeconds = limit.perSeconds();
        if (maxStarts == null || perSeconds == null) {
            return null;
        }
        var burst = limit.burst();
        // The table allows nothing else. As it is written, NaN is refused too.
        if (!(maxStarts >= 1
                && perSeconds > 0
                && perSeconds < Double.POSITIVE_INFINITY
                && (burst == null || burst >= 1))) {
            throw new IllegalArgumentException(
                    ("limit %s of kind %s: %s starts in %s seconds with a burst of %s is no rate; all of them must be positive;"
                                    + " the limits stay as they were")
                            .formatted(limit.pattern(), limit.kind(), maxStarts, perSeconds, burst));
        }
        return new StartRate(
                Math.ceil(perSeconds * NANOS_PER_SECOND / maxStarts),
                burst != null ? burst : Math.max(1, Math.floor(maxStarts / (10 * perSeconds))));
    }

    /** The longest that a bucket of this rate takes until it is full again. */
    double longestNanos() {
        return burst * intervalNanos;
    }

    /**
     * How long until the next start is allowed.
     *
     * @param fullInNanos how long until the bucket is full again
     * @return 0: now
     */
    double opensInNanos(double fullInNanos) {
        return Math.max(0, fullInNanos - (burst - 1) * intervalNanos);
    }
}
