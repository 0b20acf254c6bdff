package com.agenticverz.nova.claim;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.store.Patience;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class DueTest {

    private static final OffsetDateTime DONE_TO = OffsetDateTime.parse("2026-01-01T00:00:00Z");

    private final AtomicLong nanos = new AtomicLong();
    private final Due due = new Due(nanos::get);

    @Test
    void aFastLookIsAlwaysFromTheStart() {
        assertThat(due.from()).isEqualTo(OffsetDateTime.MIN);
        look(Cursor.FAST);

        assertThat(due.from()).isEqualTo(OffsetDateTime.MIN);
    }

    @Test
    void aSlowOneIsRepeatedLaterAndMeanwhileItGoesOnFromWhatIsDone() {
        var slow = Cursor.FAST.plusNanos(1);
        look(slow);
        assertThat(due.from()).isEqualTo(DONE_TO.minus(Cursor.LATE_COMMIT));

        nanos.addAndGet(slow.multipliedBy(Patience.SHARE - 1).toNanos());
        look(Duration.ofNanos(1));
        assertThat(due.from()).isEqualTo(DONE_TO.minus(Cursor.LATE_COMMIT));

        nanos.addAndGet(slow.toNanos());
        assertThat(due.from()).isEqualTo(OffsetDateTime.MIN);
    }

    private void look(Duration took) {
        due.promoting(due.from());
        nanos.addAndGet(took.toNanos());
        due.promoted(DONE_TO);
    }
}
