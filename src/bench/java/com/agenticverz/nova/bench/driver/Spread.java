package com.agenticverz.nova.bench.driver;

import java.util.List;

/** One figure of several rounds. */
record Spread(double median, double least, double most) {

    /** Of at least one value. */
    static Spread of(List<Double> values) {
        var sorted = values.stream().sorted().toList();
        return new Spread(median(sorted), sorted.getFirst(), sorted.getLast());
    }

    /** The middle one; of an even number, the mean of the two in the middle. */
    static double median(List<Double> values) {
        var sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
