package com.agenticverz.nova.enqueue;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.store.CatchUp;
import com.agenticverz.nova.store.DueSchedule;
import com.agenticverz.nova.store.Tick;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TicksTest {

    private static final Instant TEN = Instant.parse("2030-01-31T10:00:00Z");

    @Test
    void aNewScheduleFirstLearnsItsNextTick() {
        assertThat(Ticks.of(schedule(null, CatchUp.LAST, 0), TEN.plusSeconds(1)))
                .containsExactly(new Tick(null, null, null, TEN.plusSeconds(60)));
    }

    /** Of a poller that came a day late: it is due at once, and then as its policy says. */
    @Test
    void theFirstTickIsThatAfterTheScheduleWasMadeAndNotAfterTheLook() {
        assertThat(Ticks.of(schedule(null, CatchUp.LAST, 0), TEN.plus(Duration.ofDays(1))))
                .containsExactly(new Tick(null, null, null, TEN.plusSeconds(60)));
    }

    @Test
    void beforeItsTickThereIsNothingToDo() {
        assertThat(Ticks.of(schedule(TEN, CatchUp.ALL, 0), TEN.minusNanos(1))).isEmpty();
    }

    @Test
    void atItsTickItHasARunAndMovesOn() {
        assertThat(Ticks.of(schedule(TEN, CatchUp.NONE, 0), TEN)).containsExactly(tick(0, 0, 1));
    }

    /** As long as a hand-over of the poller may take. */
    @Test
    void whatIsALittleLateIsNotMissedWhateverThePolicy() {
        assertThat(CatchUp.values())
                .allSatisfy(catchUp -> assertThat(Ticks.of(schedule(TEN, catchUp, 0), TEN.plusSeconds(60)))
                        .containsExactly(tick(0, 0, 1), tick(1, 1, 2)));
    }

    @Test
    void missedTicksAreLeftOutUnlessTheyAreCaughtUp() {
        var later = TEN.plus(Duration.ofMinutes(10)).plusSeconds(59);

        assertThat(Ticks.of(schedule(TEN, CatchUp.NONE, 0), later)).containsExactly(tick(0, 10, 11));
        assertThat(Ticks.of(schedule(TEN, CatchUp.LAST, 0), later)).containsExactly(tick(0, 10, 11));
        assertThat(Ticks.of(schedule(TEN, CatchUp.ALL, 0), later))
                .containsExactlyElementsOf(IntStream.rangeClosed(0, 10)
                        .mapToObj(it -> tick(it, it, it + 1))
                        .toList());
    }

    @Test
    void whereNoneIsInTimeThePolicyNoneOnlyMovesOnAndLastHasOneRun() {
        var hourly = new DueSchedule("s", "0 * * * *", "UTC", TEN, TEN, CatchUp.NONE, 0, null);
        var half = TEN.plus(Duration.ofMinutes(150));

        assertThat(Ticks.of(hourly, half)).containsExactly(new Tick(TEN, null, null, TEN.plus(Duration.ofHours(3))));
        assertThat(Ticks.of(new DueSchedule("s", "0 * * * *", "UTC", TEN, TEN, CatchUp.LAST, 0, null), half))
                .containsExactly(new Tick(TEN, TEN.plus(Duration.ofHours(2)), null, TEN.plus(Duration.ofHours(3))));
    }

    @Test
    void soManyAreCaughtUpAtMostTheNewestOnes() {
        var everySecond = new DueSchedule("s", "* * * * * *", "UTC", TEN, TEN, CatchUp.ALL, 0, null);
        var later = TEN.plus(Duration.ofDays(365));

        var ticks = Ticks.of(everySecond, later);

        assertThat(ticks).hasSize(Ticks.MOST_CAUGHT_UP);
        assertThat(ticks.getFirst()).isEqualTo(new Tick(TEN, later.minusSeconds(999), null, later.minusSeconds(998)));
        assertThat(ticks.getLast()).isEqualTo(new Tick(later, later, null, later.plusSeconds(1)));
    }

    @Test
    void eachStepExpectsWhatTheOneBeforeItLeaves() {
        for (var catchUp : CatchUp.values()) {
            var ticks = Ticks.of(schedule(TEN, catchUp, 30), TEN.plus(Duration.ofHours(3)));
            assertThat(ticks.getFirst().expected()).isEqualTo(TEN);
            for (int i = 1; i < ticks.size(); i++) {
                assertThat(ticks.get(i).expected()).isEqualTo(ticks.get(i - 1).next());
            }
        }
    }

    /** Somebody has set it by hand. */
    @Test
    void aTickThatTheExpressionDoesNotHaveIsATickToo() {
        var odd = TEN.plusMillis(1234);

        assertThat(Ticks.of(schedule(odd, CatchUp.LAST, 0), TEN.plusSeconds(2)))
                .containsExactly(new Tick(odd, odd, null, TEN.plusSeconds(60)));
    }

    @Test
    void jitterIsTheSameForTheSameTickAndSpreadOverTheWholeTime() {
        var due = IntStream.range(0, 1000)
                .mapToObj(it -> Ticks.dueAt(schedule(TEN, CatchUp.ALL, 30), TEN.plusSeconds(it))
                                .toEpochMilli()
                        - TEN.plusSeconds(it).toEpochMilli())
                .toList();

        assertThat(due).allSatisfy(it -> assertThat(it).isBetween(0L, 30_000L));
        assertThat(due.stream().mapToLong(it -> it).min().orElseThrow()).isLessThan(1_000);
        assertThat(due.stream().mapToLong(it -> it).max().orElseThrow()).isGreaterThan(29_000);
        assertThat(Stream.of(1, 2)
                        .map(_ -> Ticks.jitterMillis("nightly", TEN, 30_000))
                        .distinct())
                // Another Nova has to come to the same.
                .containsExactly(4_551L);
    }

    private static DueSchedule schedule(@Nullable Instant next, CatchUp catchUp, int jitterSeconds) {
        return new DueSchedule("s", "* * * * *", "UTC", next, TEN, catchUp, jitterSeconds, null);
    }

    private static Tick tick(int expected, int at, int next) {
        return new Tick(
                TEN.plus(Duration.ofMinutes(expected)),
                TEN.plus(Duration.ofMinutes(at)),
                null,
                TEN.plus(Duration.ofMinutes(next)));
    }
}
