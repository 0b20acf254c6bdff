package com.agenticverz.nova.settle;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.settle.Ledger.Marked;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LedgerTest {

    private final Ledger ledger = new Ledger();
    private final Fence first = new Fence(UUID.randomUUID(), 7, 0);
    private final Fence second = new Fence(UUID.randomUUID(), 7, 0);
    private final Fence other = new Fence(UUID.randomUUID(), 8, 3);

    @BeforeEach
    void twoClaims() {
        ledger.opened(7, List.of(first, second));
        ledger.opened(8, List.of(other));
    }

    @Test
    void aClaimIsFinishedWithTheLastOfItsRuns() {
        assertThat(ledger.finishedAfter(List.of())).isEmpty();
        assertThat(ledger.finishedAfter(List.of(first))).isEmpty();
        assertThat(ledger.finishedAfter(List.of(first, second))).containsExactly(7L);
        assertThat(ledger.finishedAfter(List.of(second, other, first))).containsExactly(7L, 8L);
    }

    @Test
    void askingChangesNothing() {
        ledger.finishedAfter(List.of(first, second));

        assertThat(ledger.finishedAfter(List.of(first))).isEmpty();
        assertThat(ledger.holds(first)).isTrue();
    }

    @Test
    void aMarkedRunNoLongerNeedsItsClaim() {
        ledger.marked(first, true);

        assertThat(ledger.finishedAfter(List.of(second))).containsExactly(7L);
        assertThat(ledger.holds(first)).isTrue();
        assertThat(ledger.marked(first)).isEqualTo(Marked.YES);
    }

    @Test
    void aMarkThatWasFencedOutChangesNothing() {
        ledger.marked(first, false);

        assertThat(ledger.marked(first)).isEqualTo(Marked.NO);
        assertThat(ledger.finishedAfter(List.of(second))).isEmpty();
    }

    @Test
    void aRunInDoubtStillNeedsItsClaim() {
        ledger.markInDoubt(other);

        assertThat(ledger.marked(other)).isEqualTo(Marked.IN_DOUBT);
        assertThat(ledger.finishedAfter(List.of())).isEmpty();
    }

    @Test
    void whatIsMarkedIsNeverInDoubtAgain() {
        ledger.marked(other, true);

        ledger.markInDoubt(other);

        assertThat(ledger.marked(other)).isEqualTo(Marked.YES);
    }

    @Test
    void aRunThatIsNotHeldIsNeitherInDoubtNorMarked() {
        ledger.forget(first);

        ledger.markInDoubt(first);
        ledger.marked(first, true);

        assertThat(ledger.holds(first)).isFalse();
        assertThat(ledger.marked(first)).isEqualTo(Marked.NO);
    }

    @Test
    void theSameRunUnderAnotherClaimIsAnotherOne() {
        var again = new Fence(first.runId(), 9, 0);
        ledger.opened(9, List.of(again));

        ledger.forget(again);

        assertThat(ledger.holds(first)).isTrue();
        assertThat(ledger.finishedAfter(List.of())).containsExactly(9L);
        assertThat(ledger.finishedAfter(List.of(second))).containsExactly(9L);
    }

    @Test
    void aFinishedClaimIsKnownUntilItsRowIsGone() {
        ledger.forget(other);

        assertThat(ledger.knows(8)).isTrue();
        assertThat(ledger.finishedAfter(List.of())).containsExactly(8L);

        ledger.closed(List.of(8L));

        assertThat(ledger.knows(8)).isFalse();
        assertThat(ledger.finishedAfter(List.of())).isEmpty();
    }

    @Test
    void aRunThatIsWrittenTwiceCountsOnce() {
        ledger.forget(first);

        assertThat(ledger.finishedAfter(List.of(first))).isEmpty();
        assertThat(ledger.finishedAfter(List.of(first, second))).containsExactly(7L);
    }
}
