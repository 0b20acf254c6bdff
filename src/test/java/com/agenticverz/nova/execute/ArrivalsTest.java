package com.agenticverz.nova.execute;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.execute.Arrivals.Arrival;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArrivalsTest {

    private final Arrivals arrivals = new Arrivals();

    @Test
    void aClaimIsTakenOnce() {
        assertThat(arrivals.arrived(7)).isEqualTo(Arrival.NEW);
        assertThat(arrivals.arrived(7)).isEqualTo(Arrival.AGAIN);
        assertThat(arrivals.came(7)).isTrue();
        assertThat(arrivals.came(8)).isFalse();
    }

    @Test
    void aClaimThatWasLetGoIsRefused() {
        arrivals.letGo(List.of(7L));

        assertThat(arrivals.came(7)).isFalse();
        assertThat(arrivals.arrived(7)).isEqualTo(Arrival.TOO_LATE);
        assertThat(arrivals.arrived(7)).isEqualTo(Arrival.AGAIN);
    }

    @Test
    void theLastClaimIsTheHighestThatCameOrWasLetGo() {
        assertThat(arrivals.last()).isZero();
        arrivals.arrived(7);
        arrivals.arrived(6);
        assertThat(arrivals.last()).isEqualTo(7);
        arrivals.letGo(List.of(9L, 8L));
        assertThat(arrivals.last()).isEqualTo(9);
    }

    @Test
    void whatIsReadOfAClaimThatWasLetGoMeanwhileIsDropped() {
        var one = new Assign(7, List.of(), 0, 3);
        var two = new Assign(8, List.of(), 0, 4);
        arrivals.reads(one);
        arrivals.reads(two);
        assertThat(arrivals.beingRead()).containsExactlyInAnyOrder(7L, 8L);
        assertThat(arrivals.unread()).isEqualTo(7);

        arrivals.letGo(List.of(7L));

        assertThat(arrivals.isReading(7)).isFalse();
        assertThat(arrivals.unread()).isEqualTo(4);
        assertThat(arrivals.read(7)).isNull();
        assertThat(arrivals.read(8)).isEqualTo(two);
        assertThat(arrivals.read(8)).isNull();
    }

    @Test
    void onlyTheLastThousandAreRemembered() {
        for (long claimId = 1; claimId <= 1001; claimId++) {
            arrivals.arrived(claimId);
        }

        assertThat(arrivals.came(1)).isFalse();
        assertThat(arrivals.came(2)).isTrue();
    }
}
