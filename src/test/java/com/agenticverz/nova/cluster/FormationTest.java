package com.agenticverz.nova.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.settle.Wire;
import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.NodeControl;
import com.agenticverz.nova.store.NodeRow;
import com.agenticverz.nova.store.TestDatabase;
import com.agenticverz.nova.telemetry.Metrics;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.cluster.typed.Leave;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Members in one JVM: each an actor system with the configuration of a node, its own connections and clock. */
@Timeout(180)
class FormationTest {

    @RegisterExtension
    static final TestDatabase DB = TestDatabase.create();

    private static final Metrics METRICS = Metrics.start();
    private static final Duration AN_HOUR = Duration.ofHours(1);

    private final List<Life> lives = new ArrayList<>();

    @BeforeEach
    void startAfresh() {
        DB.empty("nodes, leases, claims, runs");
    }

    @AfterEach
    void endAll() {
        lives.forEach(Life::die);
        lives.forEach(Life::awaitEnd);
    }

    @AfterAll
    static void stop() {
        METRICS.close();
    }

    /** One life of a node, as far as formation needs one. */
    private static final class Life {
        final UUID id = UUID.randomUUID();
        final AtomicLong nanos = new AtomicLong(System.nanoTime());
        final Membership membership = new Membership();
        final CompletableFuture<Void> joined = new CompletableFuture<>();
        final ConcurrentLinkedQueue<String> rejoins = new ConcurrentLinkedQueue<>();
        final Wire wire = Wire.to(DB.url());
        final Database database = Database.open(wire.url(), wire.url());
        final ActorSystem<Void> system;
        volatile boolean frozen;

        Life(int port, boolean joinsItself, boolean frozen) {
            this.frozen = frozen;
            this.system = ActorSystem.create(
                    guardian(joinsItself),
                    name(),
                    ConfigFactory.parseString("pekko.remote.artery.canonical.port = " + port)
                            .withFallback(TestSystems.likeANode()));
        }

        static String name() {
            return "nova-" + DB.database().nodes().clusterIdentity().toString().substring(0, 8);
        }

        private Behavior<Void> guardian(boolean joinsItself) {
            return Behaviors.setup(context -> {
                var cluster = Cluster.get(context.getSystem());
                if (joinsItself) {
                    cluster.manager().tell(Join.create(cluster.selfMember().address()));
                }
                var self = new NodeRow(id, uid(cluster), address(cluster), "test", 1, false, false, Map.of());
                var beats = new CompletableFuture<ActorRef<Heartbeat.Command>>();
                var formation = context.spawn(
                        Formation.create(new Formation.Parts(
                                database,
                                self,
                                membership,
                                METRICS,
                                () -> {
                                    beats.thenAccept(it -> it.tell(Heartbeat.Joined.NOW));
                                    joined.complete(null);
                                },
                                rejoins::add,
                                this::now)),
                        "formation");
                beats.complete(context.spawn(
                        Heartbeat.create(
                                database,
                                self,
                                new Heartbeat.Listener() {
                                    @Override
                                    public void holds(Heartbeat.Holdings holdings, boolean writable) {}

                                    @Override
                                    public void polling(@Nullable Long memberUid) {
                                        formation.tell(new Formation.Polling(memberUid));
                                    }

                                    @Override
                                    public void steered(NodeControl wanted) {}

                                    @Override
                                    public void rescued() {
                                        rejoins.add("rescued");
                                    }
                                },
                                System::nanoTime),
                        "heartbeat"));
                return Behaviors.empty();
            });
        }

        /** A clock that goes on by itself, or only by hand. */
        private long now() {
            return frozen ? nanos.get() : nanos.get() + System.nanoTime();
        }

        Cluster cluster() {
            return Cluster.get(system);
        }

        static long uid(Cluster cluster) {
            return cluster.selfMember().uniqueAddress().longUid();
        }

        static String address(Cluster cluster) {
            return cluster.selfMember().address().hostPort().replaceFirst(".*@", "");
        }

        String address() {
            return address(cluster());
        }

        int port() {
            return cluster().selfMember().address().getPort().orElseThrow();
        }

        boolean knows(Life other) {
            return membership.isMember(uid(other.cluster()));
        }

        /** Ends without a word, as a process that is killed. */
        void die() {
            wire.cut();
            system.terminate();
        }

        /** As a process does, it goes on after 30 s if the actor system does not say that it has ended. */
        void awaitEnd() {
            try {
                system.getWhenTerminated().toCompletableFuture().get(30, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                System.out.println("a life that never said that it had ended");
            } catch (InterruptedException | ExecutionException e) {
                throw new IllegalStateException(e);
            }
            database.close();
            wire.close();
        }
    }

    private static ConditionFactory soon() {
        return Awaitility.await().atMost(Duration.ofSeconds(60));
    }

    private Life begin() {
        return begin(0, false, false);
    }

