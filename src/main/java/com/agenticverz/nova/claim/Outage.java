package com.agenticverz.nova.claim;

import java.time.Duration;

/**
 * For how long the database has been away for the poller's node alone: no statement of the poller has succeeded, and
 * others have the database. When an outage of everybody ends, some have it back a moment earlier than others; that proves
 * nothing. Not thread-safe; owned by the poller.
 */
final class Outage {

    /** Longer than a node takes to notice that the database is back. */
    static final Duration LONG = Duration.ofSeconds(6);

    private boolean under;
    private long sinceNanos;

    /** A statement succeeded. */
    void over() {
        under = false;
    }

    /**
     * A statement failed.
     *
     * @param othersHaveIt whether the database answers other nodes
     */
    void goesOn(long nowNanos, boolean othersHaveIt) {
        if (under && othersHaveIt) {
            return;
        }
        under = othersHaveIt;
        sinceNanos = nowNanos;
    }

    /** Whether that has lasted {@link #LONG}. */
    boolean isLong(long nowNanos) {
        return under && nowNanos - sinceNanos >= LONG.toNanos();
    }
}
