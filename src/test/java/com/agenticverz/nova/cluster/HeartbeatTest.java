package com.agenticverz.nova.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.cluster.Heartbeat.Holdings;
import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.store.Held;
import com.agenticverz.nova.store.NodeControl;
import com.agenticverz.nova.store.NodeRow;
import com.agenticverz.nova.store.TestDatabase;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** On a real PostgreSQL, by manual time. */
@Timeout(60)
class HeartbeatTest {

    @RegisterExtension
    static final TestDatabase DB = TestDatabase.create();

    private static final ActorTestKit KIT =
            ActorTestKit.create("heartbeat-test", ManualTime.config().withFallback(TestSystems.local()));
    private static final ManualTime TIME = ManualTime.get(KIT.system());
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Duration A_MOMENT = Duration.ofMillis(50);

    private final NodeRow self = new NodeRow(UUID.randomUUID(), 7, "host:1", "1.2.3", 4, false, false, Map.of());
    private final AtomicLong nanos = new AtomicLong(17);
    private final TestProbe<Holdings> pool = KIT.createTestProbe();
    private final TestProbe<Optional<Long>> polling = KIT.createTestProbe();
    private final TestProbe<NodeControl> steered = KIT.createTestProbe();
    private final TestProbe<String> rescued = KIT.createTestProbe();
    private final AtomicBoolean told = new AtomicBoolean();
    private final AtomicBoolean breaks = new AtomicBoolean();
    private ActorRef<Heartbeat.Command> heartbeat;

    private final Heartbeat.Listener listener = new Heartbeat.Listener() {
        @Override
        public void holds(Holdings holdings, boolean writable) {
            if (breaks.getAndSet(false)) {
                throw new IllegalStateException("on purpose");
            }
            pool.getRef().tell(holdings);
        }

        @Override
        public void polling(@Nullable Long memberUid) {
            polling.getRef().tell(Optional.ofNullable(memberUid));
        }

        @Override
        public void steered(NodeControl wanted) {
            steered.getRef().tell(wanted);
        }

        @Override
        public void rescued() {
            told.set(true);
            rescued.getRef().tell("rescued");
        }
    };

    @BeforeEach
    void startHeartbeat() {
        DB.empty("runs, claims, nodes, leases, node_controls");
        heartbeat = KIT.spawn(Heartbeat.create(DB.database(), self, listener, nanos::get));
    }

    @AfterEach
    void stopHeartbeat() {
        KIT.stop(heartbeat);
    }

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @Test
    void aNodeSaysAtOnceThatItLives() {
        heard();

        assertThat(DB.rows("SELECT id, address, app_version, concurrency, draining FROM nodes"))
                .containsExactly(Map.of(
                        "id",
                        self.id(),
                        "address",
                        "host:1",
                        "app_version",
                        "1.2.3",
                        "concurrency",
                        4,
                        "draining",
                        false));
    }

    @Test
    void itSaysSoAgainAndAgain() {
        heard();
        for (int i = 0; i < 3; i++) {
            var before = heartbeatAt();
            TIME.timePasses(Heartbeat.INTERVAL.minusMillis(1));
            pool.expectNoMessage(A_MOMENT);
            TIME.timePasses(Duration.ofMillis(1));
            heard();
            assertThat(heartbeatAt()).isAfter(before);
        }
    }

    @Test
    void itHearsWhatTheTablesSayThatTheNodeHolds() {
        heard();
        var listed = DB.insertRun();
        var marked = DB.insertRun();
        DB.execute("UPDATE runs SET status = 'running', claimed_by = ?, claim_id = 7 WHERE id = ?", self.id(), marked);
        var claimId = DB.one(
                Long.class,
                "INSERT INTO claims (node_id, epoch, run_ids, attempts) VALUES (?, 1, ARRAY[?]::uuid[], '{0}') RETURNING id",
                self.id(),
                listed);
        DB.execute(
                "INSERT INTO claims (node_id, epoch, run_ids, attempts) VALUES (?, 1, ARRAY[?]::uuid[], '{0}')",
                UUID.randomUUID(), listed);
        nanos.set(4711);

        TIME.timePasses(Heartbeat.INTERVAL);

        var holdings = heard();
        assertThat(holdings.readNanos()).isEqualTo(4711);
        assertThat(holdings.claims()).containsOnlyKeys(claimId);
        assertThat(holdings.lists(new Fence(listed, claimId, 0))).isTrue();
        assertThat(holdings.marks(new Fence(marked, 7, 0))).isTrue();
    }

