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

    /** Of the drain that {@link Figure#BACKLOG} compares with. */
    static final int SMALL_BACKLOG = 10_000;

    /** So much of the large one is drained. */
    static final int DRAINED_OF_BACKLOG = 100_000;

    int of(Figure figure) {
        return jobs.getOrDefault(figure, 0);
    }
}
