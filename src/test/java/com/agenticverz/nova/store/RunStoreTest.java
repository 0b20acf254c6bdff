package com.agenticverz.nova.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.agenticverz.nova.run.Enqueued;
import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.NewRun;
import com.agenticverz.nova.run.Outcome;
import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.run.RunStatus;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.PGConnection;

class RunStoreTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    private static final UUID NODE = new UUID(0, 0xa);
    private static final UUID OTHER_NODE = new UUID(0, 0xb);
    private static final int MAX_ATTEMPTS = 3;

    private final RunStore runs = DATABASE.database().runs();
    private final LeaseStore leases = DATABASE.database().leases();
    private long epoch;

    @BeforeEach
    void startAfresh() {
        DATABASE.execute("DELETE FROM runs; DELETE FROM claims; DELETE FROM nodes; DELETE FROM leases");
        epoch = leases.acquire("poller", "test", Duration.ofHours(1)).orElseThrow();
    }

    // claim

    // --- many at once

    @Test
    void manyRunsAreThereAsTheyWereGivenAndInTheirOrder() {
        var tricky = List.of("tab\there", "back\\slash", "\\N", "two\nlines\r\n", "\\.", "€ 😀", "'\"", " ");
        var given = Stream.iterate(0, i -> i + 1)
                .limit(40)
                .map(i -> NewRun.with(
                                tricky.get(i % tricky.size()),
                                "{\"steps\": [{\"skill\": \"echo\", \"params\": {\"n\": " + i
                                        + ", \"t\": \"\\t\\\\\"}}]}")
                        .goal(i % 3 == 0 ? null : tricky.get((i + 1) % tricky.size()))
                        .maxAttempts(i % 2 == 0 ? null : i)
                        .nextAttemptAt(i < 39 ? null : OffsetDateTime.parse("2999-01-01T00:00:00Z"))
                        .expiresAt(i % 4 == 0 ? null : OffsetDateTime.parse("3000-01-01T00:00:00Z"))
                        .timeoutSeconds(i % 5 == 0 ? 1.5 : null)
                        .concurrencyKey(i % 7 == 0 ? null : tricky.get(i % tricky.size()))
                        .build())
                .toList();

        var enqueued = runs.enqueueAll(given);

        assertThat(enqueued).allMatch(Enqueued::created);
        var ids = enqueued.stream().map(Enqueued::id).toList();

        assertThat(ids).hasSize(40).doesNotHaveDuplicates().allMatch(id -> id.version() == 7 && id.variant() == 2);
        for (int i = 0; i < 40; i++) {
            assertThat(row(ids.get(i)))
                    .containsEntry("agent_id", given.get(i).agentId())
                    .containsEntry("goal", given.get(i).goal())
                    .containsEntry("max_attempts", given.get(i).maxAttempts())
                    .containsEntry("timeout_seconds", given.get(i).timeoutSeconds())
                    .containsEntry("expires_at", given.get(i).expiresAt())
                    .containsEntry("concurrency_key", given.get(i).concurrencyKey())
                    .containsEntry("status", i < 39 ? "queued" : "scheduled");
            assertThat(DATABASE.one(
                            String.class, "SELECT plan #>> '{steps,0,params}' FROM runs WHERE id = ?", ids.get(i)))
                    .isEqualTo("{\"n\": " + i + ", \"t\": \"\\t\\\\\"}");
        }
        assertThat(claim(40, Position.START, List.of()).runs())
                .extracting(Run::id)
                .isEqualTo(ids.subList(0, 39));
    }

    @Test
    void ofManyRunsNoneIsEnqueuedWhereOneIsRefused() {
        var good = NewRun.of("agent", "{}");
        var bad = NewRun.of("a".repeat(1001), "{}");
        var batch = Stream.concat(Stream.generate(() -> good).limit(30), Stream.of(bad))
                .toList();

        assertThatThrownBy(() -> runs.enqueueAll(batch)).satisfies(refusal -> {
            assertThat(Database.isRefusal(refusal)).isTrue();
            assertThat(Database.reason(refusal)).contains("runs_agent_id_not_too_long");
        });
        assertThat(DATABASE.rows("SELECT 1 FROM runs")).isEmpty();
    }

    @Test
    void ofManyRunsWithKeysThoseThatAreKnownAreAnsweredWithTheirIds() {
        var batch = Stream.iterate(0, i -> i + 1)
                .limit(30)
                .map(i -> NewRun.with("agent " + i, "{}")
                        .idempotencyKey(i == 25 ? null : "key " + (29 - i) % 20)
                        .build())
                .toList();

        var first = runs.enqueueAll(batch);
        var again = runs.enqueueAll(batch);

        for (int i = 0; i < 30; i++) {
            boolean isNew = i < 20 || i == 25;
            assertThat(first.get(i).created()).isEqualTo(isNew);
            assertThat(row(first.get(i).id())).containsEntry("agent_id", "agent " + (isNew ? i : i - 20));
            assertThat(again.get(i).created()).isEqualTo(i == 25);
            if (i != 25) {
                assertThat(again.get(i).id()).isEqualTo(first.get(i).id());
            }
        }
        // The order of the queue is that of the batch, not that of the keys.
        assertThat(DATABASE.rows(
                        "SELECT agent_id FROM runs WHERE id <= ? ORDER BY created_at, id",
                        first.get(25).id()))
                .extracting(it -> it.get("agent_id"))
                .isEqualTo(Stream.concat(Stream.iterate(0, i -> i + 1).limit(20), Stream.of(25))
                        .map(i -> "agent " + i)
                        .toList());
    }

    @Test
    void theMostUrgentRunIsClaimedFirstAndThenTheOldest() {
        var young = insert("priority, created_at", "0, now() - interval '1 minute'");
        var old = insert("priority, created_at", "0, now() - interval '1 hour'");
        var urgent = insert("priority, created_at", "1, now()");
        var leastUrgent = insert("priority, created_at", "-1, now() - interval '1 day'");

        assertThat(claim().runs()).extracting(Run::id).containsExactly(urgent, old, young, leastUrgent);
    }

    @Test
    void aClaimWritesNothingButItsOwnRow() {
        var run = DATABASE.insertRun();

        var claimed = claim();

        assertThat(row(run)).containsEntry("status", "queued").containsEntry("attempts", 0);
        assertThat(runs.inFlight()).containsExactly(new InFlight(claimed.claimId(), NODE, run, 0));
        assertThat(DATABASE.one(Long.class, "SELECT epoch FROM claims")).isEqualTo(epoch);
    }

    @Test
    void aClaimedRunCarriesWhatItsNodeNeeds() {
        var run = insert("max_attempts, timeout_seconds, created_at", "7, 1.5, now() - interval '10 seconds'");

        var claimed = claim().runs().getFirst();

        assertThat(claimed.id()).isEqualTo(run);
        assertThat(claimed.agentId()).isEqualTo("agent");
        assertThat(claimed.plan()).isEqualTo("{}");
        assertThat(claimed.attempts()).isZero();
        assertThat(claimed.maxAttempts()).isEqualTo(7);
        assertThat(claimed.timeoutSeconds()).isEqualTo(1.5);
        assertThat(claimed.waitedMillis()).isBetween(10_000L, 60_000L);
    }

    @Test
    void aRunWithoutMaxAttemptsGetsTheDefault() {
        DATABASE.insertRun();

        assertThat(claim().runs().getFirst().maxAttempts()).isEqualTo(MAX_ATTEMPTS);
    }

    @Test
    void theNextClaimGoesOnWhereTheLastEnded() {
        for (int i = 0; i < 5; i++) {
            DATABASE.insertRun();
        }

        var one = claim(2, Position.START, List.of());
        var two = claim(2, one.last(), List.of());
        var three = claim(2, two.last(), List.of());

        assertThat(List.of(one, two, three)).extracting(it -> it.runs().size()).containsExactly(2, 2, 1);
        assertThat(runs.inFlight()).extracting(InFlight::runId).doesNotHaveDuplicates();
        assertThat(runs.claim(epoch, NODE, 2, three.last(), List.of(), MAX_ATTEMPTS))
                .isEqualTo(new ClaimResult.Empty());
    }

    @Test
    void whatIsInFlightIsLeftOutAsLongAsItsAttemptsAreTheSame() {
        var inFlight = DATABASE.insertRun();
        var cameBack = insert("attempts", "1");
        var fences = List.of(new Fence(inFlight, 1, 0), new Fence(cameBack, 1, 0));

        assertThat(claim(8, Position.START, fences).runs()).extracting(Run::id).containsExactly(cameBack);
    }

    @Test
    void aRunIsNotClaimedBeforeItsMomentEvenWhereThatWasMovedByHand() {
        var run = DATABASE.insertRun();
        DATABASE.execute("UPDATE runs SET next_attempt_at = now() + interval '1 hour' WHERE id = ?", run);

        assertThat(claimResult()).isEqualTo(new ClaimResult.Empty());
    }

    @Test
    void aDeposedPollerClaimsNothing() {
        DATABASE.insertRun();
        leases.release("poller", "test", epoch);
        leases.acquire("poller", "next", Duration.ofHours(1)).orElseThrow();

        assertThat(claimResult()).isEqualTo(new ClaimResult.Deposed());
        assertThat(runs.inFlight()).isEmpty();
    }

    // mark

    @Test
    void aMarkChargesTheAttemptAndSaysWhoHoldsTheRun() {
        var run = DATABASE.insertRun();
        var fence = claimOne();

        assertThat(mark(fence)).containsExactly(run);

        assertThat(row(run))
                .containsEntry("status", "running")
                .containsEntry("attempts", 1)
                .containsEntry("claimed_by", NODE)
                .containsEntry("claim_id", fence.claimId());
        assertThat(DATABASE.one(
                        Boolean.class,
                        "SELECT started_at BETWEEN now() - interval '2 minutes' AND now() - interval '1 minute'"
                                + " FROM runs"))
                .isTrue();
    }

    @Test
    void aMarkThatIsTriedAgainChangesNothingAndIsAcknowledged() {
        var run = DATABASE.insertRun();
        var fence = claimOne();
        runs.mark(NODE, List.of(new Mark(fence, Duration.ofMinutes(1))), List.of(fence.claimId()));
        var marked = row(run);

        assertThat(mark(fence)).containsExactly(run);

        assertThat(row(run)).isEqualTo(marked);
    }

    @Test
    void aMarkWithoutItsClaimIsFencedOut() {
        var run = DATABASE.insertRun();
        var fence = claimOne();
        runs.release(NODE, List.of(fence.claimId()));

        assertThat(mark(fence)).isEmpty();
        assertThat(row(run)).containsEntry("status", "queued").containsEntry("attempts", 0);
    }

    @Test
    void aMarkUnderTheClaimOfAnotherNodeIsFencedOut() {
        DATABASE.insertRun();
        var fence = claimOne();

        assertThat(runs.mark(OTHER_NODE, List.of(new Mark(fence, Duration.ZERO)), List.of()))
                .isEmpty();
    }

    @Test
    void aClaimGoesWithTheWriteThatFinishesIt() {
        DATABASE.insertRun();
        var fence = claimOne();

        runs.mark(NODE, List.of(new Mark(fence, Duration.ZERO)), List.of(fence.claimId()));

        assertThat(runs.inFlight()).isEmpty();
    }

    // settle

    @Test
    void aRunThatWasNeverMarkedIsWrittenOnceWithEverything() {
        var run = DATABASE.insertRun();
        var fence = claimOne();

        assertThat(settle(settlement(fence, true, false, new Outcome.Succeeded("{\"s1\": 1}")), fence.claimId()))
                .containsExactly(run);

        assertThat(row(run))
                .containsEntry("status", "succeeded")
                .containsEntry("attempts", 1)
                .containsEntry("claimed_by", NODE)
                .containsEntry("claim_id", fence.claimId())
                .containsEntry("result", "{\"s1\": 1}")
                .containsEntry("error_message", null)
                .containsEntry("duration_ms", 1500.0);
        assertThat(DATABASE.one(
                        Long.class, "SELECT round(extract(epoch FROM completed_at - started_at) * 1000) FROM runs"))
                .isEqualTo(1500);
        assertThat(runs.inFlight()).isEmpty();
    }

    @Test
    void aMarkedRunIsSettledAndKeepsItsStart() {
        var run = DATABASE.insertRun();
        var fence = claimOne();
        mark(fence);
        var startedAt = row(run).get("started_at");

        assertThat(settle(settlement(fence, false, true, new Outcome.Failed("boom"))))
                .containsExactly(run);

        assertThat(row(run))
                .containsEntry("status", "failed")
                .containsEntry("attempts", 1)
                .containsEntry("error_message", "boom")
                .containsEntry("started_at", startedAt);
    }

    @Test
    void aRunWhoseMarkIsInDoubtIsSettledEitherWay() {
        DATABASE.insertRun();
        DATABASE.insertRun();
        var claimed = claim();
        var marked = claimed.runs().get(0).under(claimed.claimId());
        var unmarked = claimed.runs().get(1).under(claimed.claimId());
        mark(marked);

        var settlements = List.of(
                settlement(marked, true, true, new Outcome.Succeeded("{}")),
                settlement(unmarked, true, true, new Outcome.Succeeded("{}")));

        assertThat(runs.settle(NODE, settlements, List.of(claimed.claimId())))
                .containsExactlyInAnyOrder(marked.runId(), unmarked.runId());
        assertThat(DATABASE.rows("SELECT DISTINCT status, attempts FROM runs"))
                .containsExactly(Map.of("status", "succeeded", "attempts", 1));
    }

    @Test
    void aSettlementThatExpectsNoMarkLeavesAMarkedRunAlone() {
        DATABASE.insertRun();
        var fence = claimOne();
        mark(fence);

        assertThat(settle(settlement(fence, true, false, new Outcome.Succeeded("{}"))))
                .isEmpty();
    }

    @Test
    void theSecondSettlementIsFencedOutAndTheRowSaysThatTheFirstWasItsOwn() {
        var run = DATABASE.insertRun();
        var fence = claimOne();
        settle(settlement(fence, true, true, new Outcome.Succeeded("{}")));

        assertThat(settle(settlement(fence, true, true, new Outcome.Failed("late"))))
                .isEmpty();

        assertThat(runs.readBack(List.of(run, UUID.randomUUID())))
                .containsExactly(new RowState(run, "agent", RunStatus.SUCCEEDED, 1, fence.claimId()));
    }

    @Test
    void oneFencedRunDoesNotKeepTheOthersOfItsBatch() {
        DATABASE.insertRun();
        DATABASE.insertRun();
        var claimed = claim();
        var cancelled = claimed.runs().get(0).under(claimed.claimId());
        var settled = claimed.runs().get(1).under(claimed.claimId());
        DATABASE.execute("UPDATE runs SET status = 'cancelled' WHERE id = ?", cancelled.runId());

        var settlements = List.of(
                settlement(cancelled, true, false, new Outcome.Succeeded("{}")),
                settlement(settled, true, false, new Outcome.Succeeded("{}")));

        assertThat(runs.settle(NODE, settlements, List.of())).containsExactly(settled.runId());
        assertThat(row(cancelled.runId())).containsEntry("status", "cancelled");
    }

    @Test
    void aResultThatPostgresqlCannotStoreIsARefusal() {
        DATABASE.insertRun();
        var fence = claimOne();
        var unstorable = settlement(fence, true, false, new Outcome.Succeeded("{\"s1\": \"\\u0000\"}"));

        assertThatThrownBy(() -> settle(unstorable)).matches(Database::isRefusal, "is a refusal");
        assertThat(runs.inFlight()).hasSize(1);
    }

    @Test
    void aMessageThatPostgresqlCannotStoreIsARefusal() {
        DATABASE.insertRun();
        var fence = claimOne();

        assertThatThrownBy(() -> settle(settlement(fence, true, false, new Outcome.Failed("\0"))))
                .matches(Database::isRefusal, "is a refusal");
    }

    @Test
    void whatEndedWhileTheDatabaseWasAwayEndedWhenItEnded() {
        DATABASE.insertRun();
        var fence = claimOne();

        runs.settle(
                NODE,
                List.of(new Settlement(
                        fence,
                        true,
                        false,
                        new Outcome.Retry("later", Duration.ofHours(2)),
                        Duration.ZERO,
                        Duration.ofHours(1))),
                List.of());

        assertThat(DATABASE.one(Long.class, "SELECT round(extract(epoch FROM next_attempt_at - now()) / 60) FROM runs"))
                .isEqualTo(60);
    }

    // retry, promotion

    @Test
    void aRetryIsPromotedWhenItIsDueAndClaimedWithItsAttempts() {
        var run = DATABASE.insertRun();
        var fence = claimOne();
        settle(settlement(fence, true, false, new Outcome.Retry("not yet", Duration.ofMinutes(10))), fence.claimId());
        assertThat(row(run))
                .containsEntry("status", "retry")
                .containsEntry("attempts", 1)
                .containsEntry("error_message", "not yet")
                .containsEntry("completed_at", null);

        var tooEarly = runs.promote(10, OffsetDateTime.MIN);
        assertThat(tooEarly.promoted()).isZero();
        assertThat(tooEarly.nextDue()).isBetween(Duration.ofMinutes(9), Duration.ofMinutes(10));
        assertThat(claimResult()).isEqualTo(new ClaimResult.Empty());

        DATABASE.execute("UPDATE runs SET next_attempt_at = now()");
        assertThat(runs.promote(10, OffsetDateTime.MIN))
                .returns(1, Promotion::promoted)
                .returns(null, Promotion::nextDue);
        assertThat(claim().runs()).extracting(Run::attempts).containsExactly(1);
    }

    @Test
    void aPromotionTakesTheMostOverdueFirstAndNoMoreThanItsLimit() {
        var young = insert("status, next_attempt_at", "'scheduled', now() - interval '1 second'");
        var old = insert("status, next_attempt_at", "'retry', now() - interval '1 hour'");
        var withoutMoment = insert("status", "'scheduled'");

        assertThat(runs.promote(2, OffsetDateTime.MIN).promoted()).isEqualTo(2);
        assertThat(row(young)).containsEntry("status", "scheduled");
        assertThat(row(old)).containsEntry("status", "queued");
        assertThat(row(withoutMoment)).containsEntry("status", "queued");
    }

    @Test
    void aPromotionSaysUpToWhichMomentNothingIsLeft() {
        var before = DATABASE.one(OffsetDateTime.class, "SELECT clock_timestamp()");
        insert("status, next_attempt_at", "'retry', timestamptz '2020-01-01 00:00:00Z'");
        insert("status, next_attempt_at", "'retry', timestamptz '2020-01-02 00:00:00Z'");
        insert("status, next_attempt_at", "'retry', timestamptz '2020-01-03 00:00:00Z'");

        var some = runs.promote(2, OffsetDateTime.MIN);
        assertThat(some.doneTo()).isEqualTo(OffsetDateTime.parse("2020-01-02T00:00:00Z"));
        var rest = runs.promote(2, some.doneTo());
        assertThat(rest.promoted()).isOne();
        assertThat(rest.doneTo()).isAfterOrEqualTo(before);
    }

    @Test
    void aPromotionFromAMomentOnLeavesAloneWhatWasDueBefore() {
        var old = insert("status, next_attempt_at", "'retry', now() - interval '1 hour'");
        var withoutMoment = insert("status", "'retry'");
        var young = insert("status, next_attempt_at", "'retry', now() - interval '1 minute'");

        var halfAnHourAgo = DATABASE.one(OffsetDateTime.class, "SELECT now() - interval '30 minutes'");
        assertThat(runs.promote(10, halfAnHourAgo).promoted()).isOne();

        assertThat(row(young)).containsEntry("status", "queued");
        assertThat(row(old)).containsEntry("status", "retry");
        assertThat(row(withoutMoment)).containsEntry("status", "retry");
    }

    @Test
    void whatIsDueBeyondTheHourIsNotAnnounced() {
        insert("next_attempt_at", "now() + interval '2 hours'");

        assertThat(runs.promote(10, OffsetDateTime.MIN))
                .returns(0, Promotion::promoted)
                .returns(null, Promotion::nextDue);
    }

    // checkpoints

    @Test
    void aMarkedRunIsHeldUntilSomebodyCancelsResetsOrDeletesIt() {
        var ids = Stream.generate(DATABASE::insertRun).limit(5).toList();
        var claimed = claim();
        var fences =
                claimed.runs().stream().map(run -> run.under(claimed.claimId())).toList();
        fences.forEach(fence -> assertThat(mark(fence)).hasSize(1));
        assertThat(runs.noLongerHeld(fences)).isEmpty();

        DATABASE.execute("UPDATE runs SET status = 'cancelled' WHERE id = ?", ids.get(0));
        DATABASE.execute("UPDATE runs SET status = 'queued' WHERE id = ?", ids.get(1));
        DATABASE.execute("UPDATE runs SET claim_id = claim_id + 1 WHERE id = ?", ids.get(2));
        DATABASE.execute("DELETE FROM runs WHERE id = ?", ids.get(3));

        assertThat(runs.noLongerHeld(fences)).containsExactlyInAnyOrderElementsOf(ids.subList(0, 4));
        assertThat(runs.noLongerHeld(fences.subList(4, 5))).isEmpty();
    }

    @Test
    void whatARunHasDoneIsKeptForAsLongAsItIsHeldAndGoesWithIt() {
        var runIds = List.of(insert("priority", "1"), insert("priority", "0"));
        var claimed = claim(2, Position.START, List.of());
        var fences =
                claimed.runs().stream().map(run -> run.under(claimed.claimId())).toList();
        assertThat(runs.checkpoint(List.of(step(fences.get(0), "a", "1")))).isEmpty();
        runs.mark(NODE, fences.stream().map(it -> new Mark(it, Duration.ZERO)).toList(), List.of());

        assertThat(runs.checkpoint(List.of(
                        step(fences.get(0), "a", "1"), step(fences.get(0), "b", null), step(fences.get(1), "a", "2"))))
                .containsExactlyInAnyOrderElementsOf(runIds);
        // The same again after a lost acknowledgement, and another one under the same name.
        assertThat(runs.checkpoint(List.of(step(fences.get(0), "a", "3")))).containsExactly(runIds.get(0));
        var late = new Fence(runIds.get(1), claimed.claimId() + 1, 0);
        assertThat(runs.checkpoint(List.of(step(late, "b", "4")))).isEmpty();

        assertThat(runs.finishedSteps(runIds.get(0)))
                .containsExactlyInAnyOrder(new FinishedStep("a", "noop", "3"), new FinishedStep("b", "noop", null));
        assertThat(runs.finishedSteps(runIds.get(1))).containsExactly(new FinishedStep("a", "noop", "2"));
        DATABASE.execute("DELETE FROM runs WHERE id = ?", runIds.get(0));
        assertThat(runs.finishedSteps(runIds.get(0))).isEmpty();
        assertThat(runs.finishedSteps(runIds.get(1))).hasSize(1);
        DATABASE.execute("TRUNCATE runs");
        assertThat(runs.finishedSteps(runIds.get(1))).isEmpty();
        DATABASE.execute("TRUNCATE runs, run_steps");
    }

    @Test
    void whatAStepHasSaidIsReplacedByWhatItSaysNextAsLongAsItsRunIsHeldAndGoesWithIt() throws SQLException {
        var run = DATABASE.insertRun();
        var claimed = claim();
        var fence = claimed.runs().getFirst().under(claimed.claimId());
        assertThat(runs.report(List.of(StepReport.heartbeat(fence, "a", "1")))).isEmpty();
        mark(fence);

        assertThat(runs.report(List.of(
                        StepReport.heartbeat(fence, "a", "{\"n\": 1}"), StepReport.progress(fence, "b", 0.5, "half"))))
                .containsExactly(run);
        runs.report(List.of(StepReport.progress(fence, "a", 0.25, "a quarter")));
        runs.report(List.of(StepReport.progress(fence, "b", 0.75, null)));
        assertThat(DATABASE.rows("SELECT * FROM step_progress ORDER BY step_id"))
                .satisfiesExactly(
                        a -> assertThat(a)
                                .containsEntry("detail", "{\"n\": 1}")
                                .containsEntry("fraction", 0.25)
                                .containsEntry("note", "a quarter")
                                .containsEntry("attempt", 1),
                        b -> assertThat(b)
                                .containsEntry("detail", null)
                                .containsEntry("fraction", 0.75)
                                .containsEntry("note", null));
        assertThat(runs.heartbeatDetail(run, "a")).contains("{\"n\": 1}");
        assertThat(runs.heartbeatDetail(run, "b")).isEmpty();

        var late = new Fence(run, claimed.claimId() + 1, 0);
        assertThat(runs.report(List.of(StepReport.heartbeat(late, "a", "2")))).isEmpty();
        // Nobody waits for whoever changes the run at this moment.
        try (var other = DATABASE.connect();
                var statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("UPDATE runs SET goal = 'other'");
            assertThat(runs.report(List.of(StepReport.heartbeat(fence, "a", "3"))))
                    .isEmpty();
            other.rollback();
        }
        assertThat(runs.heartbeatDetail(run, "a")).contains("{\"n\": 1}");
        DATABASE.execute("DELETE FROM runs");
        assertThat(DATABASE.rows("SELECT 1 FROM step_progress")).isEmpty();
    }

    private static Checkpoint step(Fence fence, String id, @Nullable String output) {
        return new Checkpoint(
                fence, id, "noop", output, output == null ? "why" : null, 1, Duration.ZERO, Duration.ZERO);
    }

    // rescue, hand-back, release

    @Test
    void aRunWhoseNodeDiedBeforeTheMarkIsChargedOneAttempt() {
        var run = DATABASE.insertRun();
        claimOne();

        assertThat(runs.rescue(NODE, MAX_ATTEMPTS)).isEqualTo(new Rescued(List.of(run), List.of()));
        assertThat(row(run))
                .containsEntry("status", "queued")
                .containsEntry("attempts", 1)
                .containsEntry("error_message", "the node that executed attempt 1 of 3 died");
        assertThat(runs.rescue(NODE, MAX_ATTEMPTS)).isEqualTo(new Rescued(List.of(), List.of()));
        assertThat(row(run)).containsEntry("attempts", 1);
    }

    @Test
    void aRunWhoseNodeDiedAfterTheMarkIsNotChargedAgain() {
        var run = DATABASE.insertRun();
        var fence = claimOne();
        mark(fence);

        assertThat(runs.rescue(NODE, MAX_ATTEMPTS)).isEqualTo(new Rescued(List.of(run), List.of()));
        assertThat(row(run))
                .containsEntry("status", "queued")
                .containsEntry("attempts", 1)
                .containsEntry("started_at", null)
                .containsEntry("claimed_by", null)
                .containsEntry("claim_id", null);
    }

    @Test
    void aRunThatKeepsKillingItsNodeFailsAfterItsLastAttemptAndSaysSo() {
        var run = insert("max_attempts", "2");
        claimOne();
        runs.rescue(NODE, MAX_ATTEMPTS);
        mark(claimOne());

        assertThat(runs.rescue(NODE, MAX_ATTEMPTS)).isEqualTo(new Rescued(List.of(), List.of(run)));
        assertThat(row(run))
                .containsEntry("status", "failed")
                .containsEntry("attempts", 2)
                .containsEntry("error_message", "the node that executed attempt 2 of 2 died");
        assertThat(row(run).get("completed_at")).isNotNull();
    }

    @Test
    void aRescueLeavesOtherNodesAlone() {
        DATABASE.insertRun();
        var fence = claimOne();

        assertThat(runs.rescue(OTHER_NODE, MAX_ATTEMPTS)).isEqualTo(new Rescued(List.of(), List.of()));
        assertThat(mark(fence)).hasSize(1);
    }

    @Test
    void aHandBackGivesTheAttemptBack() {
        var run = DATABASE.insertRun();
        var fence = claimOne();
        mark(fence);

        assertThat(runs.handBack(List.of(fence), List.of(fence.claimId()))).containsExactly(run);
        assertThat(row(run))
                .containsEntry("status", "queued")
                .containsEntry("attempts", 0)
                .containsEntry("started_at", null)
                .containsEntry("claimed_by", null)
                .containsEntry("claim_id", null);
        assertThat(runs.inFlight()).isEmpty();
        assertThat(runs.handBack(List.of(fence), List.of())).isEmpty();
    }

    @Test
    void aReleasedClaimLeavesItsRunsAsTheyWere() {
        var run = DATABASE.insertRun();
        var before = row(run);
        var fence = claimOne();

        assertThat(runs.release(OTHER_NODE, List.of(fence.claimId()))).isEmpty();
        assertThat(runs.release(NODE, List.of(fence.claimId()))).containsExactly(fence);

        assertThat(row(run)).isEqualTo(before);
        assertThat(claimOne().attempts()).isZero();
    }

    // what a node reads of its claim itself

    @Test
    void aNodeReadsOfItsClaimWhatTheMessageWouldHaveCarried() {
        insert("priority, max_attempts, timeout_seconds, created_at", "1, 7, 1.5, now() - interval '10 seconds'");
        insert("attempts, created_at", "2, now() - interval '1 hour'");
        insert("next_attempt_at, created_at", "now() - interval '5 seconds', now() - interval '1 minute'");
        var claimed = claim();

        assertThat(runs.assigned(NODE, claimed.claimId(), MAX_ATTEMPTS)).isEqualTo(claimed.runs());
    }

    @Test
    void ofAClaimOnlyWhatIsStillAsItWasClaimedIsRead() {
        var as = DATABASE.insertRun();
        var cancelled = DATABASE.insertRun();
        var reset = DATABASE.insertRun();
        var deleted = DATABASE.insertRun();
        var claimed = claim();
        DATABASE.execute("UPDATE runs SET status = 'cancelled' WHERE id = ?", cancelled);
        DATABASE.execute("UPDATE runs SET attempts = 1 WHERE id = ?", reset);
        DATABASE.execute("DELETE FROM runs WHERE id = ?", deleted);

        assertThat(runs.assigned(NODE, claimed.claimId(), MAX_ATTEMPTS))
                .extracting(Run::id)
                .containsExactly(as);
    }

    @Test
    void aClaimOfAnotherNodeAndOneThatIsGoneGiveNothing() {
        DATABASE.insertRun();
        var claimed = claim();

        assertThat(runs.assigned(OTHER_NODE, claimed.claimId(), MAX_ATTEMPTS)).isEmpty();
        runs.release(NODE, List.of(claimed.claimId()));
        assertThat(runs.assigned(NODE, claimed.claimId(), MAX_ATTEMPTS)).isEmpty();
    }

    // insert

    @Test
    void aRunForLaterIsScheduled() {
        var later = insert("next_attempt_at", "now() + interval '1 hour'");
        var now = insert("next_attempt_at", "now() - interval '1 hour'");

        assertThat(row(later)).containsEntry("status", "scheduled");
        assertThat(row(now)).containsEntry("status", "queued");
    }

    @Test
    void anInsertNotifiesOnlyWhileThePollerIsIdle() throws SQLException {
        try (var connection = DATABASE.connect();
                var statement = connection.createStatement()) {
            statement.execute("LISTEN nova_runs");
            var listener = connection.unwrap(PGConnection.class);

            DATABASE.insertRun();
            runs.setIdle(epoch + 1, true);
            DATABASE.insertRun();
            // What was notified before this statement arrives with it.
            statement.execute("SELECT 1");
            assertThat(listener.getNotifications()).isNullOrEmpty();

            runs.setIdle(epoch, true);
            DATABASE.insertRun();
            assertThat(listener.getNotifications(10_000)).hasSize(1);

            runs.setIdle(epoch, false);
            DATABASE.insertRun();
            statement.execute("SELECT 1");
            assertThat(listener.getNotifications()).isNullOrEmpty();
        }
    }

    @Test
    void aKnownIdempotencyKeyIsEnqueuedOnce() {
        var at = OffsetDateTime.parse("2999-01-01T00:00:00Z");
        var run = NewRun.with("agent", "{\"steps\": []}")
                .goal("goal")
                .priority(3)
                .maxAttempts(7)
                .timeoutSeconds(1.5)
                .expiresAt(at)
                .concurrencyKey("together")
                .idempotencyKey("key")
                .build();

        var enqueued = runs.enqueue(run);
        var id = enqueued.id();

        assertThat(enqueued.created()).isTrue();
        assertThat(runs.enqueue(run)).isEqualTo(new Enqueued(id, false));
        assertThat(row(id))
                .containsEntry("agent_id", "agent")
                .containsEntry("goal", "goal")
                .containsEntry("priority", 3)
                .containsEntry("max_attempts", 7)
                .containsEntry("timeout_seconds", 1.5)
                .containsEntry("expires_at", at)
                .containsEntry("concurrency_key", "together");
        assertThat(runs.enqueue(NewRun.of("agent", "{}")).created()).isTrue();
    }

    @Test
    void aRunThatIsEnqueuedForLaterIsScheduled() {
        var at = OffsetDateTime.parse("2999-01-01T00:00:00Z");
        var id = runs.enqueue(NewRun.with("agent", "{}").nextAttemptAt(at).build())
                .id();

        assertThat(row(id)).containsEntry("status", "scheduled").containsEntry("next_attempt_at", at);
    }

    @Test
    void idsAreUuidsOfVersionSevenInTheOrderOfTime() {
        DATABASE.execute("CREATE TEMP TABLE ids AS SELECT n, nova_run_id() AS id FROM generate_series(1, 10000) n");

        assertThat(DATABASE.rows("SELECT id FROM ids WHERE id::text !~ '^.{8}-.{4}-7.{3}-[89ab].{3}-.{12}$'"))
                .isEmpty();
        assertThat(DATABASE.one(Long.class, "SELECT count(DISTINCT id) FROM ids"))
                .isEqualTo(10_000);
        assertThat(DATABASE.rows(
                        "SELECT * FROM (SELECT id, lag(id) OVER (ORDER BY n) AS before FROM ids) i WHERE id <= before"))
                .isEmpty();
        DATABASE.execute("DROP TABLE ids");
    }

    @Test
    void runsThatWaitAreCounted() {
        DATABASE.insertRun();
        insert("status", "'retry'");
        insert("status", "'scheduled'");
        insert("status", "'succeeded'");

        assertThat(runs.countWaiting()).isEqualTo(2);
    }

    // by hand: the statements of the runbook, as they stand there

    @Test
    void theRunbookFindsAndResetsARunThatIsStuck() {
        var stuck = DATABASE.insertRun();
        var fence = claimOne();
        runs.mark(NODE, List.of(new Mark(fence, Duration.ofHours(2))), List.of(fence.claimId()));

        assertThat(DATABASE.rows("""
                        SELECT id, started_at, agent_id FROM runs
                           WHERE status = 'running'
                           AND started_at < now() - interval '30 minutes';""")).extracting(row -> row.get("id")).containsExactly(stuck);
        assertThat(DATABASE.rows("""
                        UPDATE runs SET status = 'queued', started_at = NULL
                           WHERE status = 'running'
                           AND started_at < now() - interval '60 minutes'
                           RETURNING id;""")).containsExactly(Map.of("id", stuck));

        assertThat(settle(settlement(fence, true, true, new Outcome.Succeeded("{}"))))
                .isEmpty();
        assertThat(mark(fence)).isEmpty();
        assertThat(runs.handBack(List.of(fence), List.of())).isEmpty();
        assertThat(claim().runs()).extracting(Run::attempts).containsExactly(1);
    }

    @Test
    void theRunbookSeesTheQueue() {
        var old = insert("created_at", "now() - interval '1 hour'");
        var young = DATABASE.insertRun();

        assertThat(DATABASE.rows("SELECT status, COUNT(*) FROM runs GROUP BY status;"))
                .containsExactly(Map.of("status", "queued", "count", 2L));
        assertThat(DATABASE.rows("SELECT COUNT(*) as queued FROM runs WHERE status = 'queued';"))
                .containsExactly(Map.of("queued", 2L));
        assertThat(DATABASE.rows("SELECT id, created_at, agent_id FROM runs WHERE status = 'queued'"
                        + " ORDER BY created_at ASC LIMIT 5;"))
                .extracting(row -> row.get("id"))
                .containsExactly(old, young);
        assertThat(DATABASE.rows("SELECT * FROM runs WHERE status = 'queued' LIMIT 5;"))
                .hasSize(2);
        assertThat(DATABASE.rows("SELECT COUNT(*) FROM runs WHERE status = 'queued';"))
                .containsExactly(Map.of("count", 2L));
    }

    private ClaimResult claimResult() {
        return runs.claim(epoch, NODE, 8, Position.START, List.of(), MAX_ATTEMPTS);
    }

    private ClaimResult.Claimed claim() {
        return claim(8, Position.START, List.of());
    }

    private ClaimResult.Claimed claim(int limit, Position position, List<Fence> inFlight) {
        return (ClaimResult.Claimed) runs.claim(epoch, NODE, limit, position, inFlight, MAX_ATTEMPTS);
    }

    private Fence claimOne() {
        var claimed = claim();
        assertThat(claimed.runs()).hasSize(1);
        return claimed.runs().getFirst().under(claimed.claimId());
    }

    private Collection<UUID> mark(Fence fence) {
        return runs.mark(NODE, List.of(new Mark(fence, Duration.ofMinutes(1))), List.of());
    }

    private static Settlement settlement(Fence fence, boolean maybeUnmarked, boolean maybeMarked, Outcome outcome) {
        return new Settlement(fence, maybeUnmarked, maybeMarked, outcome, Duration.ofMillis(1500), Duration.ZERO);
    }

    private Collection<UUID> settle(Settlement settlement, Long... finishedClaims) {
        return runs.settle(NODE, List.of(settlement), List.of(finishedClaims));
    }

    private static UUID insert(String columns, String values) {
        return Objects.requireNonNull(DATABASE.one(
                UUID.class,
                "INSERT INTO runs (agent_id, plan, " + columns + ") VALUES ('agent', '{}', " + values
                        + ") RETURNING id"));
    }

    private static Map<String, @Nullable Object> row(UUID run) {
        return DATABASE.rows("SELECT * FROM runs WHERE id = ?", run).getFirst();
    }
}
