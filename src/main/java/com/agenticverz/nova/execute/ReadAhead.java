package com.agenticverz.nova.execute;

import java.time.Duration;

/**
 * How many runs beyond its idle workers a pool asks for. By Little's law, what is consumed during the time that a claim
 * takes: rate × round trip. None when runs are long, because a run that waits here could have started elsewhere.
 */
final class ReadAhead {

    /** Each new measurement counts so much. */
    private static final double WEIGHT = 0.1;
    /** Runs longer than this many round trips are worth no read-ahead. */
    private static final double LONG_RUN_ROUND_TRIPS = 4;

    private double runNanos = Double.NaN;
    private double roundTripNanos = Double.NaN;

    void ran(Duration duration) {
        runNanos = smoothed(runNanos, duration.toNanos());
    }

    void claimed(Duration roundTrip) {
        roundTripNanos = smoothed(roundTripNanos, roundTrip.toNanos());
    }

    private static double smoothed(double before, double measured) {
        return Double.isNaN(before) ? measured : before + WEIGHT * (measured - before);
    }

    /** How many runs fit into this time; 0 until something was measured. */
    int runsWithin(Duration time) {
        return Double.isNaN(runNanos) ? 0 : (int) Math.min(Integer.MAX_VALUE, time.toNanos() / Math.max(runNanos, 1));
    }

    /** Runs to ask for beyond the idle workers, at most {@code most}; 0 until something was measured. */
    int runs(int concurrency, int most) {
        if (Double.isNaN(runNanos)
                || Double.isNaN(roundTripNanos)
                || runNanos > LONG_RUN_ROUND_TRIPS * roundTripNanos) {
            return 0;
        }
        return (int) Math.min(most, Math.ceil(concurrency * roundTripNanos / Math.max(runNanos, 1)));
    }
}