    @Test
    void ofMarkedRunsThatWereNotLookedForNothingIsKnown() {
        var run = UUID.randomUUID();
        var holdings = new Holdings(0, List.of(Held.listed(1, run, Duration.ofMillis(700))), false);

        assertThat(holdings.marks(new Fence(run, 2, 0))).isTrue();
        assertThat(holdings.marked()).isEmpty();
        assertThat(holdings.lists(new Fence(run, 1, 0))).isTrue();
        assertThat(holdings.lists(new Fence(run, 2, 0))).isFalse();
    }

    @Test
    void whatIsHeldUnderAnotherClaimIsNotHeld() {
        var run = UUID.randomUUID();
        var holdings = new Holdings(0, List.of(Held.listed(1, run, Duration.ofMillis(700)), Held.marked(2, run)));

        assertThat(holdings.lists(new Fence(run, 1, 0))).isTrue();
        assertThat(holdings.lists(new Fence(run, 2, 0))).isFalse();
        assertThat(holdings.lists(new Fence(UUID.randomUUID(), 1, 0))).isFalse();
        assertThat(holdings.marks(new Fence(run, 2, 0))).isTrue();
        assertThat(holdings.marks(new Fence(run, 1, 0))).isFalse();
        assertThat(holdings.claims()).isEqualTo(Map.of(1L, Duration.ofMillis(700)));
    }

    @Test
    void aNodeThatDrainsSaysSo() {
        heard();

        heartbeat.tell(Heartbeat.Draining.STARTED);
        TIME.timePasses(Heartbeat.INTERVAL);
        heard();

        assertThat(DB.one(Boolean.class, "SELECT draining FROM nodes")).isTrue();
    }

    @Test
    void aNodeThatHasJoinedSaysSo() {
        heard();
        assertThat(DB.one(Boolean.class, "SELECT joined FROM nodes")).isFalse();

        heartbeat.tell(Heartbeat.Joined.NOW);
        TIME.timePasses(Heartbeat.INTERVAL);
        heard();

        assertThat(DB.one(Boolean.class, "SELECT joined FROM nodes")).isTrue();
    }

    @Test
    void aRowThatARescueHasTakenAwayDoesNotComeBackAndTheNodeIsToldEachTime() {
        heard();
        DB.execute("DELETE FROM nodes");

        for (int i = 0; i < 2; i++) {
            TIME.timePasses(Heartbeat.INTERVAL);
            rescued.receiveMessage(SOON);
        }

        // What the tables say of a node that is given up is nothing to act on: its pool would think all its claims
        // lost.
        pool.expectNoMessage(A_MOMENT);
        assertThat(DB.rows("SELECT id FROM nodes")).isEmpty();
    }

    @Test
    void aRestartOfTheActorDoesNotBringARowBack() {
        heard();
        // Fails where it hears, and is restarted by its supervisor.
        breaks.set(true);
        TIME.timePasses(Heartbeat.INTERVAL);
        Awaitility.await().untilFalse(breaks);
        DB.execute("DELETE FROM nodes");

        // Longer than the supervisor waits.
        Awaitility.await().until(() -> {
            TIME.timePasses(Heartbeat.INTERVAL);
            return told.get();
        });

        assertThat(DB.rows("SELECT id FROM nodes")).isEmpty();
    }

