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

        assertThat(room.left(4, 0, START)).isEqualTo(8);
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
