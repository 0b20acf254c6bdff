package com.agenticverz.nova.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.agenticverz.nova.cluster.TestMembership;
import com.agenticverz.nova.cluster.TestSystems;
import com.agenticverz.nova.execute.Assign;
import com.agenticverz.nova.execute.Demand;
import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.store.TestDatabase;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/**
 * On a real PostgreSQL; the pools are probes. Time passes only where a test says so: without that, nothing that is
 * claimed is found by an interval.
 */
@Timeout(60)
class PollerTest {

    @RegisterExtension
    static final TestDatabase DB = TestDatabase.create();

    private static final ActorTestKit KIT =
            ActorTestKit.create("poller-test", ManualTime.config().withFallback(TestSystems.local()));
    private static final ManualTime TIME = ManualTime.get(KIT.system());
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Duration A_MOMENT = Duration.ofMillis(100);
    private static final Duration POLL_INTERVAL = Duration.ofSeconds(60);
    private static final int BATCH_SIZE = 4;
    private static final long MEMBER = 7;
    private static final long OTHER_MEMBER = 8;
    private static final Logger NOVA = (Logger) LoggerFactory.getLogger("nova");
    private static Metrics metrics;

    private final AtomicLong nanos = new AtomicLong(1_000_000_000);
    private final TestMembership members = new TestMembership();
    private final AtomicInteger stepDowns = new AtomicInteger();
    private final UUID node = UUID.randomUUID();
    private UUID pollersNode = UUID.randomUUID();
    private final TestProbe<Assign> pool = KIT.createTestProbe();
    private final ListAppender<ILoggingEvent> events = new ListAppender<>();
    private final List<ActorRef<Poller.Command>> pollers = new ArrayList<>();

