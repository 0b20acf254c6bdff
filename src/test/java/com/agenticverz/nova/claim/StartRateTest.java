package com.agenticverz.nova.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.agenticverz.nova.store.Limit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StartRateTest {

    private static @Nullable StartRate rate(
            @Nullable Integer maxStarts, @Nullable Double perSeconds, @Nullable Integer burst) {
        return StartRate.of(new Limit(Limit.Kind.AGENT, "a", null, maxStarts, perSeconds, burst, null));
    }

    @ParameterizedTest
    @CsvSource({
        "50, 1, , 20e6, 5",
        // rounded up: never more than asked for
        "3, 1, , 333333334, 1",
        "70, 1, , 14285715, 7",
        "79, 1, , 12658228, 7",
        "1, 60, , 60e9, 1",
        "100, 60, , 6e8, 1",
        "50, 1, 1, 20e6, 1",
        "50, 1, 200, 20e6, 200",
        // the fastest and the slowest that the table allows
        "1000000, 0.001, , 1, 100000000",
        "1000000, 0.001, 1, 1, 1",
        "1, 31536000, , 31536e12, 1",
        "1, 31536000, 1000000, 31536e12, 1000000",
    })
    void oneStartInEachIntervalAndByDefaultATenthOfASecondAtOnce(
            int maxStarts, double perSeconds, @Nullable Integer burst, double intervalNanos, double bursts) {
        assertThat(rate(maxStarts, perSeconds, burst)).isEqualTo(new StartRate(intervalNanos, bursts));
    }

    @Test
    void withoutAPeriodThereIsNoRate() {
        assertThat(rate(null, null, null)).isNull();
    }

    @ParameterizedTest
    @CsvSource({"0, 1,", "-1, 1,", "1, 0,", "1, -1,", "1, NaN,", "1, Infinity,", "1, 1, 0"})
    void whatIsNoRateIsRefused(int maxStarts, double perSeconds, @Nullable Integer burst) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> rate(maxStarts, perSeconds, burst))
                .withMessageContaining("is no rate");
    }

    @Test
    void opensWhenOneOfTheBurstIsFullAgain() {
        var rate = new StartRate(100, 3);

        assertThat(rate.opensInNanos(0)).isZero();
        assertThat(rate.opensInNanos(200)).isZero();
        assertThat(rate.opensInNanos(201)).isEqualTo(1);
        assertThat(rate.opensInNanos(300)).isEqualTo(100);
        assertThat(rate.longestNanos()).isEqualTo(300);
    }
}
