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
        outage.goesOn(start);
        outage.goesOn(start + 5);

        assertThat(outage.isLong(start + Outage.LONG.toNanos() - 1)).isFalse();
        assertThat(outage.isLong(start + Outage.LONG.toNanos())).isTrue();
    }

    @Test
    void oneSuccessEndsIt() {
        outage.goesOn(start);
        outage.over();

        assertThat(outage.isLong(start + Outage.LONG.toNanos())).isFalse();
        outage.goesOn(start + Outage.LONG.toNanos());
        assertThat(outage.isLong(start + Outage.LONG.toNanos() + 1)).isFalse();
    }
}