    @BeforeAll
    static void start() {
        metrics = Metrics.start();
    }

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
        metrics.close();
    }

    @BeforeEach
    void emptyTables() {
        DB.empty("runs, claims, nodes, leases, limits, limit_buckets, queue_waits");
        events.start();
        // Whatever a command said that was tested before.
        NOVA.setLevel(Level.INFO);
        NOVA.addAppender(events);
    }

    @AfterEach
    void stopPollers() {
        pollers.forEach(KIT::stop);
        NOVA.detachAppender(events);
    }

    // --- demand

    @Test
    void neverMoreIsClaimedThanThereIsRoomFor() {
        insert(20);
        var poller = poller();

        poller.tell(demand(3, 0));

        assertThat(assigned().runs()).hasSize(3);
        pool.expectNoMessage(A_MOMENT);
        assertThat(claimedRuns()).isEqualTo(3);
    }

    @Test
    void aFullBatchIsFollowedByTheNextAtOnce() {
        var ids = insert(20);
        var poller = poller();

        poller.tell(demand(2 * BATCH_SIZE + 1, 0));

        var batches = List.of(assigned(), assigned(), assigned());
        assertThat(batches.stream().map(it -> it.runs().size())).containsExactly(BATCH_SIZE, BATCH_SIZE, 1);
        assertThat(batches.stream().flatMap(it -> it.runs().stream()).map(Run::id))
                .containsExactlyElementsOf(ids.subList(0, 2 * BATCH_SIZE + 1));
        pool.expectNoMessage(A_MOMENT);
    }

    @Test
    void whatWasAssignedTakesRoomUntilItsNodeHasSeenIt() {
        insert(6);
        var poller = poller();
        poller.tell(demand(2, 0));
        var first = assigned();

        poller.tell(demand(2, 0));
        pool.expectNoMessage(A_MOMENT);
        poller.tell(demand(2, first.claimId()));

        assertThat(assigned().runs()).hasSize(2).doesNotContainAnyElementsOf(first.runs());
    }

    /** It would have known of it only after the next poll. */
    @Test
    void whatANodeSaysIsDueIsPromotedAtThatMoment() {
        var poller = poller();
        poller.tell(demand(1, 0));
        awaitIdle();
        awaitListening();
        DB.execute("INSERT INTO runs (agent_id, plan, status, next_attempt_at)"
                + " VALUES ('agent', '{}', 'scheduled', now())");
        poller.tell(Poller.Wake.UP);
        pool.expectNoMessage(A_MOMENT);

        poller.tell(due(Duration.ofSeconds(30)));
        poller.tell(due(Duration.ofSeconds(20)));
        poller.tell(due(Duration.ofHours(1)));
        pool.expectNoMessage(A_MOMENT);
        passSpeaking(poller, Duration.ofSeconds(20));
        pool.expectNoMessage(A_MOMENT);
        pass(Duration.ofMillis(1));

        assertThat(assigned().runs()).hasSize(1);
    }

    private Poller.NodeDemand due(Duration in) {
        return new Poller.NodeDemand(new Demand(
                node, MEMBER, pool.getRef(), 1, 1, 0, List.of(), false, 0, in.toMillis(), List.of(), List.of()));
    }

    @Test
    void theNodeWithMostRoomIsServedFirst() {
        var other = KIT.<Assign>createTestProbe();
        var poller = poller();
        poller.tell(demand(2, 0));
        poller.tell(new Poller.NodeDemand(new Demand(
                UUID.randomUUID(),
                OTHER_MEMBER,
                other.getRef(),
                3,
                3,
                0,
                List.of(),
                false,
                0,
                null,
                List.of(),
                List.of())));
        awaitIdle();
        awaitListening();

        insert(1);

        assertThat(other.receiveMessage(SOON).runs()).hasSize(1);
        pool.expectNoMessage(A_MOMENT);
    }

    @Test
    void theUrgentOnesComeFirst() {
        var first = insert(1).getFirst();
        var urgent = DB.one(
                UUID.class,
                "INSERT INTO runs (agent_id, plan, priority) VALUES ('agent', ?::jsonb, 9) RETURNING id",
                TestDatabase.PLAN);
        var poller = poller();

        poller.tell(demand(2, 0));

        assertThat(assigned().runs()).extracting(Run::id).containsExactly(urgent, first);
    }

    @Test
    void aNodeThatHasFallenSilentGetsNothing() {
        var poller = poller();
        poller.tell(demand(2, 0));
        awaitIdle();

        pass(Duration.ofSeconds(8));
        insert(1);
        poller.tell(Poller.Wake.UP);

        pool.expectNoMessage(A_MOMENT.multipliedBy(3));
        poller.tell(demand(2, 0));
        assertThat(assigned().runs()).hasSize(1);
    }

    @Test
    void aMemberThatDoesNotAnswerGetsNothing() {
        members.with(MEMBER);
        var poller = poller();
        poller.tell(demand(2, 0));
        awaitIdle();
        awaitListening();

        members.unreachable(MEMBER);
        insert(1);

        pool.expectNoMessage(A_MOMENT);
        members.reachable(MEMBER);
        poller.tell(demand(2, 0));
        assertThat(assigned().runs()).hasSize(1);
    }

    @Test
    void runsThatWereHandedBackAreClaimedAtOnce() {
        var id = insert(1).getFirst();
        var poller = poller();
        poller.tell(demand(2, 0));
        var first = assigned();
        awaitIdle();
        awaitListening();

        DB.database().runs().release(node, List.of(first.claimId()));
        poller.tell(new Poller.NodeDemand(new Demand(
                node,
                MEMBER,
                pool.getRef(),
                2,
                2,
                first.claimId(),
                List.of(new Fence(id, first.claimId(), 0)),
                true,
                0,
                null,
                List.of(),
                List.of())));

        assertThat(assigned().runs()).extracting(Run::id).containsExactly(id);
    }

    // --- wake-ups

    @Test
    void anInsertWakesAnIdlePollerByItself() {
        var poller = poller();
        poller.tell(demand(2, 0));
        awaitIdle();
        awaitListening();

        var id = insert(1).getFirst();

        assertThat(assigned().runs()).extracting(Run::id).containsExactly(id);
        id = insert(1).getFirst();
        assertThat(assigned().runs()).extracting(Run::id).containsExactly(id);
    }

    @Test
    void aMessageWakesThePoller() {
        var poller = poller();
        poller.tell(demand(2, 0));
        awaitIdle();
        awaitListening();
        // So that the trigger says nothing.
        DB.execute("UPDATE leases SET idle = false");
        insert(1);
        pool.expectNoMessage(A_MOMENT);

        poller.tell(Poller.Wake.UP);

        assertThat(assigned().runs()).hasSize(1);
    }

    @Test
    void withoutAWakeUpTheIntervalFindsIt() {
        var poller = poller();
        poller.tell(demand(2, 0));
        awaitIdle();
        awaitListening();
        DB.execute("UPDATE leases SET idle = false");
        insert(1);

        for (int seconds = 0; seconds < POLL_INTERVAL.toSeconds() - 1; seconds++) {
            poller.tell(demand(2, 0));
            pass(Duration.ofSeconds(1));
        }
        pool.expectNoMessage(A_MOMENT);
        pass(Duration.ofSeconds(1));

        assertThat(assigned().runs()).hasSize(1);
    }

    @Test
    void whatIsDueIsPromotedAndClaimed() {
        DB.execute(
                "INSERT INTO runs (agent_id, plan, next_attempt_at, status)"
                        + " VALUES ('agent', ?::jsonb, now() - interval '1 s', 'retry'),"
                        + " ('agent', ?::jsonb, NULL, 'scheduled')",
                TestDatabase.PLAN,
                TestDatabase.PLAN);
        var poller = poller();

        poller.tell(demand(4, 0));

        assertThat(assigned().runs()).hasSize(2);
    }

    @Test
    void whatIsDueBeforeTheNextPollIsPromotedWhenItIsDue() {
        DB.execute(
                "INSERT INTO runs (agent_id, plan, next_attempt_at)"
                        + " VALUES ('agent', ?::jsonb, now() + interval '300 ms')",
                TestDatabase.PLAN);
        var poller = poller();
        poller.tell(demand(4, 0));
        awaitIdle();
        await().atMost(SOON).until(() -> DB.one(Boolean.class, "SELECT next_attempt_at < clock_timestamp() FROM runs"));

        pass(Duration.ofMillis(301));

        assertThat(assigned().runs()).hasSize(1);
    }

    // --- in flight

    @Test
    void anAssignmentThatWasLostIsMadeAgainOnceItsClaimIsReleased() {
        var id = insert(1).getFirst();
        var poller = poller();
        poller.tell(demand(2, 0));
        var lost = assigned();
        awaitIdle();

        DB.execute("DELETE FROM claims");
        poller.tell(demand(2, lost.claimId()));
        poller.tell(Poller.Wake.UP);
        // Nobody has said that it is free.
        pool.expectNoMessage(A_MOMENT);
        passSpeaking(poller, Duration.ofSeconds(6));
        poller.tell(Poller.Wake.UP);

        var again = assigned();
        assertThat(again.runs()).extracting(Run::id).containsExactly(id);
        assertThat(again.claimId()).isGreaterThan(lost.claimId());
    }

    @Test
    void whatIsFreedCanBeClaimedAgain() {
        var id = insert(1).getFirst();
        var poller = poller();
        poller.tell(demand(2, 0));
        var first = assigned();
        awaitIdle();

        poller.tell(new Poller.NodeDemand(new Demand(
                node,
                MEMBER,
                pool.getRef(),
                2,
                2,
                first.claimId(),
                List.of(new Fence(id, first.claimId(), 0)),
                false,
                0,
                null,
                List.of(),
                List.of())));
        poller.tell(Poller.Wake.UP);

        assertThat(assigned().runs()).extracting(Run::id).containsExactly(id);
    }

    // --- the lease

    @Test
    void aDeposedPollerClaimsNothingAndTakesItsLeaseAgainLater() {
        var poller = poller();
        poller.tell(demand(2, 0));
        awaitIdle();
        DB.execute("UPDATE leases SET owner = 'other', epoch = epoch + 1, expires_at = now() + interval '11 s'");

        insert(1);
        poller.tell(Poller.Wake.UP);
        await().atMost(SOON).until(() -> logged("poller_stopped") == 1);
        passSpeaking(poller, Duration.ofSeconds(3));

        pool.expectNoMessage(A_MOMENT);
        assertThat(claimedRuns()).isZero();
        DB.execute("UPDATE leases SET expires_at = now() - interval '1 s'");
        passUntil(poller, () -> logged("poller_started") == 2);
        poller.tell(demand(2, 0));
        assertThat(assigned().runs()).hasSize(1);
        assertThat(DB.one(Long.class, "SELECT epoch FROM claims")).isEqualTo(3);
    }

    @Test
    void aDeposedPollerFindsOutEvenWithNothingToClaim() {
        var poller = poller();
        awaitStarted(1);
        DB.execute("UPDATE leases SET owner = 'other', epoch = epoch + 1, expires_at = now() + interval '11 s'");

        passUntil(poller, () -> logged("poller_stopped") == 1);
    }

    @Test
    void ofTwoPollersOneClaimsAndTheOtherFollowsAtOnce() {
        var first = poller();
        awaitStarted(1);
        var second = poller();
        insert(1);

        second.tell(demand(2, 0));
        pool.expectNoMessage(A_MOMENT);
        first.tell(Poller.Stop.NOW);

        pool.expectTerminated(first, SOON);
        assertThat(DB.one(Boolean.class, "SELECT expires_at = '-infinity' AND NOT idle FROM leases"))
                .isTrue();
        passUntil(second, () -> logged("poller_started") == 2);
        assertThat(assigned().runs()).hasSize(1);
    }

    @Test
    void aPollerThatWaitsForItsLeaseStopsWhenItIsTold() {
        poller();
        awaitStarted(1);
        var second = poller();

        second.tell(Poller.Stop.NOW);

        pool.expectTerminated(second, SOON);
    }

    // --- hand-over

    @Test
    void theNextPollerClaimsAsSoonAsTheLeaseIsFree() {
        var first = poller();
        awaitStarted(1);
        var second = poller();
        await().atMost(SOON).until(() -> logged("poller_standing_by") == 1);
        insert(1);
        second.tell(demand(2, 0));
        first.tell(Poller.Stop.NOW);
        pool.expectTerminated(first, SOON);

        pass(Duration.ofMillis(200));

        assertThat(assigned().runs()).hasSize(1);
    }

    @Test
    void aClaimThatIsUnderWayWhenThePollerIsToldToStopReachesItsNode() throws Exception {
        var poller = poller();
        poller.tell(demand(2, 0));
        awaitIdle();
        awaitListening();
        try (var connection = DB.connect();
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("LOCK TABLE claims IN SHARE MODE");
            insert(1);
            await().atMost(SOON).until(() -> waitingForLocks("WITH lease AS MATERIALIZED"));

            poller.tell(Poller.Stop.NOW);
            await().atMost(SOON).until(() -> logged("poller_stopped") == 1);
            connection.rollback();
        }

        assertThat(assigned().runs()).hasSize(1);
        pool.expectTerminated(poller, SOON);
        assertThat(DB.one(Boolean.class, "SELECT expires_at = '-infinity' FROM leases"))
                .isTrue();
    }

    @Test
    void aPollerThatIsToldToStopWhileTheDatabaseHangsStopsWithinTwoSeconds() throws Exception {
        var poller = poller();
        awaitStarted(1);
        try (var connection = DB.connect();
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("LOCK TABLE leases");
            poller.tell(Poller.Stop.NOW);
            await().atMost(SOON).until(() -> waitingForLocks("UPDATE leases SET expires_at = '-infinity'"));
            pass(Duration.ofMillis(1999));
            pool.expectNoMessage(A_MOMENT);
            pass(Duration.ofMillis(1));

            pool.expectTerminated(poller, Duration.ofSeconds(2));
            connection.rollback();
        }
        assertThat(logged("poller_stopped")).isEqualTo(1);
    }

    @Test
    void soDoesOneWhoseClaimHangs() throws Exception {
        var poller = poller();
        poller.tell(demand(2, 0));
        awaitIdle();
        awaitListening();
        try (var connection = DB.connect();
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("LOCK TABLE claims IN SHARE MODE");
            insert(1);
            await().atMost(SOON).until(() -> waitingForLocks("WITH lease AS MATERIALIZED"));
            poller.tell(Poller.Stop.NOW);
            // So that it has been told before time passes.
            await().atMost(SOON).until(() -> logged("poller_stopped") == 1);
            pass(Duration.ofSeconds(2));

            pool.expectTerminated(poller, Duration.ofSeconds(2));
            connection.rollback();
        }
    }

    @Test
    void soDoesOneThatWaitsForItsLease() throws Exception {
        try (var connection = DB.connect();
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("LOCK TABLE leases");
            var poller = poller();
            await().atMost(SOON).until(() -> waitingForLocks("INSERT INTO leases"));
            poller.tell(Poller.Stop.NOW);
            pool.expectNoMessage(A_MOMENT);
            pass(Duration.ofSeconds(2));

            pool.expectTerminated(poller, Duration.ofSeconds(2));
            connection.rollback();
        }
    }

    // --- the database is away

    @Test
    void aPollerThatHasLostTheDatabaseStepsDownOnceWhereAnotherNodeHasIt() {
        members.with(MEMBER, OTHER_MEMBER);
        var poller = poller();
        awaitStarted(1);
        withoutTables(() -> {
            passWhileAnotherSays(poller, 0, 5);
            assertThat(stepDowns).hasValue(0);
            passWhileAnotherSays(poller, 0, 5);
            assertThat(stepDowns).hasValue(1);
            passWhileAnotherSays(poller, 0, 20);
            assertThat(stepDowns).hasValue(1);
        });
    }

    @Test
    void anOutageForEverybodyMovesNothing() {
        members.with(MEMBER, OTHER_MEMBER);
        var poller = poller();
        awaitStarted(1);
        withoutTables(() -> passWhileAnotherSays(poller, 4000, 30));

        assertThat(stepDowns).hasValue(0);
    }

    @Test
    void aPollerThatNeverGotItsLeaseStepsDownToo() {
        members.with(MEMBER, OTHER_MEMBER);
        withoutTables(() -> {
            var poller = poller();
            passWhileAnotherSays(poller, 0, 5);
            assertThat(stepDowns).hasValue(0);
            passWhileAnotherSays(poller, 0, 5);
            assertThat(stepDowns).hasValue(1);
            passWhileAnotherSays(poller, 0, 20);
            assertThat(stepDowns).hasValue(1);
        });
    }

    @Test
    void aPollerWhoseStatementsFailThoughItsNodeHasTheDatabaseStays() {
        members.with(MEMBER, OTHER_MEMBER);
        var poller = poller();
        awaitStarted(1);
        DB.execute("ALTER TABLE claims RENAME TO claims_away");
        try {
            passWhileTheySay(poller, 0, 0, 30);
        } finally {
            DB.execute("ALTER TABLE claims_away RENAME TO claims");
        }

        assertThat(stepDowns).hasValue(0);
    }

    private void withoutTables(Runnable outage) {
        DB.execute("ALTER SCHEMA public RENAME TO away");
        try {
            outage.run();
        } finally {
            DB.execute("ALTER SCHEMA away RENAME TO public");
        }
    }

    /** Each second this node says that it has lost the database, and another one since when it has not heard from it. */
    private void passWhileAnotherSays(ActorRef<Poller.Command> poller, long databaseSilentMillis, int seconds) {
        passWhileTheySay(poller, 60_000, databaseSilentMillis, seconds);
    }

    private void passWhileTheySay(
            ActorRef<Poller.Command> poller, long silentHereMillis, long databaseSilentMillis, int seconds) {
        var other = UUID.randomUUID();
        for (int second = 0; second < seconds; second++) {
            poller.tell(new Poller.NodeDemand(new Demand(
                    pollersNode,
                    MEMBER,
                    pool.getRef(),
                    0,
                    0,
                    0,
                    List.of(),
                    false,
                    silentHereMillis,
                    null,
                    List.of(),
                    List.of())));
            poller.tell(new Poller.NodeDemand(new Demand(
                    other,
                    OTHER_MEMBER,
                    pool.getRef(),
                    0,
                    0,
                    0,
                    List.of(),
                    false,
                    databaseSilentMillis,
                    null,
                    List.of(),
                    List.of())));
            pass(Duration.ofSeconds(1));
            await().pollDelay(Duration.ofMillis(40)).until(() -> true);
        }
    }

    private static boolean waitingForLocks(String statement) {
        return DB.one(
                        Long.class,
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                                + " AND wait_event_type = 'Lock' AND pid <> pg_backend_pid() AND query LIKE ?",
                        "%" + statement + "%")
                == 1;
    }

    /** A timer takes no delay of more than 248 days. */
    @Test
    void aRateThatOpensInAYearHoldsUpNobodyElse() {
        DB.execute("INSERT INTO limits (kind, pattern, max_starts, per_seconds) VALUES ('agent', 'slow', 1, 31536000)");
        DB.execute(
                "INSERT INTO runs (agent_id, plan) SELECT 'slow', ?::jsonb FROM generate_series(1, 2)",
                TestDatabase.PLAN);
        var poller = poller();
        poller.tell(demand(4, 0));
        assertThat(assigned().runs()).hasSize(1);
        pool.expectNoMessage(A_MOMENT);

        var other = insert(1);
        poller.tell(Poller.Wake.UP);

        assertThat(assigned().runs()).extracting(Run::id).containsExactlyElementsOf(other);
        assertThat(logged("poller_started")).isEqualTo(1);
    }

    // --- failure

    /** It may be written later than it is read what is in use; under a new epoch it is not. */
    @Test
    void afterAClaimOfPickedRunsWhoseAnswerWasLostTheLeaseIsTakenAnew() throws Exception {
        DB.execute("INSERT INTO limits (kind, pattern, max_running) VALUES ('agent', '*', 1)");
        var poller = poller();
        poller.tell(demand(2, 0));
        awaitIdle();
        awaitListening();
        List<UUID> ids;
        try (var connection = DB.connect();
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("LOCK TABLE claims IN SHARE MODE");
            ids = insert(1);
            await().atMost(SOON).until(() -> waitingForLocks("picked AS MATERIALIZED"));
            DB.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                    + " AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()");
            await().atMost(SOON).until(() -> logged("poller_stopped") == 1);
            connection.rollback();
        }

        passUntil(poller, () -> logged("poller_started") == 2);

        assertThat(assigned().runs()).extracting(Run::id).containsExactlyElementsOf(ids);
        assertThat(DB.one(Long.class, "SELECT epoch FROM leases WHERE name = 'poller'"))
                .isEqualTo(2);
    }

    @Test
    void aDatabaseThatFailsIsAskedAgainAndTheLogIsNotFilled() {
        var poller = poller();
        awaitStarted(1);
        insert(1);
        DB.execute("ALTER TABLE claims RENAME TO claims_away");
        try {
            for (int seconds = 0; seconds < 30; seconds++) {
                poller.tell(demand(2, 0));
                pass(Duration.ofSeconds(1));
                pool.expectNoMessage(Duration.ofMillis(20));
            }
        } finally {
            DB.execute("ALTER TABLE claims_away RENAME TO claims");
        }
        assertThat(logged("worker_pool_poll_error")).isBetween(2L, 7L);

        passSpeaking(poller, Duration.ofSeconds(3));

        assertThat(assigned().runs()).hasSize(1);
    }

    // --- rescue

    @Test
    void whatAMemberHeldIsClaimedForAnotherAtOnceWhenTheClusterRemovesIt() {
        members.with(1, MEMBER, OTHER_MEMBER);
        var id = insert(1).getFirst();
        DB.execute(
                "INSERT INTO nodes (id, address, app_version, concurrency, member_uid) VALUES (?, 'x', 'x', 1, ?)",
                node,
                MEMBER);
        var poller = poller();
        poller.tell(demand(1, 0));
        assigned();
        var other = KIT.<Assign>createTestProbe();
        poller.tell(new Poller.NodeDemand(new Demand(
                UUID.randomUUID(),
                OTHER_MEMBER,
                other.getRef(),
                3,
                3,
                0,
                List.of(),
                false,
                0,
                null,
                List.of(),
                List.of())));
        awaitIdle();

        // No time passes.
        members.removed(MEMBER);

        var again = other.receiveMessage(SOON).runs();
        assertThat(again).extracting(Run::id).containsExactly(id);
        assertThat(again.getFirst().attempts()).isEqualTo(1);
        pool.expectNoMessage(A_MOMENT);
    }

    @Test
    void aNodeThatSpeaksIsNotRescuedHoweverOldItsHeartbeatAndOneThatFellSilentIs() {
        // However long the poll interval.
        insert(1);
        DB.execute(
                "INSERT INTO nodes (id, address, app_version, concurrency, heartbeat_at) VALUES (?, 'x', 'x', 1, now() - interval '1 hour')",
                node);
        var poller = poller();
        poller.tell(demand(1, 0));
        assigned();

        passSpeaking(poller, Duration.ofSeconds(20));
        assertThat(DB.one(Integer.class, "SELECT attempts FROM runs")).isZero();

        passUntil(null, () -> DB.one(Integer.class, "SELECT attempts FROM runs") == 1);
        assertThat(nanos.get()).isLessThan(Duration.ofSeconds(40).toNanos());
    }

    // --- how to say it

    private ActorRef<Poller.Command> poller() {
        // Each poller is one of another node, as each of the same node would hold the other's lease.
        pollersNode = UUID.randomUUID();
        var poller = KIT.spawn(Poller.create(new Poller.Parts(
                pollersNode,
                DB.database(),
                new PollerSettings(POLL_INTERVAL, BATCH_SIZE, Fairness.OFF, Duration.ZERO),
                5,
                new RetentionSettings(Duration.ZERO, Duration.ZERO, Duration.ZERO),
                members.membership(),
                (_, _) -> List.of(),
                stepDowns::incrementAndGet,
                metrics,
                nanos::get)));
        pollers.add(poller);
        return poller;
    }

    private Poller.NodeDemand demand(int room, long lastClaimId) {
        return new Poller.NodeDemand(new Demand(
                node, MEMBER, pool.getRef(), room, room, lastClaimId, List.of(), false, 0, null, List.of(), List.of()));
    }

    private Assign assigned() {
        return pool.receiveMessage(SOON);
    }

    private static List<UUID> insert(int count) {
        return IntStream.range(0, count).mapToObj(_ -> DB.insertRun()).toList();
    }

    private static long claimedRuns() {
        return DB.one(Long.class, "SELECT coalesce(sum(cardinality(run_ids)), 0) FROM claims");
    }

    private void awaitStarted(int times) {
        await().atMost(SOON).until(() -> logged("poller_started") == times);
    }

    /** Nothing is left to claim, and there is a node that could take it. */
    private static void awaitIdle() {
        await().atMost(SOON).until(() -> DB.one(Long.class, "SELECT count(*) FROM leases WHERE idle") == 1);
    }

    /** Until LISTEN is proven, each connect wakes the poller once, which is not what a test is about. */
    private static void awaitListening() {
        await().atMost(SOON)
                .until(() -> DB.one(
                                Long.class,
                                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                                        + " AND application_name = 'nova-listen' AND query = 'LISTEN nova_runs'")
                        == 1);
        await().pollDelay(A_MOMENT).atMost(SOON).until(() -> true);
    }

    private long logged(String event) {
        return List.copyOf(events.list).stream()
                .filter(it -> it.getMessage().equals(event))
                .count();
    }

    private void pass(Duration duration) {
        for (var left = duration; left.isPositive(); left = left.minusSeconds(1)) {
            var step = left.compareTo(Duration.ofSeconds(1)) < 0 ? left : Duration.ofSeconds(1);
            nanos.addAndGet(step.toNanos());
            TIME.timePasses(step);
        }
    }

    /** The node says each second what room it has, and the statements of that second have time to end. */
    private void passSpeaking(ActorRef<Poller.Command> poller, Duration duration) {
        for (int seconds = 0; seconds < duration.toSeconds(); seconds++) {
            poller.tell(demand(2, Long.MAX_VALUE));
            pass(Duration.ofSeconds(1));
            await().pollDelay(Duration.ofMillis(20)).until(() -> true);
        }
    }

    private void passUntil(ActorRef<Poller.Command> speakingTo, java.util.concurrent.Callable<Boolean> condition) {
        await().atMost(SOON).pollInterval(Duration.ofMillis(30)).until(() -> {
            if (condition.call()) {
                return true;
            }
            if (speakingTo != null) {
                speakingTo.tell(demand(2, 0));
            }
            pass(Duration.ofSeconds(1));
            return false;
        });
    }
}
