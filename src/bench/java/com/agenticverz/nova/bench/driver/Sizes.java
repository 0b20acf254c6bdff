package com.agenticverz.nova.bench.driver;

import java.time.Duration;
import java.util.Map;

/**
 * How much of each figure is measured.
 *
 * @param jobs of each figure that is measured, in the order in which they are; of {@link Figure#START} the number of
 *     starts
 * @param warmUp jobs that are drained before, in the same process
 * @param limit for one step of a measurement, after which a contestant counts as stuck
 */
record Sizes(Map<Figure, Integer> jobs, int warmUp, Duration limit) {

    private static final int SMALL_BACKLOG = 10_000;
    private static final int DRAINED_OF_BACKLOG = 100_000;
    private static final int PORTIONS = 10;

    int of(Figure figure) {
        return jobs.getOrDefault(figure, 0);
    }

    /** How many are queued in the small drains that {@link Figure#BACKLOG} compares with. */
    int smallBacklog() {
        return Math.min(SMALL_BACKLOG, drainedOfBacklog());
    }

    /** How many are drained of many that are queued, and by one small drain after the other. */
    int drainedOfBacklog() {
        return Math.min(DRAINED_OF_BACKLOG, of(Figure.BACKLOG));
    }

    /** How many are queued and drained at a time while a snapshot is held: a tenth. */
    int portion() {
        return Math.max(1, of(Figure.PINNED) / PORTIONS);
    }
}
