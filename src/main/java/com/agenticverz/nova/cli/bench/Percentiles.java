package com.agenticverz.nova.cli.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Of a hundred samples, 50, 95 and 99 were at most so many milliseconds. */
record Percentiles(double p50, double p95, double p99) {

    /** Of samples in nanoseconds; at least one. Each percentile is one of the samples: the nearest rank. */
    static Percentiles ofNanos(long[] samples) {
        var sorted = LongStream.of(samples).sorted().toArray();
        return new Percentiles(atRank(sorted, 50), atRank(sorted, 95), atRank(sorted, 99));
    }

    private static double atRank(long[] sorted, int percent) {
        int rank = (int) Math.ceilDiv((long) sorted.length * percent, 100L);
        return sorted[rank - 1] / 1e6;
    }

    Map<String, @Nullable Object> json() {
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put("p50", Spread.rounded(p50, 3));
        json.put("p95", Spread.rounded(p95, 3));
        json.put("p99", Spread.rounded(p99, 3));
        return json;
    }
}
