package com.agenticverz.nova.claim;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.run.TestRuns;
import com.agenticverz.nova.store.ClaimResult;
import com.agenticverz.nova.store.InFlight;
import com.agenticverz.nova.store.Patience;
import com.agenticverz.nova.store.Position;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CursorTest {

    private static final int LIMIT = 2;

    private final AtomicLong nanos = new AtomicLong();
    private final Cursor cursor = new Cursor(nanos::get);

    @Test
    void theFirstClaimBeginsAtTheStart() {
        assertThat(cursor.wanted()).isTrue();
        assertThat(cursor.backlog()).isFalse();
        assertThat(cursor.position()).isEqualTo(Position.START);
        assertThat(cursor.inFlight()).isEmpty();
    }

    @Test
    void aFullBatchMovesOnBehindItsLastRun() {
        var batch = batch(1, LIMIT);

        claimed(batch);

        assertThat(cursor.wanted()).isTrue();
        assertThat(cursor.backlog()).isTrue();
        assertThat(cursor.position()).isEqualTo(batch.last());
    }

    @Test
    void aShortBatchFromTheStartIsTheEnd() {
        claimed(batch(1, LIMIT - 1));

        assertThat(cursor.wanted()).isFalse();
        assertThat(cursor.backlog()).isFalse();
        assertThat(cursor.position()).isEqualTo(Position.START);
    }

    @Test
    void aShortBatchFromFurtherOnLooksFromTheStartOnceMore() {
        claimed(batch(1, LIMIT));
        claimed(batch(2, LIMIT - 1));

        assertThat(cursor.wanted()).isTrue();
        assertThat(cursor.position()).isEqualTo(Position.START);

        empty();

        assertThat(cursor.wanted()).isFalse();
    }

    @Test
    void nothingFromTheStartIsTheEnd() {
        empty();

        assertThat(cursor.wanted()).isFalse();
        assertThat(cursor.backlog()).isFalse();
    }

    @Test
    void nothingFromFurtherOnLooksFromTheStartOnceMore() {
        claimed(batch(1, LIMIT));
        empty();

        assertThat(cursor.wanted()).isTrue();
        assertThat(cursor.backlog()).isFalse();
        assertThat(cursor.position()).isEqualTo(Position.START);
    }

    @Test
    void aWakeUpSendsItBackToTheStart() {
        claimed(batch(1, LIMIT));

        cursor.wake();

        assertThat(cursor.wanted()).isTrue();
        assertThat(cursor.position()).isEqualTo(Position.START);
    }

    @Test
    void whatIsClaimedIsInFlight() {
        var batch = batch(7, LIMIT);

        claimed(batch);

        assertThat(leftOut()).containsExactlyInAnyOrderElementsOf(fences(batch));
    }

    @Test
    void whatIsInFlightNeedNotBeLeftOutBehindIt() {
        claimed(batch(7, LIMIT));

        assertThat(cursor.inFlight()).isEmpty();
    }

    @Test
    void whatAnotherPollerClaimedIsAlwaysLeftOut() {
        var strange = new Fence(UUID.randomUUID(), 3, 0);
        cursor.correct(listed(List.of(strange)));
        claimed(batch(7, LIMIT));
        assertThat(cursor.inFlight()).contains(strange);

        cursor.correct(listed(List.of(strange)));
        assertThat(cursor.inFlight()).containsExactly(strange);

        cursor.freed(List.of(strange));
        assertThat(cursor.inFlight()).isEmpty();
    }

    // --- a start that is slow to look at

    @Test
    void aSlowLookFromTheStartIsNotRepeatedSoon() {
        var batch = slowBatch();

        cursor.wake();
        assertThat(cursor.wanted()).isTrue();
        // There is more behind the last one, and what is there now is older.
        assertThat(cursor.position()).isEqualTo(batch.last());

        pass(Cursor.FAST.plusMillis(1).multipliedBy(Patience.SHARE));
        cursor.wake();
        assertThat(cursor.position()).isEqualTo(Position.START);
    }

    @Test
    void meanwhileWhatWakesItIsLookedForALittleBeforeTheLastRun() {
        slowBatch();
        var end = batch(2, 1);
        claimed(end);

        assertThat(cursor.wanted()).isFalse();
        cursor.wake();

        assertThat(cursor.position()).isEqualTo(end.last().earlier(Cursor.LATE_COMMIT));
        assertThat(cursor.position()).isLessThan(end.last());
        assertThat(cursor.inFlight()).isNotEmpty();
        empty();
        assertThat(cursor.wanted()).isFalse();
    }

    @Test
    void aFastLookFromTheStartMayBeRepeatedAtOnce() {
        cursor.claiming();
        pass(Cursor.FAST);
        cursor.claimed(batch(1, LIMIT), LIMIT);

        cursor.wake();

        assertThat(cursor.position()).isEqualTo(Position.START);
    }

    private ClaimResult.Claimed slowBatch() {
        var batch = batch(1, LIMIT);
        cursor.claiming();
        pass(Cursor.FAST.plusMillis(1));
        cursor.claimed(batch, LIMIT);
        return batch;
    }

    private void pass(Duration duration) {
        nanos.addAndGet(duration.toNanos());
    }

    /** What a claim from the start leaves out. */
    private Collection<Fence> leftOut() {
        cursor.wake();
        return cursor.inFlight();
    }

    @Test
    void whatIsFreedIsNoLongerInFlight() {
        var batch = batch(7, LIMIT);
        claimed(batch);

        cursor.freed(List.of(fences(batch).getFirst()));

        assertThat(leftOut()).containsExactly(fences(batch).getLast());
    }

    @Test
    void whatIsFreedUnderAnEarlierClaimStaysInFlightUnderThisOne() {
        var batch = batch(7, 1);
        claimed(batch);
        var again = new ClaimResult.Claimed(8, batch.runs(), batch.last());
        claimed(again);

        cursor.freed(fences(batch));

        assertThat(cursor.inFlight()).containsExactlyElementsOf(fences(again));
    }

    @Test
    void theClaimsSayWhatIsInFlight() {
        claimed(batch(7, LIMIT));
        var id = UUID.randomUUID();

        cursor.correct(List.of(new InFlight(9, UUID.randomUUID(), id, 3)));

        assertThat(cursor.inFlight()).containsExactly(new Fence(id, 9, 3));
    }

    @Test
    void whatIsFreedWhileTheClaimsAreReadStaysFree() {
        var batch = batch(7, LIMIT);
        claimed(batch);
        var freed = fences(batch).getFirst();
        cursor.reading();

        cursor.freed(List.of(freed));
        cursor.correct(listed(fences(batch)));

        assertThat(leftOut()).containsExactly(fences(batch).getLast());
    }

    @Test
    void whatWasFreedBeforeTheClaimsWereReadIsWhatTheySay() {
        // They list it, so it was freed under another claim, or its node was wrong.
        var batch = batch(7, 1);
        claimed(batch);
        cursor.reading();
        cursor.freed(fences(batch));
        cursor.correct(List.of());

        cursor.reading();
        cursor.correct(listed(fences(batch)));

        assertThat(cursor.inFlight()).containsExactlyElementsOf(fences(batch));
    }

    /** Or else nearly all that is settled would be taken for a stranger's, and sent with each claim. */
    @Test
    void whatIsSettledOfAClaimOfOnesOwnIsFreeThoughTheClaimStillListsIt() {
        var batch = batch(7, LIMIT);
        claimed(batch);
        cursor.freed(List.of(fences(batch).getFirst()));

        cursor.reading();
        cursor.correct(listed(fences(batch)));

        assertThat(cursor.inFlight()).isEmpty();
        assertThat(leftOut()).containsExactly(fences(batch).getLast());
    }

    @Test
    void aRunThatIsInFlightAgainIsNotHeldUpByItsClaimOfBefore() {
        var batch = batch(7, LIMIT);
        claimed(batch);
        cursor.freed(fences(batch));
        var again = new ClaimResult.Claimed(8, batch.runs(), batch.last());
        claimed(again);

        cursor.reading();
        cursor.correct(Stream.concat(listed(fences(batch)).stream(), listed(fences(again)).stream())
                .toList());

        assertThat(leftOut()).containsExactlyInAnyOrderElementsOf(fences(again));
    }

    @Test
    void aReadThatFailedRemembersNothing() {
        var strange = new Fence(UUID.randomUUID(), 3, 0);
        cursor.reading();
        cursor.freed(List.of(strange));

        cursor.reading();
        cursor.correct(listed(List.of(strange)));

        assertThat(cursor.inFlight()).containsExactly(strange);
    }

    private static List<InFlight> listed(List<Fence> fences) {
        return fences.stream()
                .map(it -> new InFlight(it.claimId(), UUID.randomUUID(), it.runId(), it.attempts()))
                .toList();
    }

    @Test
    void aWakeUpDuringAClaimThatFindsNothingIsNotLost() {
        // What woke it may have come in after the statement had looked: it would wait for the whole poll interval.
        cursor.claiming();
        cursor.wake();
        cursor.empty();

        assertThat(cursor.wanted()).isTrue();
        assertThat(cursor.position()).isEqualTo(Position.START);
    }

    @Test
    void aWakeUpDuringAShortBatchIsNotLost() {
        cursor.claiming();
        cursor.wake();
        cursor.claimed(batch(1, LIMIT - 1), LIMIT);

        assertThat(cursor.wanted()).isTrue();
        assertThat(cursor.position()).isEqualTo(Position.START);
    }

    @Test
    void aWakeUpDuringAFullBatchSendsItBackToTheStart() {
        // What woke it may be more urgent than the whole batch.
        cursor.claiming();
        cursor.wake();
        cursor.claimed(batch(1, LIMIT), LIMIT);

        assertThat(cursor.wanted()).isTrue();
        assertThat(cursor.backlog()).isTrue();
        assertThat(cursor.position()).isEqualTo(Position.START);
    }

    @Test
    void aWakeUpCountsOnce() {
        cursor.claiming();
        cursor.wake();
        cursor.empty();
        empty();

        assertThat(cursor.wanted()).isFalse();
    }

    private void claimed(ClaimResult.Claimed batch) {
        cursor.claiming();
        cursor.claimed(batch, LIMIT);
    }

    private void empty() {
        cursor.claiming();
        cursor.empty();
    }

    private static ClaimResult.Claimed batch(long claimId, int runs) {
        var list = Stream.generate(TestRuns::run).limit(runs).toList();
        var createdAt = OffsetDateTime.parse("2026-01-01T00:00:00Z").plusSeconds(claimId);
        return new ClaimResult.Claimed(
                claimId, list, new Position(0, createdAt, list.getLast().id()));
    }

    private static List<Fence> fences(ClaimResult.Claimed batch) {
        return batch.runs().stream()
                .map((Run run) -> run.under(batch.claimId()))
                .toList();
    }
}
