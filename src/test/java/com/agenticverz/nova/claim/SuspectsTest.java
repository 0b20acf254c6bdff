package com.agenticverz.nova.claim;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.store.Holder;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SuspectsTest {

    private static final Duration A_MOMENT = Duration.ofMillis(1);

    private final Suspects suspects = new Suspects();
    private final UUID node = UUID.randomUUID();
    private final UUID other = UUID.randomUUID();

    /** Close to the overflow, where a careless comparison goes wrong. */
    private final long start = Long.MAX_VALUE - Suspects.WATCHED.toNanos() / 2;

    @Test
    void aSilentNodeIsGoneOnceTheDatabaseHasAnsweredLongEnough() {
        for (int i = 0; i <= 3; i++) {
            assertThat(gone(Duration.ofSeconds(i), silent(node))).isEmpty();
        }
        assertThat(gone(Suspects.WATCHED.minus(A_MOMENT), silent(node))).isEmpty();
        assertThat(gone(Suspects.WATCHED, silent(node))).containsExactly(node);
    }

    @Test
    void aNodeThatFallsSilentLaterIsGoneOnceThatIsConfirmed() {
        lookEverySecondFor(10);

        assertThat(gone(Duration.ofSeconds(11), silent(node))).isEmpty();
        assertThat(gone(Duration.ofSeconds(13), silent(node))).isEmpty();
        assertThat(gone(Duration.ofSeconds(14), silent(node))).containsExactly(node);
    }

    @Test
    void aClockThatIsPutForwardKillsNobodyWhoRenewsTheirHeartbeat() {
        lookEverySecondFor(10);

        assertThat(gone(Duration.ofSeconds(11), silent(node))).isEmpty();
        assertThat(gone(Duration.ofSeconds(13), holder(node, Duration.ofSeconds(1))))
                .isEmpty();
        assertThat(gone(Duration.ofSeconds(15), silent(node))).isEmpty();
    }

    @Test
    void aHeartbeatOfJustThatAgeIsNotSilence() {
        lookEverySecondFor(10);

        assertThat(gone(Duration.ofSeconds(11), new Holder(node, null, Suspects.SILENCE)))
                .isEmpty();
        assertThat(gone(Duration.ofSeconds(14), new Holder(node, null, Suspects.SILENCE)))
                .isEmpty();
    }

    @Test
    void aNodeThatSpeaksIsNeverGone() {
        for (int i = 0; i < 100; i++) {
            long now = start + Duration.ofSeconds(i).toNanos();
            assertThat(suspects.gone(List.of(silent(node), holder(other, null)), Set.of(node, other), now))
                    .isEmpty();
        }
    }

    @Test
    void afterAnOutageEverybodyIsGivenTimeToRenewTheirHeartbeat() {
        lookEverySecondFor(10);

        suspects.databaseAway();

        assertThat(gone(Duration.ofSeconds(12), silent(node), silent(other))).isEmpty();
        assertThat(gone(Duration.ofSeconds(14), silent(node), silent(other))).isEmpty();
        assertThat(gone(Duration.ofSeconds(15), silent(node), silent(other))).isEmpty();
        assertThat(gone(Duration.ofSeconds(16), silent(node), silent(other))).containsExactly(node, other);
    }

    @Test
    void afterAGapBetweenTwoLooksToo() {
        lookEverySecondFor(10);

        assertThat(gone(Duration.ofSeconds(30), silent(node))).isEmpty();
        assertThat(gone(Duration.ofSeconds(32), silent(node))).isEmpty();
        assertThat(gone(Duration.ofSeconds(34), silent(node))).containsExactly(node);
    }

    @Test
    void aNodeWithoutARowHasTimeToPutItBack() {
        lookEverySecondFor(10);

        assertThat(gone(Duration.ofSeconds(11), holder(node, null))).isEmpty();
        assertThat(gone(Duration.ofSeconds(13), holder(node, null))).isEmpty();
        assertThat(gone(Duration.ofSeconds(15), holder(node, null))).containsExactly(node);
    }

    @Test
    void aNodeThatPutItsRowBackAndLosesItAgainHasThatTimeAgain() {
        lookEverySecondFor(10);
        gone(Duration.ofSeconds(11), holder(node, null));
        gone(Duration.ofSeconds(13), holder(node, Duration.ZERO));

        assertThat(gone(Duration.ofSeconds(15), holder(node, null))).isEmpty();
        gone(Duration.ofSeconds(17), holder(node, null));
        assertThat(gone(Duration.ofSeconds(19), holder(node, null))).containsExactly(node);
    }

    private void lookEverySecondFor(int seconds) {
        for (int i = 0; i <= seconds; i++) {
            assertThat(gone(Duration.ofSeconds(i))).isEmpty();
        }
    }

    private List<UUID> gone(Duration sinceStart, Holder... holders) {
        return suspects.gone(List.of(holders), Set.of(), start + sinceStart.toNanos());
    }

    private Holder silent(UUID node) {
        return holder(node, Suspects.SILENCE.plus(A_MOMENT));
    }

    private static Holder holder(UUID node, @Nullable Duration silent) {
        return new Holder(node, null, silent);
    }
}
