package com.agenticverz.nova.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.agenticverz.nova.run.Run;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that the poller has chosen are claimed, or expire: both only as long as it is the poller. */
class ClaimPickedTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    private static final UUID NODE = new UUID(0, 0xa);
    private static final Duration AN_HOUR = Duration.ofHours(1);
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Bucket BUCKET = new Bucket(Limit.Kind.AGENT, "a", 60_000_000);

    private final LaneStore lanes = DATABASE.database().lanes();
    private final RunStore runs = DATABASE.database().runs();
    private final LeaseStore leases = DATABASE.database().leases();
    private long epoch;

    @BeforeEach
    void startAfresh() {
        DATABASE.execute("DELETE FROM runs; DELETE FROM claims; DELETE FROM leases; DELETE FROM limit_buckets");
        epoch = leases.acquire("poller", "test", AN_HOUR).orElseThrow();
    }

    @Test
    void aClaimIsOfTheChosenRunsInTheirOrderAndWritesNothingButItsOwnRow() {
        for (int i = 0; i < 4; i++) {
            insert("priority", "" + i);
        }
        var queued = peek();
        var picks = List.of(queued.get(2), queued.get(0), queued.get(3));

        var claimed = claim(picks);

        assertThat(claimed.runs()).extracting(Run::id).containsExactlyElementsOf(ids(picks));
        assertThat(DATABASE.rows("SELECT node_id, epoch, run_ids::text, attempts::text FROM claims"))
                .containsExactly(Map.of(
                        "node_id",
                        NODE,
                        "epoch",
                        epoch,
                        "run_ids",
                        "{"
                                + String.join(
                                        ",",
                                        ids(picks).stream().map(UUID::toString).toList()) + "}",
                        "attempts",
                        "{0,0,0}"));
        assertThat(DATABASE.rows("SELECT DISTINCT status, attempts FROM runs"))
                .containsExactly(Map.of("status", "queued", "attempts", 0));
    }

    @Test
    void aClaimedRunCarriesWhatItsNodeNeeds() {
        var run = insert("max_attempts, timeout_seconds, created_at", "7, 1.5, now() - interval '10 seconds'");
        var other = insert("created_at, next_attempt_at", "now() - interval '1 h', now() - interval '5 s'");

        var claimed = claim(peek()).runs();

        assertThat(claimed.getLast().id()).isEqualTo(run);
        assertThat(claimed.getLast().agentId()).isEqualTo("a");
        assertThat(claimed.getLast().plan()).isEqualTo("{}");
        assertThat(claimed.getLast().maxAttempts()).isEqualTo(7);
        assertThat(claimed.getLast().timeoutSeconds()).isEqualTo(1.5);
        assertThat(claimed.getLast().waitedMillis()).isBetween(10_000L, 60_000L);
        assertThat(claimed.getFirst().id()).isEqualTo(other);
        assertThat(claimed.getFirst().maxAttempts()).as("the default").isEqualTo(3);
        assertThat(claimed.getFirst().waitedMillis()).isBetween(5_000L, 60_000L);
    }

    @Test
    void nothingChosenIsNothingClaimed() {
        insert("priority", "0");

        assertThat(lanes.claim(epoch, NODE, List.of(), List.of(), 3)).isEqualTo(new ClaimResult.Empty());
        assertThat(DATABASE.rows("SELECT 1 FROM claims")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "status = 'cancelled'",
                "status = 'running'",
                "status = 'scheduled'",
                "attempts = 1",
                "next_attempt_at = now() + interval '1 hour'",
                "expires_at = now()"
            })
    void whatHasChangedSinceItWasChosenIsLeftOut(String change) {
        var changed = insert("priority", "1");
        var same = insert("priority", "0");
        var picks = peek();
        DATABASE.execute("UPDATE runs SET " + change + " WHERE id = ?", changed);

        assertThat(claim(picks).runs()).extracting(Run::id).containsExactly(same);
        assertThat(DATABASE.one(String.class, "SELECT run_ids::text FROM claims"))
                .isEqualTo("{" + same + "}");

        DATABASE.execute("DELETE FROM claims");
        DATABASE.execute("DELETE FROM runs WHERE id = ?", same);
        assertThat(lanes.claim(epoch, NODE, picks, List.of(BUCKET), 3)).isEqualTo(new ClaimResult.Empty());
        assertThat(DATABASE.rows("SELECT 1 FROM claims")).isEmpty();
        assertThat(DATABASE.rows("SELECT 1 FROM limit_buckets"))
                .as("nothing was started, nothing is used up")
                .isEmpty();
    }

    @Test
    void aRunThatExpiredIsClaimedWhereItWasStartedBefore() {
        var run = insert("expires_at, attempts", "now() - interval '1 s', 1");

        assertThat(claim(peek()).runs()).extracting(Run::id).containsExactly(run);
    }

    @Test
    void bucketsAreWrittenWithTheClaim() {
        insert("priority", "0");
        DATABASE.execute(
                "INSERT INTO limit_buckets VALUES ('agent', 'a', now() + interval '1 d'), ('key', 'k', now())");
        var spent = List.of(BUCKET, new Bucket(Limit.Kind.SKILL, "s '\\", 1), new Bucket(Limit.Kind.KEY, "", 0));

        lanes.claim(epoch, NODE, peek(), spent, 3);

        assertThat(DATABASE.rows("SELECT kind, name,"
                        + " round(extract(epoch FROM full_at - (SELECT claimed_at FROM claims)) * 1000000)::bigint AS us"
                        + " FROM limit_buckets WHERE name <> 'k' ORDER BY kind"))
                .containsExactly(
                        Map.of("kind", "agent", "name", "a", "us", 60_000_000L),
                        Map.of("kind", "key", "name", "", "us", 0L),
                        Map.of("kind", "skill", "name", "s '\\", "us", 1L));
    }

    @Test
    void aDeposedPollerClaimsNothingAndSpendsNothing() {
        insert("priority", "0");
        var picks = peek();
        depose();

        assertThat(lanes.claim(epoch, NODE, picks, List.of(BUCKET), 3)).isEqualTo(new ClaimResult.Deposed());
        assertThat(DATABASE.rows("SELECT 1 FROM claims")).isEmpty();
        assertThat(DATABASE.rows("SELECT 1 FROM limit_buckets")).isEmpty();
        DATABASE.execute("DELETE FROM leases");
        assertThat(lanes.claim(epoch, NODE, picks, List.of(BUCKET), 3)).isEqualTo(new ClaimResult.Deposed());
    }

    // the lease changes hands at the same moment

    /** Whoever polls next sees this claim before it counts what is in use. */
    @Test
    void whoTakesTheLeaseWaitsForAClaimThatIsNotOver() throws SQLException {
        insert("priority", "0");
        var picks = peek();
        expireLease();
        try (var session = transaction();
                var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            var hanging = new LaneStore(Database.withArrays(Jdbi.create(session)));
            assertThat(hanging.claim(epoch, NODE, picks, List.of(), 3)).isInstanceOf(ClaimResult.Claimed.class);
            var next = CompletableFuture.supplyAsync(this::acquireNext, executor);
            awaitOneThatWaitsForALock();
            assertThat(next).isNotDone();
            assertThat(DATABASE.rows("SELECT 1 FROM claims"))
                    .as("not there yet")
                    .isEmpty();

            session.commit();

            assertThat(next.join()).hasValue(epoch + 1);
            assertThat(lanes.inUse(epoch + 1, false, true).orElseThrow()).hasSize(1);
            assertThat(lanes.inUse(epoch, false, true))
                    .as("of the poller before")
                    .isEmpty();
        }
    }

    /** Its answer may have been lost, and then the poller itself does not know of it. */
    @Test
    void whoCountsWhatIsInUseWaitsForAClaimThatIsNotOver() throws SQLException {
        insert("priority", "0");
        var picks = peek();
        try (var session = transaction();
                var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            var hanging = new LaneStore(Database.withArrays(Jdbi.create(session)));
            assertThat(hanging.claim(epoch, NODE, picks, List.of(), 3)).isInstanceOf(ClaimResult.Claimed.class);
            var inUse = CompletableFuture.supplyAsync(() -> lanes.inUse(epoch, false, true), executor);
            awaitOneThatWaitsForALock();

            session.commit();

            assertThat(inUse.join().orElseThrow())
                    .extracting(it -> it.fence().runId())
                    .containsExactlyElementsOf(ids(picks));
        }
    }

    @Test
    void aClaimThatMeetsAChangeOfHandsWaitsForItAndClaimsNothing() throws SQLException {
        insert("priority", "0");
        var picks = peek();
        expireLease();
        try (var session = transaction();
                var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            var next = new LeaseStore(Database.withArrays(Jdbi.create(session)));
            assertThat(next.acquire("poller", "next", AN_HOUR)).hasValue(epoch + 1);
            var claimed =
                    CompletableFuture.supplyAsync(() -> lanes.claim(epoch, NODE, picks, List.of(BUCKET), 3), executor);
            awaitOneThatWaitsForALock();

            session.commit();

            assertThat(claimed.join()).isEqualTo(new ClaimResult.Deposed());
            assertThat(DATABASE.rows("SELECT 1 FROM claims")).isEmpty();
            assertThat(DATABASE.rows("SELECT 1 FROM limit_buckets")).isEmpty();
        }
    }

    @Test
    void aClaimThatMeetsARenewalWaitsForItAndClaims() throws SQLException {
        insert("priority", "0");
        var picks = peek();
        try (var session = transaction();
                var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            var renewing = new LeaseStore(Database.withArrays(Jdbi.create(session)));
            assertThat(renewing.renew("poller", "test", epoch, AN_HOUR)).isTrue();
            var claimed = CompletableFuture.supplyAsync(() -> lanes.claim(epoch, NODE, picks, List.of(), 3), executor);
            awaitOneThatWaitsForALock();

            session.commit();

            assertThat(claimed.join()).isInstanceOf(ClaimResult.Claimed.class);
        }
    }

    /** It has changed nothing, and may be tried again. */
    @Test
    void aClaimDoesNotWaitForEverForSomebodyWhoHasLockedTheLease() throws SQLException {
        insert("priority", "0");
        var picks = peek();
        try (var session = transaction();
                var statement = session.createStatement()) {
            statement.execute("UPDATE leases SET owner = owner");

            assertThatThrownBy(() -> lanes.claim(epoch, NODE, picks, List.of(), 3))
                    .satisfies(failure ->
                            assertThat(Database.isLockTimeout(failure)).isTrue());

            session.rollback();
            assertThat(claim(picks).runs()).hasSize(1);
        }
    }

    @Test
    void whoTakesTheLeaseWaitsForRunsThatAreExpiringAndALaterExpiryChangesNothing() throws SQLException {
        var run = insert("expires_at", "now() - interval '1 s'");
        expireLease();
        try (var session = transaction();
                var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            var hanging = new LaneStore(Database.withArrays(Jdbi.create(session)));
            assertThat(hanging.expire(epoch, 8)).hasSize(1);
            var next = CompletableFuture.supplyAsync(this::acquireNext, executor);
            awaitOneThatWaitsForALock();

            session.rollback();

            assertThat(next.join()).hasValue(epoch + 1);
            assertThat(lanes.expire(epoch, 8)).as("by the poller before").isEmpty();
            assertThat(lanes.expire(epoch + 1, 8)).containsExactly(new Expired(run, "a"));
        }
    }

    // expire

    @Test
    void whatWasNotStartedInTimeIsCancelledWithTheReason() {
        var queued = insert("expires_at", "'2020-01-02T03:04:05.678Z'");
        var scheduled = insert("expires_at, next_attempt_at", "'2020-01-02T03:04:06Z', now() + interval '1 hour'");

        assertThat(lanes.expire(epoch, 8)).containsExactly(new Expired(queued, "a"), new Expired(scheduled, "a"));

        assertThat(DATABASE.rows("SELECT status, attempts, error_message, completed_at <= clock_timestamp() AS over,"
                        + " started_at IS NULL AS never_started FROM runs ORDER BY expires_at"))
                .containsExactly(
                        Map.of(
                                "status",
                                "cancelled",
                                "attempts",
                                0,
                                "error_message",
                                "not started by 2020-01-02T03:04:05Z (expires_at)",
                                "over",
                                true,
                                "never_started",
                                true),
                        Map.of(
                                "status",
                                "cancelled",
                                "attempts",
                                0,
                                "error_message",
                                "not started by 2020-01-02T03:04:06Z (expires_at)",
                                "over",
                                true,
                                "never_started",
                                true));
        assertThat(lanes.expire(epoch, 8)).isEmpty();
    }

    @Test
    void theReasonIsSaidWhereTheMomentIsBeforeAll() {
        insert("expires_at", "'-infinity'");

        lanes.expire(epoch, 8);

        assertThat(DATABASE.one(String.class, "SELECT error_message FROM runs"))
                .isEqualTo("not started by -infinity (expires_at)");
    }

    @Test
    void whatIsNotDueOrOverOrWasStartedDoesNotExpire() {
        insert("expires_at", "now() + interval '1 hour'");
        insert("expires_at", "'infinity'");
        insert("priority", "0");
        insert("expires_at, attempts", "now() - interval '1 s', 1");
        for (var status : List.of("retry", "running", "succeeded", "failed", "cancelled")) {
            insert("expires_at, status", "now() - interval '1 s', '" + status + "'");
        }

        assertThat(lanes.expire(epoch, 8)).isEmpty();
        assertThat(DATABASE.rows("SELECT 1 FROM runs WHERE error_message IS NOT NULL"))
                .isEmpty();
    }

    @Test
    void whatIsClaimedOrWasHandedBackDoesNotExpire() {
        insert("expires_at", "now() + interval '1 hour'");
        insert("expires_at", "now() + interval '1 hour'");
        var claimed = claim(peek());
        var fences =
                claimed.runs().stream().map(run -> run.under(claimed.claimId())).toList();
        DATABASE.execute("UPDATE runs SET expires_at = now() - interval '1 s'");

        assertThat(lanes.expire(epoch, 8)).isEmpty();

        assertThat(runs.mark(NODE, List.of(new Mark(fences.getFirst(), Duration.ofSeconds(1))), List.of()))
                .hasSize(1);
        assertThat(runs.handBack(fences.subList(0, 1), List.of())).hasSize(1);
        assertThat(lanes.expire(epoch, 8)).isEmpty();

        runs.release(NODE, List.of(claimed.claimId()));
        assertThat(lanes.expire(epoch, 8))
                .as("never marked, and given back")
                .extracting(Expired::runId)
                .containsExactly(fences.getLast().runId());
    }

    @Test
    void theFirstToExpireGoFirstAndNoMoreThanAskedFor() {
        for (int i = 0; i < 5; i++) {
            insert("expires_at", "now() - " + (i + 1) + " * interval '1 s'");
        }
        var order = DATABASE.rows("SELECT id FROM runs ORDER BY expires_at");

        assertThat(lanes.expire(epoch, 2))
                .extracting(Expired::runId)
                .containsExactlyInAnyOrder(
                        (UUID) order.get(0).get("id"), (UUID) order.get(1).get("id"));
        assertThat(lanes.expire(epoch, 8)).hasSize(3);
    }

    @Test
    void aRunThatSomebodyHasLockedExpiresLater() throws SQLException {
        var locked = insert("expires_at", "now() - interval '2 s'");
        var free = insert("expires_at", "now() - interval '1 s'");
        try (var session = transaction();
                var statement = session.createStatement()) {
            statement.execute("SELECT 1 FROM runs WHERE id = '" + locked + "' FOR UPDATE");

            assertThat(lanes.expire(epoch, 8)).containsExactly(new Expired(free, "a"));

            session.rollback();
        }
        assertThat(lanes.expire(epoch, 8)).containsExactly(new Expired(locked, "a"));
    }

    @Test
    void nothingExpiresForADeposedPoller() {
        insert("expires_at", "now() - interval '1 s'");
        depose();

        assertThat(lanes.expire(epoch, 8)).isEmpty();
        assertThat(lanes.expire(epoch + 1, 8)).hasSize(1);
    }

    // helpers

    private List<Queued> peek() {
        var lane = new Lane("a", null);
        return lanes.peek(List.of(new LaneStore.Look(lane, lane.start(), 1000)), false)
                .getFirst();
    }

    private static List<UUID> ids(Collection<Queued> picks) {
        return picks.stream().map(Queued::id).toList();
    }

    private ClaimResult.Claimed claim(List<Queued> picks) {
        return (ClaimResult.Claimed) lanes.claim(epoch, NODE, picks, List.of(), 3);
    }

    private void depose() {
        leases.release("poller", "test", epoch);
        assertThat(acquireNext()).hasValue(epoch + 1);
    }

    private OptionalLong acquireNext() {
        return leases.acquire("poller", "next", AN_HOUR);
    }

    /** Somebody else may have it now; until somebody takes it, the epoch stands. */
    private static void expireLease() {
        DATABASE.execute("UPDATE leases SET expires_at = '-infinity'");
    }

    private static Connection transaction() throws SQLException {
        var session = DATABASE.connect();
        session.setAutoCommit(false);
        return session;
    }

    private static void awaitOneThatWaitsForALock() {
        await().atMost(SOON)
                .until(() -> !DATABASE.rows("SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
                                + " AND wait_event_type = 'Lock'")
                        .isEmpty());
    }

    private static UUID insert(String columns, String values) {
        return Objects.requireNonNull(DATABASE.one(
                UUID.class,
                "INSERT INTO runs (agent_id, plan, " + columns + ") VALUES ('a', '{}', " + values + ") RETURNING id"));
    }
}
