package com.agenticverz.nova.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.agenticverz.nova.cluster.TestMembership;
import com.agenticverz.nova.cluster.TestSystems;
import com.agenticverz.nova.store.ClaimResult;
import com.agenticverz.nova.store.Position;
import com.agenticverz.nova.store.Rescued;
import com.agenticverz.nova.store.TestDatabase;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
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

/** On a real PostgreSQL. Heartbeats are old because their rows say so; the watching is by manual time. */
@Timeout(60)
class RescuerTest {

    @RegisterExtension
    static final TestDatabase DB = TestDatabase.create();

    private static final ActorTestKit KIT =
            ActorTestKit.create("rescuer-test", ManualTime.config().withFallback(TestSystems.local()));
    private static final ManualTime TIME = ManualTime.get(KIT.system());
    private static final int MAX_ATTEMPTS = 2;
    private static final long SELF = 1;
    private static final long MEMBER = 2;
    private static final long OTHER_MEMBER = 3;
    private static Metrics metrics;
    private static long epoch;

    private final AtomicLong nanos = new AtomicLong();
    private final TestProbe<Rescued> poller = KIT.createTestProbe();
    private final TestMembership members = new TestMembership().with(SELF);
    private ActorRef<Rescuer.Command> rescuer;

    @BeforeAll
    static void start() {
        metrics = Metrics.start();
        epoch = DB.database()
                .leases()
                .acquire("poller", "test", Duration.ofHours(1))
                .orElseThrow();
    }

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
        metrics.close();
    }

    @BeforeEach
    void startRescuer() {
        DB.empty("runs, claims, nodes");
        rescuer = rescuer();
    }

    @AfterEach
    void stopRescuer() {
        KIT.stop(rescuer);
    }

    @Test
    void theRunsOfASilentNodeComeBackWithTheirAttemptCharged() {
        var node = silentNode();
        var run = claimedRun(node);

        var seconds = passUntilRescued();

        assertThat(poller.receiveMessage()).isEqualTo(new Rescued(List.of(run), List.of()));
        assertThat(seconds).isBetween(4, 7);
        assertThat(DB.rows("SELECT status, attempts, error_message FROM runs").getFirst())
                .containsEntry("status", "queued")
                .containsEntry("attempts", 1)
                .containsEntry("error_message", "the node that executed attempt 1 of 2 died");
        assertThat(DB.rows("SELECT 1 FROM claims")).isEmpty();
        assertThat(DB.rows("SELECT 1 FROM nodes")).isEmpty();
    }

    @Test
    void aRunThatHasNoAttemptLeftFailsAndSaysWhy() {
        var run = claimedRun(silentNode());
        passUntilRescued();
        poller.receiveMessage();
        claim(silentNode());

        passUntilRescued();

        assertThat(poller.receiveMessage()).isEqualTo(new Rescued(List.of(), List.of(run)));
        assertThat(DB.rows("SELECT status, attempts, error_message FROM runs").getFirst())
                .containsEntry("status", "failed")
                .containsEntry("attempts", 2)
                .containsEntry("error_message", "the node that executed attempt 2 of 2 died");
    }

    @Test
    void aNodeThatNeverHadARowIsRescuedToo() {
        var run = claimedRun(UUID.randomUUID());

        passUntilRescued();

        assertThat(poller.receiveMessage()).isEqualTo(new Rescued(List.of(run), List.of()));
    }

    @Test
    void severalNodesAreRescuedOneAfterTheOther() {
        var first = claimedRun(silentNode());
        var second = claimedRun(silentNode());

        passUntilRescued();
        pass(Duration.ofSeconds(1));

        assertThat(List.of(poller.receiveMessage(), poller.receiveMessage()))
                .containsExactlyInAnyOrder(
                        new Rescued(List.of(first), List.of()), new Rescued(List.of(second), List.of()));
    }

    @Test
    void aNodeWithAFreshHeartbeatIsLeftAlone() {
        claimedRun(node(Duration.ofSeconds(1)));

        passSeconds(10);

        assertNothingRescued();
    }

    @Test
    void aNodeThatSpeaksIsLeftAloneUntilItFallsSilent() {
        var node = silentNode();
        var run = claimedRun(node);
        rescuer.tell(new Rescuer.Speaking(Set.of(node)));
        passSeconds(10);
        assertNothingRescued();

        rescuer.tell(new Rescuer.Speaking(Set.of()));
        passUntilRescued();

        assertThat(poller.receiveMessage()).isEqualTo(new Rescued(List.of(run), List.of()));
    }

    @Test
    void afterAnOutageTheWatchBeginsAnew() {
        claimedRun(silentNode());
        passSeconds(3);
        DB.execute("ALTER TABLE nodes RENAME TO nodes_away");
        try {
            passSeconds(10);
        } finally {
            DB.execute("ALTER TABLE nodes_away RENAME TO nodes");
        }
        passSeconds(3);
        assertNothingRescued();

        // Everybody's heartbeat was old, and those that live renew theirs now.
        DB.execute("UPDATE nodes SET heartbeat_at = now()");
        passSeconds(10);

        assertNothingRescued();
    }

    @Test
    void aNodeThatHeldNothingIsForgottenQuietly() {
        silentNode();

        passUntilRescued();

        assertThat(poller.receiveMessage()).isEqualTo(new Rescued(List.of(), List.of()));
        assertThat(DB.rows("SELECT 1 FROM nodes")).isEmpty();
    }

    // --- by membership

    @Test
    void whatAMemberHeldComesBackAtOnceWhenTheClusterRemovesIt() {
        // Its heartbeat is fresh, and no time passes.
        var run = claimedRun(memberNode(Duration.ZERO));
        poller.expectNoMessage(Duration.ofMillis(200));

        members.removed(MEMBER);

        assertThat(poller.receiveMessage()).isEqualTo(new Rescued(List.of(run), List.of()));
        assertChargedOnce();
    }

    @Test
    void aMemberWhoseOwnDatabaseIsAwayKeepsWhatItHolds() {
        claimedRun(memberNode(Duration.ofHours(1)));

        passSeconds(30);

        assertNothingRescued();
    }

    @Test
    void aChangeWhileAStatementIsUnderWayIsLookedAtAfterIt() throws Exception {
        var first = claimedRun(memberNode(Duration.ZERO));
        var second = claimedRun(node(OTHER_MEMBER, Duration.ZERO));
        members.with(OTHER_MEMBER);
        try (var connection = DB.connect();
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("SELECT FROM claims FOR UPDATE");
            members.removed(MEMBER);
            await().until(() -> waitingForLocks() == 1);
            members.removed(OTHER_MEMBER);
            connection.rollback();
        }

        // No time passes.
        assertThat(List.of(poller.receiveMessage(), poller.receiveMessage()))
                .containsExactly(rescued(first), rescued(second));
    }

    @Test
    void aClaimWrittenAfterTheRescueIsFoundByTheNextLook() {
        var node = memberNode(Duration.ZERO);
        claimedRun(node);
        members.removed(MEMBER);
        poller.receiveMessage();
        await().until(() -> DB.rows("SELECT 1 FROM nodes").isEmpty());

        claim(node);
        pass(Duration.ofSeconds(1));

        assertThat(poller.receiveMessage().failed()).hasSize(1);
        assertThat(DB.rows("SELECT 1 FROM claims")).isEmpty();
    }

    @Test
    void ofTwoRescuersAtTheSameMomentOneCharges() throws Exception {
        var another = rescuer();
        var run = claimedRun(memberNode(Duration.ZERO));
        try (var connection = DB.connect();
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            // Both get as far as their rescue, and then go on at once.
            statement.execute("SELECT FROM claims FOR UPDATE");
            members.removed(MEMBER);
            await().until(() -> waitingForLocks() == 2);
            connection.rollback();
        }

        assertThat(List.of(poller.receiveMessage(), poller.receiveMessage()))
                .containsExactlyInAnyOrder(rescued(run), new Rescued(List.of(), List.of()));
        assertChargedOnce();
        KIT.stop(another);
    }

    @Test
    void whoIsRemovedAndSilentIsRescuedOnce() {
        var run = claimedRun(memberNode(Suspects.SILENCE.plusSeconds(60)));
        members.unreachable(MEMBER);
        passSeconds(19);
        assertNothingRescued();
        members.removed(MEMBER);
        assertThat(poller.receiveMessage()).isEqualTo(rescued(run));

        passSeconds(30);

        poller.expectNoMessage(Duration.ofMillis(50));
        assertChargedOnce();
    }

    @Test
    void aRescuerThatHasStoppedListensNoMore() {
        KIT.stop(rescuer);
        claimedRun(memberNode(Duration.ZERO));

        members.removed(MEMBER);

        assertNothingRescued();
    }

    private ActorRef<Rescuer.Command> rescuer() {
        return KIT.spawn(Rescuer.create(
                DB.database(), MAX_ATTEMPTS, members.membership(), poller.getRef(), metrics, nanos::get));
    }

    private static Rescued rescued(UUID run) {
        return new Rescued(List.of(run), List.of());
    }

    private static long waitingForLocks() {
        return DB.one(
                Long.class,
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                        + " AND wait_event_type = 'Lock' AND query LIKE '%DELETE FROM claims WHERE node_id%'");
    }

    private static void assertChargedOnce() {
        assertThat(DB.rows("SELECT status, attempts FROM runs"))
                .containsExactly(Map.of("status", "queued", "attempts", 1));
    }

    private UUID memberNode(Duration silent) {
        members.with(MEMBER);
        return node(MEMBER, silent);
    }

    private static UUID node(long memberUid, Duration silent) {
        var node = node(silent);
        DB.execute("UPDATE nodes SET member_uid = ? WHERE id = ?", memberUid, node);
        return node;
    }

    private static UUID silentNode() {
        return node(Suspects.SILENCE.plusSeconds(1));
    }

    private static UUID node(Duration silent) {
        var node = UUID.randomUUID();
        DB.execute(
                "INSERT INTO nodes (id, address, app_version, concurrency, heartbeat_at)"
                        + " VALUES (?, 'x', 'x', 1, now() - ? * interval '1 ms')",
                node,
                silent.toMillis());
        return node;
    }

    private static UUID claimedRun(UUID node) {
        var run = DB.insertRun();
        claim(node);
        return run;
    }

    private static void claim(UUID node) {
        var inFlight = DB.database().runs().inFlight().stream()
                .map(it -> new com.agenticverz.nova.run.Fence(it.runId(), it.claimId(), it.attempts()))
                .toList();
        var claimed = DB.database().runs().claim(epoch, node, 1, Position.START, inFlight, MAX_ATTEMPTS);
        assertThat(claimed).isInstanceOf(ClaimResult.Claimed.class);
    }

    private void assertNothingRescued() {
        poller.expectNoMessage(Duration.ofMillis(50));
        assertThat(DB.rows("SELECT attempts FROM runs")).containsExactly(Map.of("attempts", 0));
    }

    /** How many seconds it took. */
    private int passUntilRescued() {
        for (int seconds = 1; seconds <= 30; seconds++) {
            pass(Duration.ofSeconds(1));
            try {
                var rescued = poller.receiveMessage(Duration.ofMillis(60));
                poller.getRef().tell(rescued);
                return seconds;
            } catch (AssertionError e) {
                // Not yet.
            }
        }
        throw new AssertionError("nothing was rescued");
    }

    /** The statements of each second have time to end. */
    private void passSeconds(int seconds) {
        for (int second = 0; second < seconds; second++) {
            pass(Duration.ofSeconds(1));
            await().pollDelay(Duration.ofMillis(40)).until(() -> true);
        }
    }

    private void pass(Duration duration) {
        nanos.addAndGet(duration.toNanos());
        TIME.timePasses(duration);
    }
}
