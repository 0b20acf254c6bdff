package com.agenticverz.nova.claim;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.cluster.TestMembership;
import com.agenticverz.nova.store.Holder;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SuspectsTest {

    private static final Duration A_MOMENT = Duration.ofMillis(1);

    private static final long MEMBER = 7;
    private static final long ANOTHER = 8;

    private final TestMembership members = new TestMembership().with(MEMBER, ANOTHER);
    private final Suspects suspects = new Suspects(members.membership());
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

    // --- by membership

    @Test
    void aNodeThatTheClusterHasRemovedIsGoneAtOnce() {
        members.removed(MEMBER);

        assertThat(suspects.gone(List.of(member(Duration.ZERO)), Set.of(node), start))
                .as("at the first look, its heartbeat is fresh, and it still speaks")
                .containsExactly(node);
    }

    @Test
    void aMemberThatAnswersIsNotGoneHoweverOldItsHeartbeat() {
        for (int i = 0; i < 100; i++) {
            assertThat(gone(
                            Duration.ofSeconds(i),
                            member(Duration.ofSeconds(60 + i)),
                            new Holder(other, ANOTHER, null)))
                    .isEmpty();
        }
    }

    @Test
    void aMemberThatDoesNotAnswerIsLeftToTheClusterToDecideAbout() {
        members.unreachable(MEMBER);

        for (int i = 0; i < Suspects.UNDECIDED.toSeconds(); i++) {
            assertThat(gone(Duration.ofSeconds(i), member(Duration.ofSeconds(60 + i))))
                    .isEmpty();
        }
        members.removed(MEMBER);

        assertThat(gone(Suspects.UNDECIDED.minusMillis(1), member(Duration.ofSeconds(80))))
                .containsExactly(node);
    }

    @Test
    void whereTheClusterComesToNoDecisionSilenceDoes() {
        members.unreachable(MEMBER);
        lookEverySecondFor(Suspects.UNDECIDED.minusSeconds(1), member(Duration.ofSeconds(60)));

        assertThat(gone(Suspects.UNDECIDED.minusMillis(1), member(Duration.ofSeconds(80))))
                .isEmpty();
        assertThat(gone(Suspects.UNDECIDED, member(Duration.ofSeconds(80)))).containsExactly(node);
    }

    @Test
    void aMemberThatDoesNotAnswerAndHasLostItsRowIsGivenTheSameTime() {
        members.unreachable(MEMBER);
        assertThat(gone(Duration.ZERO, member(Duration.ofSeconds(60)))).isEmpty();
        lookEverySecondFor(Suspects.UNDECIDED.minusSeconds(1), holder(node, null));

        assertThat(gone(Suspects.UNDECIDED, holder(node, null))).containsExactly(node);
    }

    @Test
    void aMemberThatDoesNotAnswerButRenewsItsHeartbeatIsNotGone() {
        members.unreachable(MEMBER);

        lookEverySecondFor(Duration.ofSeconds(100), member(Duration.ofSeconds(2)));
    }

    @Test
    void theTimeForADecisionBeginsAnewWhenTheMemberHasAnswered() {
        members.unreachable(MEMBER);
        lookEverySecondFor(Duration.ofSeconds(19), member(Duration.ofSeconds(60)));
        members.reachable(MEMBER);
        gone(Duration.ofSeconds(20), member(Duration.ofSeconds(80)));
        members.unreachable(MEMBER);

        assertThat(gone(Duration.ofSeconds(21), member(Duration.ofSeconds(81)))).isEmpty();
        assertThat(gone(Duration.ofSeconds(23), member(Duration.ofSeconds(83)))).isEmpty();
    }

    @Test
    void theTimeForADecisionBeginsAnewAfterAnOutage() {
        members.unreachable(MEMBER);
        lookEverySecondFor(Duration.ofSeconds(19), member(Duration.ofSeconds(60)));
        suspects.databaseAway();

        assertThat(gone(Duration.ofSeconds(20), member(Duration.ofSeconds(80)))).isEmpty();
        assertThat(gone(Duration.ofSeconds(22), member(Duration.ofSeconds(82)))).isEmpty();
    }

    @Test
    void aClaimThatIsWrittenForANodeAfterItsRescueIsFoundAtOnce() {
        assertThat(gone(Duration.ZERO, member(Duration.ZERO))).isEmpty();
        members.removed(MEMBER);
        assertThat(gone(Duration.ofSeconds(1), member(Duration.ZERO))).containsExactly(node);
        assertThat(gone(Duration.ofSeconds(2))).isEmpty();

        // The rescue took its row.
        assertThat(gone(Duration.ofSeconds(3), holder(node, null))).containsExactly(node);
    }

    @Test
    void aNodeThatCameBackAsANewMemberIsNotTheOneThatWasRemoved() {
        members.removed(MEMBER);
        assertThat(gone(Duration.ZERO, member(Duration.ZERO))).containsExactly(node);

        assertThat(gone(Duration.ofSeconds(1), new Holder(node, ANOTHER, Duration.ofSeconds(60))))
                .isEmpty();
        assertThat(gone(Duration.ofSeconds(2), holder(node, null))).isEmpty();
    }

    @Test
    void whoWasNeverAMemberHereIsJudgedByItsHeartbeat() {
        var stranger = new Holder(node, 99L, Suspects.SILENCE.plus(A_MOMENT));
        lookEverySecondFor(10);

        assertThat(gone(Duration.ofSeconds(11), stranger)).isEmpty();
        assertThat(gone(Duration.ofSeconds(14), stranger)).containsExactly(node);
    }

    @Test
    void whoHasLeftTheClusterItselfSeesEverybodyRemovedAndRescuesNobody() {
        members.removed(MEMBER);
        members.removed(ANOTHER);

        for (int i = 0; i < 10; i++) {
            assertThat(gone(Duration.ofSeconds(i), member(Duration.ofSeconds(1))))
                    .isEmpty();
        }
    }

    private Holder member(Duration silent) {
        return new Holder(node, MEMBER, silent);
    }

    private void lookEverySecondFor(Duration time, Holder... holders) {
        for (int i = 0; i <= time.toSeconds(); i++) {
            assertThat(gone(Duration.ofSeconds(i), holders)).isEmpty();
        }
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
