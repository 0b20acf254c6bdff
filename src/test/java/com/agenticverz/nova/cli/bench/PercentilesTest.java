package com.agenticverz.nova.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PercentilesTest {

    @Test
    void eachIsTheSampleThatSoManyOfAHundredDoNotExceed() {
        var oneToHundredMillis =
                LongStream.rangeClosed(1, 100).map(it -> 101 - it).map(it -> it * 1_000_000);
        assertThat(Percentiles.ofNanos(oneToHundredMillis.toArray())).isEqualTo(new Percentiles(50, 95, 99));
    }

    @Test
    void fewSamplesHaveTheLargestForTheHighOnes() {
        assertThat(Percentiles.ofNanos(new long[] {3_000_000, 1_000_000, 2_000_000}))
                .isEqualTo(new Percentiles(2, 3, 3));
        assertThat(Percentiles.ofNanos(new long[] {1_500_000})).isEqualTo(new Percentiles(1.5, 1.5, 1.5));
    }

    @Test
    void aProgramReadsThemByName() {
        assertThat(new Percentiles(1.23456, 2, 3).json())
                .containsExactly(entry("p50", 1.235), entry("p95", 2.0), entry("p99", 3.0));
    }
}
