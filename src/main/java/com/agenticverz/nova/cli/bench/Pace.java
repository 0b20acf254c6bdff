package com.agenticverz.nova.cli.bench;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waits, on a thread that has nothing else to do. */
final class Pace {

    /** So much later than it came may the end of a wait be seen. */
    private static final Duration LOOK = Duration.ofMillis(1);

    private Pace() {}

    /** A moment, before another look at what is waited for. */
    static void moment() {
        LockSupport.parkNanos(LOOK.toNanos());
    }

    /** Until the monotonic clock says so. */
    static void until(long nanos) {
        for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