    private Life begin(int port, boolean joinsItself, boolean frozen) {
        var life = new Life(port, joinsItself, frozen);
        synchronized (lives) {
            lives.add(life);
        }
        return life;
    }

    private Life beginAndJoin() {
        var life = begin();
        soon().until(life.joined::isDone);
        return life;
    }

    /** As a process does: when it is to rejoin, another life begins. */
    private Life rebornUntilJoined(Life first) {
        soon().until(() -> first.joined.isDone() || !first.rejoins.isEmpty());
        if (first.joined.isDone()) {
            return first;
        }
        first.system.terminate();
        first.awaitEnd();
        return rebornUntilJoined(begin());
    }

    private static void assertOneCluster(List<Life> lives) {
        for (var life : lives) {
            soon().until(() -> life.joined.isDone() && life.membership.size() == lives.size());
            assertThat(lives).allMatch(life::knows);
            assertThat(life.rejoins).isEmpty();
        }
    }

    private static void row(String address, String heartbeatAt) {
        DB.execute(
                "INSERT INTO nodes (id, address, app_version, concurrency, member_uid, joined, heartbeat_at) VALUES"
                        + " (?, ?, 'test', 1, 4711, true, " + heartbeatAt + ")",
                UUID.randomUUID(),
                address);
    }

    // --- the ordinary course

    @Test
    void tenThatStartAtTheSameInstantFormOneCluster() {
        IntStream.range(0, 10).parallel().forEach(_ -> begin());

        assertOneCluster(lives);

        soon().until(() -> DB.one(Long.class, "SELECT count(*) FROM nodes WHERE joined") == 10);
    }

    @Test
    void aLaterOneJoinsOneLeavesAndTheOthersGoOn() {
        var first = beginAndJoin();
        var second = beginAndJoin();
        assertOneCluster(List.of(first, second));

        first.cluster().manager().tell(Leave.create(first.cluster().selfMember().address()));
        soon().until(() -> second.membership.wasRemoved(Life.uid(first.cluster())));
        assertThat(second.membership.size()).isEqualTo(1);
        first.die();
        DB.database().nodes().leave(first.id);

        assertOneCluster(List.of(second, beginAndJoin()));
    }

    @Test
    void whoBeginsAClusterLetsTheNextOneBeginWhenItIsGone() {
        var first = beginAndJoin();
        soon().until(() ->
                DB.one(Boolean.class, "SELECT NOT isfinite(expires_at) FROM leases WHERE name = 'formation'"));
        first.die();
        DB.database().nodes().leave(first.id);

        assertOneCluster(List.of(beginAndJoin()));
    }

    // --- after a death

    @Test
    void aNodeThatIsStartedAgainAtTheSameAddressComesBack() {
        var stays = beginAndJoin();
        var dies = beginAndJoin();
        int port = dies.port();
        long old = Life.uid(dies.cluster());
        dies.die();
        dies.awaitEnd();

        var again = begin(port, false, false);

        soon().until(() -> again.joined.isDone() && stays.knows(again) && again.knows(stays));
        soon().until(() -> stays.membership.wasRemoved(old));
        assertThat(again.rejoins).isEmpty();
    }

    @Test
    void aNodeThatWasAloneIsBackAtOnceAtTheSameAddress() {
        var dies = beginAndJoin();
        int port = dies.port();
        dies.die();
        dies.awaitEnd();

        // Its clock stands still, so it waits for nothing.
        var again = begin(port, false, true);

        soon().until(again.joined::isDone);
    }

