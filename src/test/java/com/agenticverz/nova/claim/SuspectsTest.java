package com.agenticverz.nova.claim;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.store.Holder;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class SuspectsTest {

    private static final Duration A_MOMENT = Duration.ofMillis(1);

    private final Suspects suspects = new Suspects();
    private final UUID node = UUID.randomUUID();
    private final UUID other = UUID.randomUUID();

    /** Close to the overflow, where a careless comparison goes wrong. */
    private final long start = Long.MAX_VALUE - Suspects.WATCHED.toNanos() / 2;

    @Test
    void aSilentNodeIsGoneOnceItWasWatchedLongEnough() {
        assertThat(gone(Duration.ZERO, silent(node))).isEmpty();
        assertThat(gone(Suspects.WATCHED.minus(A_MOMENT), silent(node))).isEmpty();
        assertThat(gone(Suspects.WATCHED, silent(node))).containsExactly(node);
    }

    @Test
    void itStaysGoneUntilItIsRescued() {
        gone(Duration.ZERO, silent(node));
        gone(Suspects.WATCHED, silent(node));

        assertThat(gone(Suspects.WATCHED.plus(A_MOMENT), silent(node))).containsExactly(node);
        assertThat(gone(Suspects.WATCHED.multipliedBy(2))).isEmpty();
    }

    @Test
    void aHeartbeatOfJustThatAgeIsNotSilence() {
        var holder = new Holder(node, Suspects.SILENCE);

        gone(Duration.ZERO, holder);

        assertThat(gone(Suspects.WATCHED, holder)).isEmpty();
    }

    @Test
    void aNodeThatNeverHadARowIsSilent() {
        var holder = new Holder(node, null);

        assertThat(gone(Duration.ZERO, holder)).isEmpty();
        assertThat(gone(Suspects.WATCHED, holder)).containsExactly(node);
    }

    @Test
    void aHeartbeatInBetweenBeginsTheWatchAnew() {
        gone(Duration.ZERO, silent(node));
        gone(Duration.ofSeconds(2), new Holder(node, Duration.ofSeconds(1)));
        gone(Duration.ofSeconds(3), silent(node));

        assertThat(gone(Suspects.WATCHED, silent(node))).isEmpty();
        assertThat(gone(Suspects.WATCHED.plusSeconds(3), silent(node))).containsExactly(node);
    }

    @Test
    void aNodeThatSpeaksIsNeverGone() {
        for (int i = 0; i < 100; i++) {
            assertThat(suspects.gone(
                            List.of(silent(node)),
                            Set.of(node),
                            start + Duration.ofSeconds(i).toNanos()))
                    .isEmpty();
        }
    }

    @Test
    void aNodeThatFallsSilentIsWatchedFromThenOn() {
        suspects.gone(List.of(silent(node)), Set.of(node), start);

        assertThat(gone(Suspects.WATCHED, silent(node))).isEmpty();
        assertThat(gone(Suspects.WATCHED.multipliedBy(2), silent(node))).containsExactly(node);
    }

    @Test
    void anOutageBeginsEveryWatchAnew() {
        gone(Duration.ZERO, silent(node), silent(other));
        gone(Duration.ofSeconds(3), silent(node), silent(other));

        suspects.databaseAway();

        assertThat(gone(Duration.ofSeconds(4), silent(node), silent(other))).isEmpty();
        assertThat(gone(Duration.ofSeconds(7), silent(node), silent(other))).isEmpty();
        assertThat(gone(Duration.ofSeconds(8), silent(node), silent(other))).containsExactly(node, other);
    }

    @Test
    void eachNodeIsWatchedOnItsOwn() {
        gone(Duration.ZERO, silent(node));
        gone(Duration.ofSeconds(1), silent(node), silent(other));

        assertThat(gone(Duration.ofSeconds(4), silent(node), silent(other))).containsExactly(node);
        assertThat(gone(Duration.ofSeconds(5), silent(node), silent(other))).containsExactly(node, other);
    }

    private List<UUID> gone(Duration sinceStart, Holder... holders) {
        return suspects.gone(List.of(holders), Set.of(), start + sinceStart.toNanos());
    }

    private static Holder silent(UUID node) {
        return new Holder(node, Suspects.SILENCE.plus(A_MOMENT));
    }
}
