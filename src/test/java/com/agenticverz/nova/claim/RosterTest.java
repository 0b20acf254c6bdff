package com.agenticverz.nova.claim;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.cluster.TestMembership;
import com.agenticverz.nova.execute.Assign;
import com.agenticverz.nova.execute.Demand;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.Test;

class RosterTest {

    private static final UUID A = new UUID(0, 0xa);
    private static final UUID B = new UUID(0, 0xb);

    private static final UUID C = new UUID(0, 0xc);

    private final TestMembership members = new TestMembership();
    private final Roster roster = new Roster(members.membership());
    private final ActorRef<Assign> pool = TestInbox.<Assign>create().getRef();

    @Test
    void nobodyHasRoomBeforeAnybodyHasSpoken() {
        assertThat(roster.next(true)).isEmpty();
        assertThat(roster.nodes()).isEmpty();
    }

    @Test
    void theNodeWithMostRoomIsNext() {
        heard(A, 3, 0);
        heard(B, 4, 0);

        assertThat(roster.next(true)).contains(new Roster.Candidate(B, pool, 4));
    }

    @Test
    void nodesWithTheSameRoomTakeTurns() {
        heard(A, 3, 0);
        heard(B, 3, 0);
        heard(C, 3, 0);

        assertThat(Set.of(turn(1), turn(2), turn(3))).hasSize(3);
        var first = turn(4);
        assertThat(List.of(turn(5), turn(6), turn(7)))
                .hasSize(3)
                .doesNotHaveDuplicates()
                .last()
                .isEqualTo(first);
    }

    /** Who is next; it has done its run when the next one comes. */
    private UUID turn(long claimId) {
        var next = roster.next(false).orElseThrow();
        roster.assigned(next.node(), claimId, 1);
        heard(next.node(), 3, claimId);
        return next.node();
    }

    @Test
    void theNewestWordOfANodeCounts() {
        heard(A, 3, 0);
        heard(A, 1, 0);

        assertThat(roster.next(true)).contains(new Roster.Candidate(A, pool, 1));
    }

    @Test
    void whatIsOnItsWayTakesRoom() {
        heard(A, 4, 0);

        roster.assigned(A, 1, 3);

        assertThat(roster.next(true)).contains(new Roster.Candidate(A, pool, 1));
    }

    @Test
    void aNodeWithoutRoomIsNotNext() {
        heard(A, 4, 0);
        heard(B, 0, 0);

        roster.assigned(A, 1, 4);

        assertThat(roster.next(true)).isEmpty();
    }

    @Test
    void aNodeThatLosesRoomMeanwhileIsNotNextEither() {
        heard(A, 4, 0);
        roster.assigned(A, 1, 4);

        heard(A, 2, 0);

        assertThat(roster.next(true)).isEmpty();
    }

    @Test
    void whatHasArrivedNoLongerTakesRoom() {
        heard(A, 4, 0);
        roster.assigned(A, 1, 3);

        heard(A, 4, 1);

        assertThat(roster.next(true)).contains(new Roster.Candidate(A, pool, 4));
    }

    @Test
    void whatWasSentAfterTheLastWordStillTakesRoom() {
        heard(A, 8, 0);
        roster.assigned(A, 1, 3);
        roster.assigned(A, 2, 2);

        heard(A, 5, 1);

        assertThat(roster.next(true)).contains(new Roster.Candidate(A, pool, 3));
    }

    @Test
    void anAssignmentThatNoClaimListsAnyMoreTakesNoRoom() {
        heard(A, 8, 0);
        roster.assigned(A, 1, 3);
        roster.assigned(A, 2, 2);

        roster.correct(Set.of(2L));

        assertThat(roster.next(true)).contains(new Roster.Candidate(A, pool, 6));
    }

    @Test
    void anAssignmentThatWasLostIsForgottenOnceALaterOneWasSeen() {
        heard(A, 8, 0);
        roster.assigned(A, 1, 3);
        roster.assigned(A, 2, 2);

        heard(A, 6, 2);

        assertThat(roster.next(true)).contains(new Roster.Candidate(A, pool, 6));
    }

    @Test
    void anAssignmentForANodeThatIsForgottenIsNobodys() {
        roster.assigned(A, 1, 3);

        heard(A, 4, 0);

        assertThat(roster.next(true)).contains(new Roster.Candidate(A, pool, 4));
    }

    @Test
    void aNodeThatFallsSilentIsForgotten() {
        roster.heard(demand(A, 4, 0), 1_000);
        roster.heard(demand(B, 3, 0), 2_000);

        roster.forgetSilent(2_000);

        assertThat(roster.nodes()).containsExactly(B);
        assertThat(roster.next(true)).contains(new Roster.Candidate(B, pool, 3));
    }

    @Test
    void theClockMayOverflow() {
        roster.heard(demand(A, 4, 0), Long.MAX_VALUE - 1);
        roster.heard(demand(B, 3, 0), Long.MIN_VALUE + 5);

        roster.forgetSilent(Long.MIN_VALUE + 1);

        assertThat(roster.nodes()).containsExactly(B);
    }

    // --- idle workers

    @Test
    void whereTheQueueIsShortIdleWorkersComeBeforeReadAhead() {
        heard(A, 12, 0, 0);
        heard(B, 4, 4, 0);

        assertThat(roster.next(false)).contains(new Roster.Candidate(B, pool, 4));
        assertThat(roster.next(true)).contains(new Roster.Candidate(A, pool, 12));
    }

