package com.agenticverz.nova.claim;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.cluster.TestMembership;
import com.agenticverz.nova.execute.Assign;
import com.agenticverz.nova.execute.Demand;
import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.TestRuns;
import com.agenticverz.nova.store.ClaimResult;
import com.agenticverz.nova.store.InFlight;
import com.agenticverz.nova.store.Policy;
import com.agenticverz.nova.store.Position;
import com.agenticverz.nova.store.Promotion;
import com.agenticverz.nova.store.Rescued;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.Test;

class TenureTest {

    private static final int BATCH_SIZE = 8;
    private static final OffsetDateTime NOW = OffsetDateTime.parse("2026-01-01T00:00:00Z");

    private final UUID node = UUID.randomUUID();
    private final ActorRef<Assign> pool = TestInbox.<Assign>create().getRef();
    private final Roster roster = new Roster(new TestMembership().membership());
    private final AtomicLong nanos = new AtomicLong();
    private final Tenure tenure = new Tenure(
            1, new PollerSettings(Duration.ofSeconds(2), BATCH_SIZE, Fairness.OFF, Duration.ZERO), roster, nanos::get);

    // --- the order of things

    @Test
    void aNewPollerReadsWhatIsInFlightThenClaimsAndOnlyThenPromotes() {
        roomFor(4);

        assertNext(Statement.ReadInFlight.class);
        tenure.read(List.of());
        tenure.claimedNothing(assertNext(Statement.ClaimNext.class));
        assertNext(Statement.Promote.class);
        tenure.promoted(new Promotion(0, null, NOW));
        assertNext(Statement.SayIdle.class);
    }

    @Test
    void aNewPollerThatNoNodeHasSpokenToPromotesMeanwhile() {
        assertNext(Statement.ReadInFlight.class);
        tenure.read(List.of());
        assertNext(Statement.Promote.class);
        tenure.promoted(new Promotion(0, null, NOW));
        assertNothing();

        roomFor(4);

        assertNext(Statement.ClaimNext.class);
    }

    @Test
    void oneStatementAtATime() {
        assertNext(Statement.ReadInFlight.class);
        roomFor(4);
        tenure.wake();
        tenure.poll();

        assertNothing();
    }

    @Test
    void whatIsDueIsPromotedBeforeTheNextClaim() {
        idle();

        tenure.poll();

        assertNext(Statement.Promote.class);
        tenure.promoted(new Promotion(1, null, NOW));
        assertNext(Statement.ClaimNext.class);
    }

    @Test
    void wherePromotionsAreManyClaimsAndPromotionsTakeTurns() {
        idle();
        tenure.poll();
        for (int i = 0; i < 3; i++) {
            assertNext(Statement.Promote.class);
            tenure.promoted(new Promotion(Tenure.PROMOTED_AT_ONCE, null, NOW));
            tenure.claimedNothing(assertNext(Statement.ClaimNext.class));
        }
    }

    @Test
    void nothingIsClaimedWithoutRoom() {
        idle();
        roomFor(0);

        tenure.wake();

        assertNothing();
    }

    @Test
    void neverMoreThanABatchAndNeverMoreThanThereIsRoomFor() {
        idle();
        roomFor(BATCH_SIZE + 5);
        tenure.wake();
        var first = assertNext(Statement.ClaimNext.class);
        assertThat(first.limit()).isEqualTo(BATCH_SIZE);
        tenure.claimed(first, batch(1, BATCH_SIZE));

        // There is a backlog: no insert needs to notify.
        assertThat(assertNext(Statement.SayIdle.class).idle()).isFalse();
        tenure.saidIdle(false);
        var second = assertNext(Statement.ClaimNext.class);

        assertThat(second.limit()).isEqualTo(5);
        // It goes on behind them.
        assertThat(second.inFlight()).isEmpty();
    }

    @Test
    void whatCameInBeforeItSaidThatItIsIdleIsLookedFor() {
        roomFor(4);
        assertNext(Statement.ReadInFlight.class);
        tenure.read(List.of());
        tenure.claimedNothing(assertNext(Statement.ClaimNext.class));
        assertNext(Statement.Promote.class);
        tenure.promoted(new Promotion(0, null, NOW));
        assertThat(assertNext(Statement.SayIdle.class).idle()).isTrue();
        tenure.saidIdle(true);

        tenure.claimedNothing(assertNext(Statement.ClaimNext.class));
        assertNothing();
    }

