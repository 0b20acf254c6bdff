package com.agenticverz.nova.claim;

import java.time.Duration;

/** For how long no statement of the poller has succeeded. Not thread-safe; owned by the poller. */
final class Outage {

    /** Longer than heartbeats take to tell that the others have lost the database as well. */
    static final Duration LONG = Duration.ofSeconds(6);

    private boolean under;
    private long sinceNanos;

    /** A statement succeeded. */
    void over() {
        under = false;
    }

    /** A statement failed. */
    void goesOn(long nowNanos) {
        if (!under) {
            under = true;
            sinceNanos = nowNanos;
        }
    }

    /** Whether statements have failed for {@link #LONG}, and none has succeeded since. */
    boolean isLong(long nowNanos) {
        return under && nowNanos - sinceNanos >= LONG.toNanos();
    }
}
