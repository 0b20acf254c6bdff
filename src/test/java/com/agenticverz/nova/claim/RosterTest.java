package com.agenticverz.nova.claim;

import static org.assertj.core.api.Assertions.assertThat;

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

    private final Roster roster = new Roster();
    private final ActorRef<Assign> pool = TestInbox.<Assign>create().getRef();

    @Test
    void nobodyHasRoomBeforeAnybodyHasSpoken() {
        assertThat(roster.mostRoom()).isEmpty();
        assertThat(roster.nodes()).isEmpty();
    }

    @Test
    void theNodeWithMostRoomIsNext() {
        heard(A, 3, 0);
        heard(B, 4, 0);

        assertThat(roster.mostRoom()).contains(new Roster.Candidate(B, pool, 4));
    }

    @Test
    void ofSeveralWithTheSameRoomItIsTheSameEachTime() {
        heard(A, 3, 0);
        heard(B, 3, 0);
        var next = roster.mostRoom();

        heard(A, 3, 0);

        assertThat(roster.mostRoom()).isEqualTo(next).isPresent();
    }

    @Test
    void theNewestWordOfANodeCounts() {
        heard(A, 3, 0);
        heard(A, 1, 0);

        assertThat(roster.mostRoom()).contains(new Roster.Candidate(A, pool, 1));
    }

    @Test
    void whatIsOnItsWayTakesRoom() {
        heard(A, 4, 0);

        roster.assigned(A, 1, 3);

        assertThat(roster.mostRoom()).contains(new Roster.Candidate(A, pool, 1));
    }

    @Test
    void aNodeWithoutRoomIsNotNext() {
        heard(A, 4, 0);
        heard(B, 0, 0);

        roster.assigned(A, 1, 4);

        assertThat(roster.mostRoom()).isEmpty();
    }

    @Test
    void aNodeThatLosesRoomMeanwhileIsNotNextEither() {
        heard(A, 4, 0);
        roster.assigned(A, 1, 4);

        heard(A, 2, 0);

        assertThat(roster.mostRoom()).isEmpty();
    }

    @Test
    void whatHasArrivedNoLongerTakesRoom() {
        heard(A, 4, 0);
        roster.assigned(A, 1, 3);

        heard(A, 4, 1);

        assertThat(roster.mostRoom()).contains(new Roster.Candidate(A, pool, 4));
    }

    @Test
    void whatWasSentAfterTheLastWordStillTakesRoom() {
        heard(A, 8, 0);
        roster.assigned(A, 1, 3);
        roster.assigned(A, 2, 2);

        heard(A, 5, 1);

        assertThat(roster.mostRoom()).contains(new Roster.Candidate(A, pool, 3));
    }

    @Test
    void anAssignmentThatNoClaimListsAnyMoreTakesNoRoom() {
        heard(A, 8, 0);
        roster.assigned(A, 1, 3);
        roster.assigned(A, 2, 2);

        roster.correct(Set.of(2L));

        assertThat(roster.mostRoom()).contains(new Roster.Candidate(A, pool, 6));
    }

    @Test
    void anAssignmentThatWasLostIsForgottenOnceALaterOneWasSeen() {
        heard(A, 8, 0);
        roster.assigned(A, 1, 3);
        roster.assigned(A, 2, 2);

        heard(A, 6, 2);

        assertThat(roster.mostRoom()).contains(new Roster.Candidate(A, pool, 6));
    }

    @Test
    void anAssignmentForANodeThatIsForgottenIsNobodys() {
        roster.assigned(A, 1, 3);

        heard(A, 4, 0);

        assertThat(roster.mostRoom()).contains(new Roster.Candidate(A, pool, 4));
    }

    @Test
    void aNodeThatFallsSilentIsForgotten() {
        roster.heard(demand(A, 4, 0), 1_000);
        roster.heard(demand(B, 3, 0), 2_000);

        roster.forgetSilent(2_000);

        assertThat(roster.nodes()).containsExactly(B);
        assertThat(roster.mostRoom()).contains(new Roster.Candidate(B, pool, 3));
    }

    @Test
    void theClockMayOverflow() {
        roster.heard(demand(A, 4, 0), Long.MAX_VALUE - 1);
        roster.heard(demand(B, 3, 0), Long.MIN_VALUE + 5);

        roster.forgetSilent(Long.MIN_VALUE + 1);

        assertThat(roster.nodes()).containsExactly(B);
    }

    private void heard(UUID node, int room, long lastClaimId) {
        roster.heard(demand(node, room, lastClaimId), 0);
    }

    private Demand demand(UUID node, int room, long lastClaimId) {
        return new Demand(node, 7, pool, room, lastClaimId, List.of(), false, 0);
    }
}