    // --- what comes in meanwhile

    @Test
    void runsThatWereHandedBackAreClaimedAtOnce() {
        idle();

        tenure.heard(demand(4, List.of(new Fence(UUID.randomUUID(), 3, 0)), true));

        assertNext(Statement.ClaimNext.class);
    }

    @Test
    void runsThatEndedAreNoReasonToLook() {
        idle();

        tenure.heard(demand(4, List.of(new Fence(UUID.randomUUID(), 3, 0)), false));

        assertNothing();
    }

    @Test
    void aRescueDuringTheReadIsReadOnceMore() {
        // What was put back is still in the listing, and would be left out until the next correction.
        idle();
        tenure.correct();
        assertNext(Statement.ReadInFlight.class);
        tenure.broughtBack(new Rescued(List.of(), List.of()));
        tenure.read(List.of(new InFlight(3, node, UUID.randomUUID(), 0)));

        assertNext(Statement.ReadInFlight.class);
        tenure.read(List.of());

        assertThat(assertNext(Statement.ClaimNext.class).inFlight()).isEmpty();
    }

    @Test
    void whatBecomesDueDuringAPromotionIsPromotedToo() {
        idle();
        tenure.poll();
        assertNext(Statement.Promote.class);
        tenure.promote();
        tenure.promoted(new Promotion(0, null, NOW));

        assertNext(Statement.Promote.class);
    }

    /** It walks over the dead index entries of what has expired before. */
    @Test
    void anExpiryThatWasSlowIsNotSoonRepeatedAndThenNotBeforeAClaim() {
        idle();
        tenure.correct();
        untilA(Statement.Expire.class);
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        tenure.expired(0);

        nanos.addAndGet(Duration.ofSeconds(19).toNanos());
        tenure.correct();
        assertThat(untilNothing()).doesNotHaveAnyElementsOfTypes(Statement.Expire.class);
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        tenure.wake();

        untilA(Statement.ClaimNext.class);
        tenure.claimed(claimOf(4), batch(1, 4));
        assertThat(untilNothing()).hasAtLeastOneElementOfType(Statement.Expire.class);
    }

    @Test
    void howFarRatesAreUsedUpIsReadOnceAndSeldomAgain() {
        assertThat(tenure.next()).contains(new Statement.ReadPolicy(true));
        tenure.policyRead(Policy.NONE);
        tenure.policyChanged();
        untilNothing();
        tenure.policyChanged();
        assertThat(tenure.next()).contains(new Statement.ReadPolicy(false));
        tenure.policyRead(Policy.NONE);
        nanos.addAndGet(Duration.ofMinutes(10).toNanos());
        tenure.policyChanged();
        assertThat(tenure.next()).contains(new Statement.ReadPolicy(true));
        tenure.failed();
        tenure.rested();
        assertThat(tenure.next()).contains(new Statement.ReadPolicy(true));
    }

    // --- failure

    /** Somebody may have locked what was said before; claims must not wait for that. */
    @Test
    void whereItCannotBeSaidWhatRunsWaitForThatIsTriedAgainAtTheNextCorrection() {
        idle();
        tenure.correct();
        untilA(Statement.SayWaits.class);

        tenure.failed();
        tenure.rested();
        tenure.wake();

        assertThat(untilNothing())
                .hasAtLeastOneElementOfType(Statement.ClaimNext.class)
                .doesNotHaveAnyElementsOfTypes(Statement.SayWaits.class);
        tenure.correct();
        untilA(Statement.SayWaits.class);
    }

    private Statement.ClaimNext claimOf(int runs) {
        return new Statement.ClaimNext(roster.next(false).orElseThrow(), runs, Position.START, List.of());
    }

    private void untilA(Class<? extends Statement> type) {
        for (var next = tenure.next(); !type.isInstance(next.orElseThrow()); next = tenure.next()) {
            answer(next.get());
        }
    }

    private List<Statement> untilNothing() {
        var made = new ArrayList<Statement>();
        for (var next = tenure.next(); next.isPresent(); next = tenure.next()) {
            made.add(next.get());
            answer(next.get());
        }
        return made;
    }

