package com.agenticverz.nova.execute;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ReadAheadTest {

    private final ReadAhead readAhead = new ReadAhead();

    @Test
    void nothingIsReadAheadBeforeBothTimesAreKnown() {
        assertThat(readAhead.runs(4, 8)).isZero();

        readAhead.ran(Duration.ofMillis(1));
        assertThat(readAhead.runs(4, 8)).isZero();

        readAhead.claimed(Duration.ofMillis(2));
        assertThat(readAhead.runs(4, 8)).isEqualTo(8);
    }

    @Test
    void asManyAreReadAheadAsWorkersUseUpDuringAClaim() {
        readAhead.ran(Duration.ofMillis(4));
        readAhead.claimed(Duration.ofMillis(3));

        assertThat(readAhead.runs(4, 100)).isEqualTo(3);
        assertThat(readAhead.runs(5, 100)).isEqualTo(4);
    }

    @Test
    void asManyFitIntoATimeAsTheyHaveLatelyTaken() {
        assertThat(readAhead.runsWithin(Duration.ofMillis(1))).isZero();

        readAhead.ran(Duration.ofNanos(300_000));
        assertThat(readAhead.runsWithin(Duration.ofMillis(1))).isEqualTo(3);

        for (int i = 0; i < 1000; i++) {
            readAhead.ran(Duration.ZERO);
        }
        assertThat(readAhead.runsWithin(Duration.ofHours(1))).isPositive();
    }

    @Test
    void neverMoreThanTheMost() {
        readAhead.ran(Duration.ZERO);
        readAhead.claimed(Duration.ofSeconds(5));

        assertThat(readAhead.runs(10_000, 8)).isEqualTo(8);
    }

    @Test
    void noneWhenRunsAreLong() {
        readAhead.ran(Duration.ofMillis(41));
        readAhead.claimed(Duration.ofMillis(10));

        assertThat(readAhead.runs(4, 8)).isZero();
    }

    @Test
    void noneWhenAClaimTakesNoTime() {
        readAhead.ran(Duration.ofMillis(1));
        readAhead.claimed(Duration.ZERO);

        assertThat(readAhead.runs(4, 8)).isZero();
    }

    @Test
    void oneLongRunAmongShortOnesDoesNotEndIt() {
        readAhead.ran(Duration.ofMillis(1));
        readAhead.claimed(Duration.ofMillis(2));

        readAhead.ran(Duration.ofMillis(20));

        assertThat(readAhead.runs(4, 8)).isPositive();
    }

    @Test
    void whatLastsWins() {
        readAhead.ran(Duration.ofMillis(1));
        readAhead.claimed(Duration.ofMillis(2));

        for (int i = 0; i < 50; i++) {
            readAhead.ran(Duration.ofSeconds(1));
        }

        assertThat(readAhead.runs(4, 8)).isZero();
    }
}
