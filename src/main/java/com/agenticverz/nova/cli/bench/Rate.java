package com.agenticverz.nova.cli.bench;

/**
 * How fast some runs were.
 *
 * @param nanos the time that they took, all together
 */
record Rate(long runs, long nanos, Cost cost) {

    static final Rate NONE = new Rate(0, 0, Cost.NONE);

    double perSecond() {
        return runs * 1e9 / nanos;
    }

    Rate plus(Rate other) {
        return new Rate(runs + other.runs, nanos + other.nanos, cost.plus(other.cost));
    }
}
