package com.agenticverz.nova.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.agenticverz.nova.run.Run;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class NodeStoreTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    private static final UUID ID = new UUID(0, 0xa);
    private static final UUID OTHER = new UUID(0, 0xb);
    private static final NodeRow NODE = new NodeRow(ID, 7, "here:1", "1.0", 4, true, false, Map.of());

    private final NodeStore nodes = DATABASE.database().nodes();
    private final RunStore runs = DATABASE.database().runs();
    private long epoch;

    @BeforeEach
    void startAfresh() {
        DATABASE.execute("DELETE FROM runs; DELETE FROM claims; DELETE FROM nodes; DELETE FROM leases");
        epoch = DATABASE.database()
                .leases()
                .acquire("poller", "test", Duration.ofHours(1))
                .orElseThrow();
    }

    @Test
    void aHeartbeatSaysWhatTheNodeIsAndMovesItsMoment() {
        nodes.register(NODE);
        DATABASE.execute("UPDATE nodes SET heartbeat_at = now() - interval '1 hour'");

        nodes.heartbeat(new NodeRow(ID, 7, "here:1", "1.0", 8, true, true, Map.of()), true);

        assertThat(DATABASE.rows("SELECT * FROM nodes"))
                .singleElement()
                .satisfies(row -> assertThat(row)
                        .containsEntry("id", ID)
                        .containsEntry("address", "here:1")
                        .containsEntry("app_version", "1.0")
                        .containsEntry("concurrency", 8)
                        .containsEntry("draining", true));
        assertThat(nodes.holders(true))
                .singleElement()
                .satisfies(holder -> assertThat(holder.silent()).isLessThan(Duration.ofMinutes(1)));
    }

    @Test
    void aHeartbeatTellsTheNodeWhatItHolds() {
        DATABASE.insertRun();
        DATABASE.insertRun();
        var claimed = claim(ID);
        var marked = claimed.runs().get(0).under(claimed.claimId());
        var unmarked = claimed.runs().get(1);
        runs.mark(ID, List.of(new Mark(marked, Duration.ZERO)), List.of());

        // The claim still lists the run that is marked: it is held either way.
        assertThat(nodes.heartbeat(NODE, true).held())
                .usingRecursiveFieldByFieldElementComparatorIgnoringFields("claimAge")
                .containsExactlyInAnyOrder(
                        listed(claimed, marked.runId()),
                        Held.marked(claimed.claimId(), marked.runId()),
                        listed(claimed, unmarked.id()));
        assertThat(nodes.heartbeat(new NodeRow(OTHER, 7, "there:1", "1.0", 4, true, false, Map.of()), true)
                        .held())
                .isEmpty();
    }

    @Test
    void aRunOnItsWayFromClaimedToMarkedIsHeldAtEveryMoment() throws Exception {
        DATABASE.insertRun();
        var claimed = claim(ID);
        var fence = claimed.runs().getFirst().under(claimed.claimId());

        try (var connection = DATABASE.connect()) {
            connection.setAutoCommit(false);
            new RunStore(Database.withArrays(Jdbi.create(connection)))
                    .mark(ID, List.of(new Mark(fence, Duration.ZERO)), List.of(claimed.claimId()));
            assertThat(nodes.heartbeat(NODE, true).held())
                    .usingRecursiveFieldByFieldElementComparatorIgnoringFields("claimAge")
                    .containsExactly(listed(claimed, fence.runId()));
            connection.commit();
        }

        assertThat(nodes.heartbeat(NODE, true).held()).containsExactly(Held.marked(claimed.claimId(), fence.runId()));
    }

    @Test
    void whoHoldsAClaimOrAMarkedRunOrSaysThatItLivesIsAHolder() {
        var dead = new UUID(0, 0xd);
        DATABASE.insertRun();
        var claimed = claim(dead);
        runs.mark(
                dead,
                List.of(new Mark(claimed.runs().getFirst().under(claimed.claimId()), Duration.ZERO)),
                List.of(claimed.claimId()));
        DATABASE.insertRun();
        claim(OTHER);
        nodes.register(NODE);

        assertThat(nodes.holders(true)).extracting(Holder::node).containsExactlyInAnyOrder(ID, OTHER, dead);
        assertThat(nodes.holders(true))
                .filteredOn(holder -> !holder.node().equals(ID))
                .extracting(Holder::silent)
                .containsExactly(null, null);
    }

    @Test
    void markedRunsAreLeftOutWhereNobodyAsksForThem() {
        var dead = new UUID(0, 0xd);
        DATABASE.insertRun();
        var claimed = claim(dead);
        runs.mark(
                dead,
                List.of(new Mark(claimed.runs().getFirst().under(claimed.claimId()), Duration.ZERO)),
                List.of(claimed.claimId()));
        DATABASE.insertRun();
        claim(dead);

        assertThat(nodes.holders(false)).extracting(Holder::node).containsExactly(dead);
        assertThat(nodes.heartbeat(new NodeRow(dead, 7, "there:1", "1.0", 4, true, false, Map.of()), false)
                        .held())
                .singleElement()
                .returns(false, Held::marked);
    }

    @Test
    void aMemberIsNeverAgainTakenForNone() {
        var joining = new NodeRow(ID, 7, "here:1", "1.0", 4, false, false, Map.of());
        nodes.register(joining);
        nodes.joined(joining.asJoined());

        // Each from before it was a member, and written after that.
        nodes.heartbeat(joining, true);
        nodes.register(joining);

        assertThat(nodes.peers(joined(1, "there:1"))).extracting(Peer::address).containsExactly("here:1");
    }

    @Test
    void whoWasLastSeenBeforeTheClockWasPutBackIsSilent() {
        nodes.register(NODE);
        DATABASE.execute("UPDATE nodes SET heartbeat_at = now() + interval '1 hour'");

        assertThat(nodes.holders(true))
                .singleElement()
                .satisfies(holder -> assertThat(holder.silent()).isGreaterThan(Duration.ofMinutes(59)));
        assertThat(nodes.peers(joined(1, "there:1")))
                .singleElement()
                .satisfies(peer -> assertThat(peer.silent()).isGreaterThan(Duration.ofMinutes(59)));
    }

    @Test
    void whoLeavesIsForgotten() {
        nodes.register(NODE);

        nodes.leave(ID);

        assertThat(nodes.holders(true)).isEmpty();
    }

    @Test
    void whoIsRescuedDoesNotComeBackAndIsTold() {
        nodes.register(NODE);
        assertThat(nodes.heartbeat(NODE, true).known()).isTrue();
        runs.rescue(ID, 5);
        assertThat(nodes.holders(true)).isEmpty();

        assertThat(nodes.heartbeat(NODE, true).known()).isFalse();
        assertThat(nodes.holders(true)).isEmpty();
    }

    @Test
    void aHeartbeatTellsHowOldAClaimIsByTheClockOfTheDatabase() {
        DATABASE.insertRun();
        claim(ID);
        assertThat(nodes.heartbeat(NODE, true).held().getFirst().claimAge())
                .isBetween(Duration.ZERO, Duration.ofSeconds(20));

        DATABASE.execute("UPDATE claims SET claimed_at = now() - interval '1 minute'");

        assertThat(nodes.heartbeat(NODE, true).held().getFirst().claimAge())
                .isBetween(Duration.ofSeconds(60), Duration.ofSeconds(80));
    }

    private static Held listed(ClaimResult.Claimed claimed, UUID run) {
        return Held.listed(claimed.claimId(), run, Duration.ZERO);
    }

    @Test
    void whoRegistersTwiceKeepsItsBeginning() {
        nodes.register(NODE);
        DATABASE.execute("UPDATE nodes SET started_at = '2001-01-01'");

        nodes.register(NODE.asJoined());

        assertThat(DATABASE.rows("SELECT started_at < '2002-01-01' AS first, joined FROM nodes"))
                .containsExactly(Map.of("first", true, "joined", true));
    }

    @Test
    void aNodeSaysWhichSkillsItHas() {
        nodes.register(new NodeRow(ID, 7, "here:1", "1.0", 4, false, false, Map.of("echo", "1.0", "greet", "2")));
        nodes.register(new NodeRow(OTHER, 8, "there:1", "1.0", 4, true, false, Map.of("echo", "1.1")));
        DATABASE.execute("INSERT INTO nodes (id, member_uid, address, app_version, concurrency)"
                + " VALUES ('00000000-0000-0000-0000-000000000001', 9, 'old:1', '0.9', 4)");

        var skills = DATABASE.database().status().nodes().stream()
                .collect(
                        HashMap<String, Map<String, String>>::new,
                        (all, it) -> all.put(it.address(), it.skills()),
                        HashMap::putAll);

        assertThat(skills)
                .containsEntry("here:1", new TreeMap<>(Map.of("echo", "1.0", "greet", "2")))
                .containsEntry("there:1", new TreeMap<>(Map.of("echo", "1.1")))
                .containsEntry("old:1", null);
        var policy = DATABASE.database().policy().read(true);
        assertThat(policy.skillsOfNodes())
                .containsEntry(ID, Set.of("echo", "greet"))
                .containsEntry(OTHER, Set.of("echo"));
    }

    @Test
    void theClusterHasOneNameForEver() {
        assertThat(nodes.clusterIdentity()).isEqualTo(nodes.clusterIdentity());
        assertThatThrownBy(() -> DATABASE.execute("INSERT INTO cluster_identity DEFAULT VALUES"))
                .hasMessageContaining("cluster_identity_pkey");
    }

    @Test
    void thePeersOfANodeAreTheMembersAtOtherAddresses() {
        nodes.register(NODE);
        nodes.register(joined(1, "there:1"));
        nodes.register(joined(2, "draining:1").asDraining());
        nodes.register(new NodeRow(new UUID(1, 3), 3, "not joined yet:1", "1.0", 4, false, false, Map.of()));
        // Whoever was here before is dead.
        nodes.register(joined(4, "here:1"));
        DATABASE.execute("UPDATE leases SET owner = ?", new UUID(1, 1).toString());

        assertThat(nodes.peers(NODE))
                .extracting(Peer::address, Peer::draining, Peer::polls)
                .containsExactlyInAnyOrder(tuple("there:1", false, true), tuple("draining:1", true, false));
    }

    @Test
    void whoseLeaseIsOverDoesNotPoll() {
        nodes.register(joined(1, "there:1"));
        DATABASE.execute("UPDATE leases SET owner = ?, expires_at = now()", new UUID(1, 1).toString());

        assertThat(nodes.peers(NODE)).extracting(Peer::polls).containsExactly(false);
        assertThat(nodes.heartbeat(NODE, true).pollingMemberUid()).isNull();
    }

    @Test
    void oneAtATimeMayBeginACluster() {
        assertThat(nodes.mayFound(NODE, NodeStoreTest::any, Duration.ofHours(1)))
                .isTrue();
        assertThat(nodes.mayFound(joined(1, "there:1"), NodeStoreTest::any, Duration.ofHours(1)))
                .isFalse();
        // Its own answer may have been lost.
        assertThat(nodes.mayFound(NODE, NodeStoreTest::any, Duration.ofHours(1)))
                .isTrue();
    }

    /** As one whose process is stopped, or whose host has lost its power: its connection may stay open for hours. */
    @Test
    void whoIsFrozenWhileItDecidesHoldsUpNobodyForLong() throws Exception {
        var deciding = new CountDownLatch(1);
        var thawed = new CountDownLatch(1);
        try (var database = Database.open(DATABASE.url(), DATABASE.url());
                var thread = Executors.newSingleThreadExecutor()) {
            var frozen = thread.submit(() -> database.nodes()
                    .mayFound(
                            joined(1, "there:1"),
                            _ -> {
                                deciding.countDown();
                                return awaitUninterruptibly(thawed);
                            },
                            Duration.ofHours(1)));
            deciding.await();

            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .ignoreExceptions()
                    .until(() -> nodes.mayFound(NODE, NodeStoreTest::any, Duration.ofHours(1)));
            thawed.countDown();
            assertThat(frozen).failsWithin(Duration.ofSeconds(20));
        }
    }

    private static boolean awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    @Test
    void afterThePatienceAnotherMayBeginACluster() {
        nodes.mayFound(NODE, NodeStoreTest::any, Duration.ofHours(1));
        DATABASE.execute("UPDATE leases SET expires_at = now() - interval '1 second'");

        assertThat(nodes.mayFound(joined(1, "there:1"), NodeStoreTest::any, Duration.ofHours(1)))
                .isTrue();
    }

    @Test
    void whereThereIsAMemberNobodyBeginsACluster() {
        nodes.mayFound(NODE, NodeStoreTest::any, Duration.ofHours(1));
        nodes.joined(NODE);

        assertThat(nodes.mayFound(joined(1, "there:1"), NodeStoreTest::any, Duration.ofHours(1)))
                .isFalse();
        // The lease is free again: should the member die, nobody has to wait.
        nodes.leave(ID);
        assertThat(nodes.mayFound(joined(1, "there:1"), NodeStoreTest::any, Duration.ofHours(1)))
                .isTrue();
    }

    /** All look at the same empty table; only the lock lets one of them begin before the next one looks. */
    @Test
    void ofEightThatBeginAtTheSameMomentOneDoes() throws Exception {
        var ready = new CyclicBarrier(8);
        try (var threads = Executors.newFixedThreadPool(8)) {
            var attempts = threads.invokeAll(IntStream.range(0, 8)
                    .<Callable<Boolean>>mapToObj(i -> () -> {
                        // A connection each, as eight processes have.
                        try (var database = Database.open(DATABASE.url(), DATABASE.url())) {
                            var node = joined(i, "there:" + i);
                            database.nodes().holders(true);
                            ready.await();
                            boolean may = database.nodes().mayFound(node, NodeStoreTest::any, Duration.ofHours(1));
                            if (may) {
                                database.nodes().joined(node);
                            }
                            return may;
                        }
                    })
                    .toList());

            assertThat(attempts).extracting(Future::get).containsOnlyOnce(true);
        }
        assertThat(nodes.peers(NODE)).hasSize(1);
    }

    @Test
    void whoLeavesLetsItsLeasesGo() {
        nodes.register(NODE);
        DATABASE.execute("UPDATE leases SET owner = ?", ID.toString());

        nodes.leave(ID);

        assertThat(DATABASE.database().leases().acquire("poller", "next", Duration.ofHours(1)))
                .isPresent();
    }

    private static boolean any(List<Peer> peers) {
        return !peers.isEmpty();
    }

    private static NodeRow joined(int number, String address) {
        return new NodeRow(new UUID(1, number), number, address, "1.0", 4, true, false, Map.of());
    }

    private ClaimResult.Claimed claim(UUID node) {
        var claimed = (ClaimResult.Claimed) runs.claim(epoch, node, 8, Position.START, List.of(), 5);
        assertThat(claimed.runs()).extracting(Run::attempts).containsOnly(0);
        return claimed;
    }
}
