package com.agenticverz.nova.claim;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.store.Bucket;
import com.agenticverz.nova.store.Limit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BucketsTest {

    private static final Subject MAIL = new Subject(Limit.Kind.AGENT, "mail");
    private static final long SECOND = 1_000_000_000;
    private static final StartRate FIFTY = new StartRate(20_000_000, 5);
    private static final double YEAR = 31_536_000.0 * SECOND;

    private final Buckets buckets = new Buckets();

    private boolean isOpen(StartRate rate, long now) {
        return buckets.opensInNanos(MAIL, rate, now) == 0;
    }

    /** @return how many could be started at once */
    private int startAll(StartRate rate, long now) {
        int started = 0;
        while (isOpen(rate, now)) {
            buckets.spend(MAIL, rate, now);
            assertThat(++started).as("starts at once").isLessThan(1_100_000);
        }
        return started;
    }

    private void take(long now, long fullInMicros) {
        buckets.take(List.of(new Bucket(MAIL.kind(), MAIL.name(), fullInMicros)), now);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 12345, Long.MAX_VALUE - 10_000_000, Long.MAX_VALUE, Long.MIN_VALUE})
    void aBurstThenOneInEachInterval(long start) {
        long now = start;
        assertThat(startAll(FIFTY, now)).isEqualTo(5);
        assertThat(buckets.opensInNanos(MAIL, FIFTY, now)).isEqualTo(20_000_000);

        now += 19_999_999;
        assertThat(isOpen(FIFTY, now)).isFalse();
        assertThat(buckets.opensInNanos(MAIL, FIFTY, now)).isEqualTo(1);

        now += 1;
        assertThat(startAll(FIFTY, now)).isEqualTo(1);

        now += 70_000_000;
        assertThat(startAll(FIFTY, now)).isEqualTo(3);

        now += 3600 * SECOND;
        assertThat(startAll(FIFTY, now)).isEqualTo(5);
    }

    @Test
    void eachSubjectHasItsOwn() {
        startAll(FIFTY, 0);

        assertThat(buckets.opensInNanos(new Subject(Limit.Kind.SKILL, "mail"), FIFTY, 0))
                .isZero();
        assertThat(buckets.opensInNanos(new Subject(Limit.Kind.AGENT, "other"), FIFTY, 0))
                .isZero();
    }

    /** Over a minute of looking late by up to 60 ms, nothing is lost: the burst makes up for it. */
    @Test
    void whoLooksALittleLateLosesNothing() {
        var random = new Random(3);
        int started = 0;
        for (long now = 0; now < 60 * SECOND; now += 1 + random.nextInt(60_000_000)) {
            started += startAll(FIFTY, now);
        }
        assertThat(started).isBetween(2_997, 3_005);
    }

    @Test
    void aClockThatStandsStillAllowsABurst() {
        assertThat(startAll(FIFTY, 7)).isEqualTo(5);
        for (int i = 0; i < 100; i++) {
            assertThat(isOpen(FIFTY, 7)).isFalse();
        }
    }

    @Test
    void theFastestAndTheSlowestAreExact() {
        var fastest = new StartRate(1, 1);
        assertThat(startAll(fastest, 0)).isEqualTo(1);
        assertThat(startAll(fastest, 0)).isZero();
        assertThat(startAll(fastest, 1)).isEqualTo(1);

        var slowest = new StartRate(YEAR, 1);
        var other = new Buckets();
        other.spend(MAIL, slowest, 0);
        assertThat(other.opensInNanos(MAIL, slowest, (long) YEAR - 100)).isBetween(90.0, 110.0);
        assertThat(other.opensInNanos(MAIL, slowest, (long) YEAR + 10)).isZero();
    }

    /** It takes a million years until this one is full again: more than a long or a timestamp can say. */
    @Test
    void aBurstOfAMillionOfWhichOneAYearComesBack() {
        var rate = new StartRate(YEAR, 1_000_000);

        assertThat(startAll(rate, 0)).isBetween(999_999, 1_000_001);
        assertThat(buckets.opensInNanos(MAIL, rate, 0)).isBetween(1.0, YEAR * 1.001);
        assertThat(buckets.state(MAIL, 0).fullInMicros()).isEqualTo(Buckets.MOST_MICROS);
        assertThat(Buckets.MOST_MICROS).isLessThan(3_200_000_000_000_000_000L);
    }

    @Test
    void whatIsWrittenIsInMicrosecondsAndRoundedUp() {
        buckets.spend(MAIL, FIFTY, 0);

        assertThat(buckets.state(MAIL, 0)).isEqualTo(new Bucket(Limit.Kind.AGENT, "mail", 20_000));
        assertThat(buckets.state(MAIL, 1).fullInMicros()).isEqualTo(20_000);
        assertThat(buckets.state(MAIL, 1_000).fullInMicros()).isEqualTo(19_999);
        assertThat(buckets.state(MAIL, SECOND).fullInMicros()).isZero();
        assertThat(buckets.state(new Subject(Limit.Kind.KEY, "none"), 0).fullInMicros())
                .isZero();
    }

    // --- given back

    @Test
    void whatIsGivenBackAtOnceIsWorthAllOfIt() {
        for (int i = 0; i < 5; i++) {
            buckets.spend(MAIL, FIFTY, 100);
        }
        buckets.giveBack(MAIL, FIFTY, 100);
        buckets.giveBack(MAIL, FIFTY, 100);

        assertThat(startAll(FIFTY, 100)).isEqualTo(2);
    }

    @Test
    void whatHasComeBackByItselfIsWorthNothing() {
        var rate = new StartRate(SECOND, 1);
        buckets.spend(MAIL, rate, 0);
        buckets.spend(MAIL, rate, SECOND);

        buckets.giveBack(MAIL, rate, 0);

        assertThat(isOpen(rate, SECOND)).isFalse();
        assertThat(isOpen(rate, 2 * SECOND)).isTrue();
    }

    @Test
    void whatIsGivenBackTooOftenMakesNoMoreThanABurst() {
        buckets.spend(MAIL, FIFTY, 0);
        for (int i = 0; i < 10; i++) {
            buckets.giveBack(MAIL, FIFTY, 0);
        }
        buckets.giveBack(new Subject(Limit.Kind.KEY, "never started"), FIFTY, 0);

        assertThat(startAll(FIFTY, 0)).isEqualTo(5);
    }

    // --- the table

    @Test
    void whatTheTableSaysHoldsForANewPoller() {
        take(1_000, 100_000);

        assertThat(isOpen(FIFTY, 1_000)).isFalse();
        assertThat(startAll(FIFTY, 20_001_000)).isEqualTo(1);
    }

    @Test
    void theLaterMomentWins() {
        var rate = new StartRate(SECOND, 100);
        take(0, 50_000_000);
        take(0, 20_000_000);
        assertThat(buckets.state(MAIL, 0).fullInMicros()).isEqualTo(50_000_000);
        take(0, 60_000_000);
        assertThat(buckets.state(MAIL, 0).fullInMicros()).isEqualTo(60_000_000);
        assertThat(isOpen(rate, 0)).isTrue();
    }

    /** A claim takes a while, and the moment in the table is later by that. It must not cost a start at each reading. */
    @Test
    void theTableIsALittleBehindAndThatCostsNothing() {
        int started = 0;
        for (long now = 0; now < 60 * SECOND; now += 20_000_000) {
            started += startAll(FIFTY, now);
            take(now, buckets.state(MAIL, now).fullInMicros() + 15_000);
        }
        assertThat(started).isBetween(3_000, 3_005);
    }

    /** Written under one start a year; then the limit is changed to one a minute, which must not wait for a year. */
    @Test
    void aMomentThatAnotherRateHasWrittenIsNoFurtherThanThisOneAllows() {
        var rate = new StartRate(60.0 * SECOND, 1);
        int started = 0;
        for (long now = 0; now <= 600 * SECOND; now += SECOND) {
            take(now, (long) (YEAR / 1000) - now / 1000);
            started += startAll(rate, now);
        }
        assertThat(started).isEqualTo(10);
    }

    @Test
    void aRateThatIsRaisedCountsAtOnce() {
        startAll(new StartRate(YEAR, 1), 0);

        assertThat(buckets.opensInNanos(MAIL, FIFTY, 0)).isEqualTo(20_000_000);
        assertThat(startAll(FIFTY, 20_000_000)).isEqualTo(1);
    }

    // --- memory

    @Test
    void fullOnesAreForgotten() {
        long now = 0;
        for (int i = 0; i < 100_000; i++) {
            now += 1_000_000;
            buckets.spend(new Subject(Limit.Kind.KEY, "key-" + i), FIFTY, now);
            assertThat(buckets.size()).isLessThanOrEqualTo(1000);
        }
        // 20 ms each, one each millisecond
        assertThat(buckets.opensInNanos(new Subject(Limit.Kind.KEY, "key-99999"), new StartRate(2e7, 1), now))
                .isPositive();
    }

    @Test
    void thoseThatAreNotFullAreKept() {
        var rate = new StartRate(3600.0 * SECOND, 1);
        for (int i = 0; i < 10_000; i++) {
            buckets.spend(new Subject(Limit.Kind.KEY, "key-" + i), rate, i);
        }
        assertThat(buckets.size()).isEqualTo(10_000);
        for (int i = 0; i < 10_000; i++) {
            assertThat(buckets.opensInNanos(new Subject(Limit.Kind.KEY, "key-" + i), rate, 10_000))
                    .isPositive();
        }
    }

    // --- any operations

    /**
     * In any time between two starts there are at most a burst and one for each interval of it, whatever is given back,
     * and whenever another poller takes over. And as soon as it says that it opens, it does.
     */
    @ParameterizedTest
    @CsvSource({"20000000, 5", "1000000, 1", "333333334, 1", "7, 3", "60000000000, 10"})
    void neverMoreThanTheBurstAndTheRate(double intervalNanos, int burst) {
        var rate = new StartRate(intervalNanos, burst);
        var random = new Random(4);
        for (int round = 0; round < 50; round++) {
            var mine = new Buckets();
            // by an id, because several may be at the same moment
            var starts = new TreeMap<Integer, Long>();
            long now = random.nextLong();
            int id = 0;
            for (int i = 0; i < 400; i++) {
                now += (long) (random.nextInt(4) * random.nextDouble() * intervalNanos);
                double opensIn = mine.opensInNanos(MAIL, rate, now);
                if (opensIn > 0 && random.nextInt(3) == 0) {
                    now += (long) Math.ceil(opensIn);
                    assertThat(mine.opensInNanos(MAIL, rate, now)).isZero();
                } else if (opensIn > 0) {
                    continue;
                }
                mine.spend(MAIL, rate, now);
                starts.put(id++, now);
                if (random.nextInt(4) == 0) {
                    var back = new ArrayList<>(starts.keySet()).get(Math.max(0, starts.size() - 1 - random.nextInt(5)));
                    mine.giveBack(MAIL, rate, starts.remove(back));
                }
                if (random.nextInt(20) == 0) {
                    var next = new Buckets();
                    next.take(List.of(mine.state(MAIL, now)), now);
                    mine = next;
                }
            }
            assertThatNeverMore(new ArrayList<>(starts.values()), rate);
        }
    }

    private static void assertThatNeverMore(List<Long> starts, StartRate rate) {
        for (int from = 0; from < starts.size(); from++) {
            for (int to = from; to < starts.size(); to++) {
                double allowed = rate.burst() + Math.floor((starts.get(to) - starts.get(from)) / rate.intervalNanos());
                assertThat((double) (to - from + 1)).isLessThanOrEqualTo(allowed);
            }
        }
    }
}