    /** One that refuses connections is known sooner than one that only says nothing. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whereAllThatLookAliveAreDeadItComesBackByItselfInAnotherLife(boolean listens) throws Exception {
        try (var silent = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"))) {
            if (!listens) {
                close(silent);
            }
            row("127.0.0.1:" + silent.getLocalPort(), "now()");

            var first = begin();
            soon().until(() -> !first.rejoins.isEmpty());

            // Whoever was asked may yet answer, so this life does not begin a cluster.
            assertThat(first.rejoins.peek()).contains("are gone: 127.0.0.1:" + silent.getLocalPort());
            assertThat(first.joined).isNotDone();
            var last = rebornUntilJoined(first);
            assertThat(last).isNotSameAs(first);
            assertThat(last.membership.size()).isEqualTo(1);
        }
    }

    private static void close(ServerSocket socket) throws IOException {
        socket.close();
    }

    @Test
    void whereTheBeginnerDiesBeforeItIsUpAnotherOneBegins() {
        var ghost = new NodeRow(UUID.randomUUID(), 1, "127.0.0.1:1", "test", 1, false, false, Map.of());
        // Longer than the test needs; a lease much longer than a node would ask for is taken for a mistake of a clock.
        assertThat(DB.database().nodes().mayFound(ghost, peers -> !peers.isEmpty(), Duration.ofSeconds(25)))
                .isTrue();
        var life = begin();
        soon().until(() -> DB.one(Long.class, "SELECT count(*) FROM nodes") == 1);
        Awaitility.await().during(Duration.ofSeconds(2)).until(() -> !life.joined.isDone());

        DB.execute("UPDATE leases SET expires_at = now()");

        assertOneCluster(List.of(life));
    }

    // --- without a database

    @Test
    void staleRowsAfterAnOutageMakeNoSecondCluster() {
        var first = beginAndJoin();
        soon().until(() -> DB.one(Boolean.class, "SELECT joined FROM nodes"));
        first.wire.cut();
        DB.execute("UPDATE nodes SET heartbeat_at = now() - interval '1 hour'");

        // Its clock stands still: however slow this machine is, it has not watched for long.
        var second = begin(0, false, true);
        soon().until(() -> DB.one(Long.class, "SELECT count(*) FROM nodes") == 2);
        Awaitility.await().during(Duration.ofSeconds(3)).until(() -> !second.joined.isDone());
        first.wire.mend();

        assertOneCluster(List.of(first, second));
    }

    @Test
    void whoStaysSilentAfterAnOutageIsGone() throws Exception {
        try (var listening = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"))) {
            row("127.0.0.1:" + listening.getLocalPort(), "now() - interval '1 hour'");
            var life = begin(0, false, true);
            soon().until(() -> DB.one(Long.class, "SELECT count(*) FROM nodes") == 2);
            Awaitility.await().during(Duration.ofSeconds(2)).until(() -> !life.joined.isDone());

            life.nanos.addAndGet(Seeds.WATCHED.toNanos());

            soon().until(life.joined::isDone);
        }
    }

    @Test
    void withoutADatabaseItLooksUntilThereIsOne() {
        var life = begin();
        life.wire.cut();
        life.wire.mend();
        life.wire.loseAnswerTo("COMMIT");

        assertOneCluster(List.of(life));
    }

    // --- two clusters

    @Test
    void ofTwoClustersTheOneWithoutThePollerComesOver() {
        var works = begin(0, true, true);
        var idles = begin(0, true, true);
        soon().until(() -> works.joined.isDone() && idles.joined.isDone());
        soon().until(() -> DB.one(Long.class, "SELECT count(*) FROM nodes WHERE joined") == 2);
        assertThat(idles.knows(works)).isFalse();
        DB.execute("INSERT INTO leases VALUES ('poller', ?, 1, now() + interval '1 hour')", works.id.toString());

        // Its clock goes on only where it is to have waited.
        Awaitility.await().during(Heartbeat.INTERVAL.multipliedBy(2)).until(idles.rejoins::isEmpty);
        idles.nanos.addAndGet(Formation.ELSEWHERE.toNanos());
        works.nanos.addAndGet(Formation.ELSEWHERE.toNanos());

        soon().until(() -> !idles.rejoins.isEmpty());
        assertThat(idles.rejoins.peek()).isEqualTo("another cluster polls on this database");
        idles.die();
        idles.awaitEnd();
        // It is not gone for the table yet; where the poller is, is where the next life goes.
        var next = beginAndJoin();
        soon().until(() -> next.knows(works) && works.knows(next));
        assertThat(works.rejoins).isEmpty();
    }

    @Test
    void aPollerThatIsAMemberHereIsNoOtherCluster() {
        var first = beginAndJoin();
        var second = beginAndJoin();
        assertOneCluster(List.of(first, second));
        DB.execute("INSERT INTO leases VALUES ('poller', ?, 1, now() + interval '1 hour')", first.id.toString());

        for (int i = 0; i < 2; i++) {
            var before = DB.rows("SELECT id, heartbeat_at FROM nodes");
            soon().until(() ->
                    DB.rows("SELECT id, heartbeat_at FROM nodes").stream().noneMatch(before::contains));
            first.nanos.addAndGet(Formation.ELSEWHERE.toNanos());
            second.nanos.addAndGet(Formation.ELSEWHERE.toNanos());
        }

        assertThat(first.rejoins).isEmpty();
        assertThat(second.rejoins).isEmpty();
    }

    /** A port is given to another process as soon as it is free. */
    @Test
    void aNodeOfAnotherDatabaseThatListensWhereOneOfThisDidIsNotJoined() {
        ActorSystem<Void> foreign = ActorSystem.create(Behaviors.empty(), "nova-another", TestSystems.likeANode());
        try {
            var there = Cluster.get(foreign);
            there.manager().tell(Join.create(there.selfMember().address()));
            row(Life.address(there), "now()");

            var life = rebornUntilJoined(begin());

            assertThat(life.membership.size()).isEqualTo(1);
            assertThat(there.state().getMembers()).hasSize(1);
        } finally {
            foreign.terminate();
            soon().until(() -> foreign.getWhenTerminated().toCompletableFuture().isDone());
        }
    }
}