    @Test
    void itHearsWhoPolls() {
        heard();
        polling.expectMessage(SOON, Optional.empty());
        DB.execute("INSERT INTO leases VALUES ('poller', ?, 1, now() + interval '1 hour')", self.id());

        TIME.timePasses(Heartbeat.INTERVAL);
        // Not a member yet, whoever it is.
        polling.expectMessage(SOON, Optional.empty());
        heartbeat.tell(Heartbeat.Joined.NOW);
        TIME.timePasses(Heartbeat.INTERVAL);

        polling.expectMessage(SOON, Optional.of(self.memberUid()));
    }

    @Test
    void afterItsLeaveNothingBringsTheRowBack() {
        heard();

        heartbeat.tell(Heartbeat.Leaving.NOW);
        TestProbe<Object> watch = KIT.createTestProbe();
        watch.expectTerminated(heartbeat, SOON);
        DB.execute("DELETE FROM nodes");

        TIME.timePasses(Heartbeat.INTERVAL);
        pool.expectNoMessage(A_MOMENT);
        assertThat(DB.rows("SELECT id FROM nodes")).isEmpty();
    }

    @Test
    void itHearsWhatPeopleWantOfItAndSaysAtOnceThatItIsSo() {
        heard();
        steered.expectMessage(SOON, NodeControl.NONE);
        DB.execute("INSERT INTO node_controls (node, concurrency) VALUES ('*', 9), ('host:2', 3)");

        TIME.timePasses(Heartbeat.INTERVAL);

        steered.expectMessage(SOON, new NodeControl(9, false));
        steered.expectMessage(SOON, new NodeControl(9, false));
        assertThat(DB.one(Integer.class, "SELECT concurrency FROM nodes")).isEqualTo(9);
        assertThat(DB.one(Boolean.class, "SELECT draining FROM nodes")).isFalse();
        steered.expectNoMessage(A_MOMENT);

        DB.execute("INSERT INTO node_controls (node, draining) VALUES ('host:1', true)");
        TIME.timePasses(Heartbeat.INTERVAL);
        steered.expectMessage(SOON, new NodeControl(9, true));
        steered.expectMessage(SOON, new NodeControl(9, true));
        assertThat(DB.one(Boolean.class, "SELECT draining FROM nodes")).isTrue();

        DB.execute("DELETE FROM node_controls");
        TIME.timePasses(Heartbeat.INTERVAL);
        steered.expectMessage(SOON, NodeControl.NONE);
        steered.expectMessage(SOON, NodeControl.NONE);
        assertThat(DB.one(Integer.class, "SELECT concurrency FROM nodes")).isEqualTo(4);
        assertThat(DB.one(Boolean.class, "SELECT draining FROM nodes")).isFalse();
    }

    @Test
    void aNodeThatLeavesDrainsWhateverPeopleWantOfIt() {
        heard();
        heartbeat.tell(Heartbeat.Draining.STARTED);
        DB.execute("INSERT INTO node_controls (node, concurrency) VALUES ('host:1', 3)");
        TIME.timePasses(Heartbeat.INTERVAL);
        heard();
        heard();

        assertThat(DB.one(Boolean.class, "SELECT draining FROM nodes")).isTrue();
    }

    @Test
    void aHeartbeatThatFailsIsTriedAgainSoon() {
        heard();
        DB.execute("ALTER TABLE nodes RENAME TO nodes_away");
        try {
            TIME.timePasses(Heartbeat.INTERVAL);
            pool.expectNoMessage(A_MOMENT.multipliedBy(4));
        } finally {
            DB.execute("ALTER TABLE nodes_away RENAME TO nodes");
        }

        TIME.timePasses(Duration.ofMillis(500));

        heard();
    }

    private Holdings heard() {
        return pool.receiveMessage(SOON);
    }

    private static OffsetDateTime heartbeatAt() {
        return DB.one(OffsetDateTime.class, "SELECT heartbeat_at FROM nodes");
    }
}
