package com.agenticverz.nova.claim;

import com.agenticverz.nova.store.Patience;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.function.LongSupplier;

/**
 * From which moment on the poller looks for what is due. From the start as long as that is fast; else a little before what
 * is promoted already. What is due before that, because somebody changed it by hand, waits for the next look from the
 * start. Not thread-safe; owned by the poller.
 */
final class Due {

    private final LongSupplier nanoTime;
    private final Patience patience = new Patience(Cursor.FAST);
    private OffsetDateTime doneTo = OffsetDateTime.MIN;
    private boolean fromStart;
    private long promotingSinceNanos;

    Due(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    OffsetDateTime from() {
        return doneTo.equals(OffsetDateTime.MIN) || patience.isOver(nanoTime.getAsLong())
                ? OffsetDateTime.MIN
                : doneTo.minus(Cursor.LATE_COMMIT);
    }

    /** A promotion is under way, from that moment on. */
    void promoting(OffsetDateTime from) {
        fromStart = from.equals(OffsetDateTime.MIN);
        promotingSinceNanos = nanoTime.getAsLong();
    }

    /** What was due up to this moment is promoted. */
    void promoted(OffsetDateTime to) {
        doneTo = to;
        if (fromStart) {
            long now = nanoTime.getAsLong();
            patience.ended(Duration.ofNanos(now - promotingSinceNanos), now);
        }
    }
}
