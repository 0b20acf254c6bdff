package com.agenticverz.nova.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RatesTest {

    private static final long SECOND = 1_000_000_000;

    @Test
    void theMedianIsTheMiddleOneOrTheMeanOfTwo() {
        assertThat(new Spread(List.of(5.0, 1.0, 3.0)).median()).isEqualTo(3);
        assertThat(new Spread(List.of(5.0, 1.0, 3.0, 4.0)).median()).isEqualTo(3.5);
    }

    @Test
    void aRateSaysWhatItWasAndWhatARunCost() {
        var rates = new Rates(List.of(
                new Rate(100, SECOND, new Cost(1000, 500.0, 50_000.0)),
                new Rate(100, 2 * SECOND, new Cost(3000, 1500.0, 150_000.0)),
                new Rate(100, 4 * SECOND, new Cost(2000, 1000.0, 100_000.0))));
        assertThat(rates.json())
                .containsEntry("values", List.of(100.0, 50.0, 25.0))
                .containsEntry("median", 50.0)
                .containsEntry("min", 25.0)
                .containsEntry("max", 100.0)
                .containsEntry("nova_cpu_us_per_run", 20.0)
                .containsEntry("postgres_cpu_us_per_run", 10.0)
                .containsEntry("wal_bytes_per_run", 1000.0);
    }

    @Test
    void whatIsNotKnownOnceIsNotKnownInAll() {
        var known = new Rate(100, SECOND, new Cost(1000, 500.0, 50_000.0));
        var unknown = new Rate(100, SECOND, new Cost(1000, null, null));
        assertThat(new Rates(List.of(known, unknown)).json())
                .containsEntry("postgres_cpu_us_per_run", null)
                .containsEntry("wal_bytes_per_run", null)
                .containsEntry("nova_cpu_us_per_run", 10.0);
        assertThat(known.plus(unknown).cost()).isEqualTo(new Cost(2000, null, null));
    }

    @Test
    void portionsTogetherAreTheirRunsInTheirTime() {
        var fast = new Rate(100, SECOND, Cost.NONE);
        var slow = new Rate(100, 3 * SECOND, Cost.NONE);
        assertThat(Rate.NONE.plus(fast).plus(slow).perSecond()).isEqualTo(50);
    }
}
