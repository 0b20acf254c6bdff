package com.agenticverz.nova.execute;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RoomTest {

    private static final long START = Long.MAX_VALUE - 1000;
    private final Room room = new Room(4, 8, START);

    @Test
    void idleWorkersLessWhatWaitsForThem() {
        assertThat(room.left(4, 0, START)).isEqualTo(4);
        assertThat(room.left(4, 3, START)).isEqualTo(1);
        assertThat(room.left(1, 3, START)).isZero();
    }

    @Test
    void shortRunsAreReadAhead() {
        room.claimed(Duration.ofMillis(1));
        room.ran(Duration.ofMillis(1));

        // Four by Little's law, and as many again.
        assertThat(room.left(4, 0, START)).isEqualTo(4 + 8);
    }

    @Test
    void thereIsNoneBeforeHalfOfWhatWasReadAheadIsGone() {
        room.claimed(Duration.ofMillis(1));
        room.ran(Duration.ofMillis(1));

        assertThat(room.left(0, 5, START)).isZero();
        assertThat(room.left(0, 4, START)).isEqualTo(4);
        // A worker has nothing to do: that cannot wait.
        assertThat(room.left(1, 8, START)).isOne();
    }

    @Test
    void runsAreShortOnceNearlyAllHaveBeen() {
        assertThat(room.runsAreShort()).isFalse();
        for (int i = 0; i < 200; i++) {
            room.ran(Duration.ofNanos(999_999));
        }
        assertThat(room.runsAreShort()).isTrue();

        // On few cores a thread is made to wait now and then.
        room.ran(Duration.ofMillis(30));
        assertThat(room.runsAreShort()).isTrue();
        for (int i = 0; i < 20; i++) {
            room.ran(Duration.ofMillis(1));
        }
        assertThat(room.runsAreShort()).isFalse();
    }

    @Test
    void thereIsNoneWhileOutcomesAlreadyFillTheMemory() {
        room.settlerHasRoom(false);
        assertThat(room.left(4, 0, START)).isZero();
        room.settlerHasRoom(true);
        assertThat(room.left(4, 0, START)).isEqualTo(4);
    }

    @Test
    void thereIsNoneWhileTheDatabaseIsSilent() {
        long sixSeconds = START + Duration.ofSeconds(6).toNanos();

        assertThat(room.left(4, 0, sixSeconds)).isEqualTo(4);
        assertThat(room.left(4, 0, sixSeconds + 1)).isZero();
        assertThat(room.databaseSilent(sixSeconds)).isEqualTo(Duration.ofSeconds(6));

        room.databaseAnswered(sixSeconds);

        assertThat(room.left(4, 0, sixSeconds + 1)).isEqualTo(4);
    }
}