    /** There was nothing to do. */
    private void answer(Statement statement) {
        switch (statement) {
            case Statement.ReadPolicy _ -> tenure.policyRead(Policy.NONE);
            case Statement.Expire _ -> tenure.expired(0);
            case Statement.SayWaits _ -> tenure.saidWaits();
            case Statement.ReadInFlight _ -> tenure.read(List.of());
            case Statement.Promote _ -> tenure.promoted(new Promotion(0, null, NOW));
            case Statement.SayIdle(var idle) -> tenure.saidIdle(idle);
            case Statement.ClaimNext claim -> tenure.claimedNothing(claim);
            default -> throw new AssertionError(statement);
        }
    }

    @Test
    void afterAFailureItRestsLongerEachTimeAndThenReadsWhatWasWrittenAllTheSame() {
        var rests = Stream.generate(() -> {
                    assertNext(Statement.ReadInFlight.class);
                    var rest = tenure.failed();
                    assertNothing();
                    tenure.rested();
                    return rest;
                })
                .limit(6)
                .toList();

        assertThat(rests)
                .containsExactly(
                        Duration.ofMillis(200),
                        Duration.ofMillis(400),
                        Duration.ofMillis(800),
                        Duration.ofMillis(1600),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(2));
        assertNext(Statement.ReadInFlight.class);
        tenure.read(List.of());
        assertNext(Statement.Promote.class);
        assertThat(tenure.failed()).isEqualTo(Duration.ofMillis(200));
    }

    @Test
    void aPromotionThatFailedIsTriedAgain() {
        idle();
        tenure.poll();
        assertNext(Statement.Promote.class);

        tenure.failed();
        tenure.rested();

        assertNext(Statement.ReadInFlight.class);
        tenure.read(List.of());
        assertNext(Statement.Promote.class);
    }

    @Test
    void aClaimThatFailsIsHalfAsLargeTheNextTime() {
        idle();
        roomFor(BATCH_SIZE);
        tenure.wake();
        assertThat(assertNext(Statement.ClaimNext.class).limit()).isEqualTo(BATCH_SIZE);
        assertThat(tenure.isClaiming()).isTrue();

        tenure.failed();
        assertThat(tenure.isClaiming()).isFalse();
        tenure.rested();
        assertNext(Statement.ReadInFlight.class);
        tenure.read(List.of());

        assertThat(assertNext(Statement.ClaimNext.class).limit()).isEqualTo(BATCH_SIZE / 2);
    }

    @Test
    void whatWasFetchedIsCountedOnce() {
        idle();
        tenure.wake();
        tenure.claimed(assertNext(Statement.ClaimNext.class), batch(1, 3));

        assertThat(tenure.fetched()).isEqualTo(3);
        assertThat(tenure.fetched()).isZero();
    }

    /** With room, nothing to claim, and that said. */
    private void idle() {
        roomFor(4);
        while (true) {
            var next = next();
            if (next.isEmpty()) {
                return;
            }
            answer(next.get());
        }
    }

    private <S extends Statement> S assertNext(Class<S> type) {
        var next = next();
        assertThat(next).containsInstanceOf(type);
        return type.cast(next.orElseThrow());
    }

    private void assertNothing() {
        assertThat(next()).isEmpty();
    }

    /** The next statement beside those that look after what steers the poller and what expires. */
    private Optional<Statement> next() {
        while (true) {
            var next = tenure.next();
            switch (next.orElse(null)) {
                case Statement.ReadPolicy _ -> tenure.policyRead(Policy.NONE);
                case Statement.Expire _ -> tenure.expired(0);
                case Statement.SayWaits _ -> tenure.saidWaits();
                case null, default -> {
                    return next;
                }
            }
        }
    }

    private void roomFor(int runs) {
        roster.heard(demand(runs, List.of(), false), 0);
    }

    private Demand demand(int room, List<Fence> freed, boolean requeued) {
        return new Demand(node, 7, pool, room, room, 0, freed, requeued, 0, null, List.of(), List.of());
    }

    private static ClaimResult.Claimed batch(long claimId, int runs) {
        var list = Stream.generate(TestRuns::run).limit(runs).toList();
        var createdAt = OffsetDateTime.parse("2026-01-01T00:00:00Z").plusSeconds(claimId);
        return new ClaimResult.Claimed(
                claimId, list, new Position(0, createdAt, list.getLast().id()));
    }
}
