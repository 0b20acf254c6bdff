package com.agenticverz.nova.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.cluster.Heartbeat.Holdings;
import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.store.Held;
import com.agenticverz.nova.store.NodeRow;
import com.agenticverz.nova.store.TestDatabase;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
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

    private final NodeRow self = new NodeRow(UUID.randomUUID(), 7, "host:1", "1.2.3", 4, true, false);
    private final AtomicLong nanos = new AtomicLong(17);
    private final TestProbe<Holdings> pool = KIT.createTestProbe();
    private ActorRef<Heartbeat.Command> heartbeat;

    @BeforeEach
    void startHeartbeat() {
        DB.empty("runs, claims, nodes");
        heartbeat = KIT.spawn(Heartbeat.create(DB.database(), self, pool.getRef()::tell, nanos::get));
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
    void aRowThatARescueHasTakenAwayComesBack() {
        heard();
        DB.execute("DELETE FROM nodes");

        TIME.timePasses(Heartbeat.INTERVAL);
        heard();

        assertThat(DB.one(UUID.class, "SELECT id FROM nodes")).isEqualTo(self.id());
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
