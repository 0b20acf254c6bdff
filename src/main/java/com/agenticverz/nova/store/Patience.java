package com.agenticverz.nova.store;

import java.time.Duration;

/**
 * How soon a statement may be repeated that walks over dead index entries. While a transaction stays open anywhere, none
 * of them can be cleaned up, and such a statement takes longer the more has been done since; so it gets a fixed share of
 * the time and no more. Not thread-safe.
 */
public final class Patience {

    /** A slow one may take one part of so many of the time. */
    public static final int SHARE = 20;

    private final Duration fast;
    private long endedNanos;
    private long restNanos;

    /**
     * With a statement that has not been made yet.
     *
     * @param fast one that takes no longer may be repeated at any time
     */
    public Patience(Duration fast) {
        this.fast = fast;
    }

    /** The statement has ended, and took so long. */
    public void ended(Duration took, long nowNanos) {
        endedNanos = nowNanos;
        restNanos = took.compareTo(fast) > 0 ? SHARE * took.toNanos() : 0;
    }

    /** Whether the last one was slow. */
    public boolean wasSlow() {
        return restNanos > 0;
    }

    /** Whether it may be repeated now. */
    public boolean isOver(long nowNanos) {
        return nowNanos - endedNanos >= restNanos;
    }
}
