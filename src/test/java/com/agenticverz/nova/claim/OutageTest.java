package com.agenticverz.nova.claim;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OutageTest {

    private final Outage outage = new Outage();

    /** Close to the overflow, where a careless comparison goes wrong. */
    private final long start = Long.MAX_VALUE - 1;

    @Test
    void withoutAFailureThereIsNone() {
        assertThat(outage.isLong(start)).isFalse();
    }

    @Test
    void itIsLongWhenStatementsHaveFailedForLong() {
        outage.goesOn(start, true);
        outage.goesOn(start + 5, true);

        assertThat(outage.isLong(start + Outage.LONG.toNanos() - 1)).isFalse();
        assertThat(outage.isLong(start + Outage.LONG.toNanos())).isTrue();
    }

    @Test
    void oneSuccessEndsIt() {
        outage.goesOn(start, true);
        outage.over();

        assertThat(outage.isLong(start + Outage.LONG.toNanos())).isFalse();
        outage.goesOn(start + Outage.LONG.toNanos(), true);
        assertThat(outage.isLong(start + Outage.LONG.toNanos() + 1)).isFalse();
    }

    @Test
    void anOutageForEverybodyIsNone() {
        outage.goesOn(start, false);
        outage.goesOn(start + Outage.LONG.toNanos(), false);

        assertThat(outage.isLong(start + Outage.LONG.toNanos())).isFalse();
    }

    /** The others have the database back a moment earlier. */
    @Test
    void itBeginsAnewWhereTheOthersHadLostTheDatabaseToo() {
        outage.goesOn(start, false);
        outage.goesOn(start + Outage.LONG.toNanos(), true);

        assertThat(outage.isLong(start + Outage.LONG.toNanos() + 1)).isFalse();
        assertThat(outage.isLong(start + 2 * Outage.LONG.toNanos())).isTrue();
    }

    @Test
    void itEndsWhenTheOthersLoseTheDatabaseToo() {
        outage.goesOn(start, true);
        outage.goesOn(start + Outage.LONG.toNanos() - 1, false);

        assertThat(outage.isLong(start + Outage.LONG.toNanos())).isFalse();
    }
}