    @Test
    void whereTheQueueIsShortNobodyReadsAheadWhatAnotherNodeCouldStartAtOnce() {
        heard(A, 12, 4, 0);
        heard(B, 11, 3, 0);

        assertThat(roster.next(false)).contains(new Roster.Candidate(A, pool, 4));
        assertThat(roster.next(true)).contains(new Roster.Candidate(A, pool, 12));
    }

    @Test
    void whatIsOnItsWayTakesIdleWorkersFirst() {
        heard(A, 12, 4, 0);
        heard(B, 11, 3, 0);

        roster.assigned(A, 1, 4);

        assertThat(roster.next(false)).contains(new Roster.Candidate(B, pool, 11));
    }

    @Test
    void whereNobodyIsIdleTheReadAheadIsFilled() {
        heard(A, 8, 0, 0);
        heard(B, 3, 0, 0);

        assertThat(roster.next(false)).contains(new Roster.Candidate(A, pool, 8));
    }

    @Test
    void aNodeThatClaimsToBeIdleWithoutRoomGetsNothing() {
        heard(A, 0, 4, 0);
        heard(B, 3, 0, 0);

        assertThat(roster.next(false)).contains(new Roster.Candidate(B, pool, 3));
    }

    // --- membership

    @Test
    void aMemberThatDoesNotAnswerIsForgottenAtOnceAndBackWithItsNextWordOnceItAnswers() {
        members.with(1);
        roster.heard(demand(A, 1), 0);
        members.unreachable(1);

        assertThat(roster.next(false)).isEmpty();
        assertThat(roster.nodes()).isEmpty();
        roster.heard(demand(A, 1), 0);
        assertThat(roster.next(false))
                .as("what it says meanwhile does not count")
                .isEmpty();
        members.reachable(1);
        assertThat(roster.next(false)).as("what it said before does not count").isEmpty();
        roster.heard(demand(A, 1), 0);

        assertThat(roster.next(false)).contains(new Roster.Candidate(A, pool, 4));
    }

    @Test
    void aNodeThatWasRemovedIsForgottenForGood() {
        members.with(1);
        roster.heard(demand(A, 1), 0);
        members.removed(1);

        assertThat(roster.next(false)).isEmpty();
        roster.heard(demand(A, 1), 0);

        assertThat(roster.next(false)).isEmpty();
        assertThat(roster.nodes()).isEmpty();
    }

    @Test
    void aNodeThatIsNotYetAMemberGetsWork() {
        members.with(1);
        roster.heard(demand(A, 2), 0);

        assertThat(roster.next(false)).contains(new Roster.Candidate(A, pool, 4));
    }

    @Test
    void aLateWordOfTheMemberThatANodeWasDoesNotMakeItForgotten() {
        members.with(1, 2);
        members.removed(1);
        roster.heard(demand(A, 2), 0);

        roster.heard(demand(A, 1), 0);

        assertThat(roster.next(false)).contains(new Roster.Candidate(A, pool, 4));
    }

    // --- who has the database

    @Test
    void theDatabaseAnswersOnlyOthersWhenAMemberThatAnswersHasHeardFromItLatelyAndThisNodeHasNot() {
        members.with(1, 2, 3);
        long silence = Roster.DATABASE_SILENCE.toMillis();
        roster.heard(silentDemand(A, 1, silence), 0);
        roster.heard(silentDemand(B, 2, silence), 0);
        assertThat(roster.databaseAnswersOnlyOthers(A, 0)).isFalse();

        roster.heard(silentDemand(B, 2, silence - 1), 0);
        assertThat(roster.databaseAnswersOnlyOthers(A, 0)).isTrue();
        assertThat(roster.databaseAnswersOnlyOthers(A, 1_000_000))
                .as("what it said is older by the time since")
                .isFalse();
        roster.heard(silentDemand(A, 1, silence - 1), 0);
        assertThat(roster.databaseAnswersOnlyOthers(A, 0))
                .as("this node has it too")
                .isFalse();
        roster.heard(silentDemand(A, 1, silence), 0);
        members.unreachable(2);
        assertThat(roster.databaseAnswersOnlyOthers(A, 0)).isFalse();

        roster.heard(silentDemand(C, 99, 0), 0);
        assertThat(roster.databaseAnswersOnlyOthers(A, 0)).as("no member").isFalse();
    }

    private Demand silentDemand(UUID node, long memberUid, long databaseSilentMillis) {
        return new Demand(
                node, memberUid, pool, 4, 4, 0, List.of(), false, databaseSilentMillis, null, List.of(), List.of());
    }

    private Demand demand(UUID node, long memberUid) {
        return new Demand(node, memberUid, pool, 4, 4, 0, List.of(), false, 0, null, List.of(), List.of());
    }

    private void heard(UUID node, int room, int idle, long lastClaimId) {
        roster.heard(
                new Demand(node, 7, pool, room, idle, lastClaimId, List.of(), false, 0, null, List.of(), List.of()), 0);
    }

    private void heard(UUID node, int room, long lastClaimId) {
        roster.heard(demand(node, room, lastClaimId), 0);
    }

    private Demand demand(UUID node, int room, long lastClaimId) {
        return new Demand(node, 7, pool, room, room, lastClaimId, List.of(), false, 0, null, List.of(), List.of());
    }
}
