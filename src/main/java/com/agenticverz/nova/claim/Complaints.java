package com.agenticverz.nova.claim;

import com.agenticverz.nova.telemetry.Events;
import java.time.Duration;
import java.util.function.LongSupplier;

/** Says at a bounded rate what is wrong: an outage is one story, not one line for each attempt to end it. */
final class Complaints {

    private static final Duration BETWEEN_ERRORS = Duration.ofSeconds(5);
    private static final Duration BETWEEN_LISTEN_WARNINGS = Duration.ofMinutes(10);

    private final LongSupplier nanoTime;
    private long lastErrorNanos;
    private long lastListenNanos;

    Complaints(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        long now = nanoTime.getAsLong();
        this.lastErrorNanos = now - BETWEEN_ERRORS.toNanos();
        this.lastListenNanos = now - BETWEEN_LISTEN_WARNINGS.toNanos();
    }

    void pollFailed(String consequence, Throwable cause) {
        long now = nanoTime.getAsLong();
        if (now - lastErrorNanos >= BETWEEN_ERRORS.toNanos()) {
            lastErrorNanos = now;
            Events.pollFailed(consequence, cause);
        }
    }

    void listenUnavailable(String cause) {
        long now = nanoTime.getAsLong();
        if (now - lastListenNanos >= BETWEEN_LISTEN_WARNINGS.toNanos()) {
            lastListenNanos = now;
            Events.listenUnavailable(cause);
        }
    }
}
