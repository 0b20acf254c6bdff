package com.agenticverz.nova.scenario;

import static com.agenticverz.nova.scenario.Network.Leg.DATABASE;
import static com.agenticverz.nova.scenario.Network.Leg.PEERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Three nodes, each on a host of its own, PostgreSQL on a fourth, and networks that lose what they are given. */
@Tag("cluster")
@ResourceLock("network")
class PartitionIT {

    private static final Duration OUTAGE = Duration.ofSeconds(60);
    private static final Duration IN_TIME = Fleet.FORMED_WITHIN;

    @RegisterExtension
    final Scenario scenario = Scenario.onHosts(3);

    private final Map<NodeProcess, Network.Host> hosts = new HashMap<>();
    private Fleet fleet;
    private ClaimAudit claims;
    private Load load;

    @BeforeEach
    void formAndWork() {
        claims = ClaimAudit.on(scenario.sql());
        for (var host : scenario.network().hosts()) {
            node(host);
        }
        fleet = Fleet.of(List.copyOf(hosts.keySet())).awaitFormed();
        // One node alone could carry it.
        load = Load.of(scenario.sql(), 1, Duration.ofMillis(200), 1);
    }

    private NodeProcess node(Network.Host host) {
        var node = scenario.nodeOn(host, "WORKER_CONCURRENCY", "8");
        hosts.put(node, host);
        return node;
    }

    @AfterEach
    void stopLoad() {
        if (load != null) {
            load.close();
        }
    }

    @Test
    void aNodeThatLosesItsPeersButNotTheDatabaseIsGivenUpAndJoinsAgain() {
        losing("cut off from its peers", fleet.bystander(), host -> host.cut(PEERS), host -> host.heal(PEERS));
        losing("cut off from its peers", fleet.poller(), host -> host.cut(PEERS), host -> host.heal(PEERS));
        assertEverythingWasDoneOnce();
    }

    @Test
    void aNodeThatLosesItsPeersAndTheDatabaseIsGivenUpAndJoinsAgain() {
        losing(
                "cut off from all",
                fleet.bystander(),
                host -> host.cut(PEERS, DATABASE),
                host -> host.heal(PEERS, DATABASE));
        losing(
                "cut off from all",
                fleet.poller(),
                host -> host.cut(PEERS, DATABASE),
                host -> host.heal(PEERS, DATABASE));
        assertEverythingWasDoneOnce();
    }

    @Test
    void aNodeThatHearsItsPeersButIsNotHeardIsGivenUpAndJoinsAgain() {
        losing("not heard by its peers", fleet.bystander(), Network.Host::cutWayToPeers, Network.Host::healWayToPeers);
        losing("not heard by its peers", fleet.poller(), Network.Host::cutWayToPeers, Network.Host::healWayToPeers);
        assertEverythingWasDoneOnce();
    }

    /** The other two go on without it. */
    private void losing(String what, NodeProcess lost, Consumer<Network.Host> cut, Consumer<Network.Host> heal) {
        var others = fleet.but(lost);
        var episode = new Episode(what + ", " + (Fleet.polls(lost) ? "the poller's node" : "another node"));
        cut.accept(hosts.get(lost));
        Fleet.awaitMembers(IN_TIME, 2, others);
        episode.note("given up after", Instant.now());
        // Whoever polls now is among the two, and both work.
        var theirs = Fleet.of(others);
        theirs.poller();
        theirs.awaitAllGetWork(Instant.now(), IN_TIME);
        await().atMost(IN_TIME).until(() -> !Fleet.polls(lost));
        claims.awaitAfter(Instant.now(), IN_TIME);
        episode.heals();
        heal.accept(hosts.get(lost));
        episode.awaitNormal();
    }

    /** Otherwise there would be two clusters as soon as somebody starts a node on the wrong side of a cut. */
    @Test
    void aNodeThatStartsWhileCutOffFromItsPeersWaitsForThemAndMakesNoClusterOfItsOwn() {
        var gone = fleet.bystander();
        var host = hosts.get(gone);
        gone.signal("TERM");
        assertThat(gone.awaitExit(NodeProcess.SOON)).isZero();
        fleet.remove(gone);
        Fleet.awaitMembers(IN_TIME, 2, fleet.nodes());
        host.cut(PEERS);
        var waiting = node(host);
        waiting.await("cluster_waiting");
        assertThat(waiting.events("cluster_joined")).isEmpty();
        assertThat(waiting.events("run_dispatched")).isEmpty();

        host.heal(PEERS);
        var healed = Instant.now();
        fleet.add(waiting);
        Fleet.awaitMembers(IN_TIME, 3, fleet.nodes());
        fleet.awaitAllGetWork(Instant.now(), IN_TIME);
        ClusterReport.add(
                "started while cut off from its peers",
                "waits; a member that works " + ClusterReport.seconds(Duration.between(healed, Instant.now()))
                        + " after the cut is healed");
        assertThat(claims.epoch()).isOne();
        assertEverythingWasDoneOnce();
    }

    @Test
    void thePollersNodeThatLosesOnlyTheDatabaseLetsAnotherPoll() {
        var lost = fleet.poller();
        var others = fleet.but(lost);
        long epoch = claims.epoch();
        var episode = new Episode("cut off from PostgreSQL alone, the poller's node");
        hosts.get(lost).cut(DATABASE);
        episode.note("another polls after", claims.awaitEpochAfter(epoch, IN_TIME));
        var theirs = Fleet.of(others);
        theirs.poller();
        theirs.awaitAllGetWork(Instant.now(), IN_TIME);
        await().atMost(IN_TIME).until(() -> !Fleet.polls(lost));
        episode.heals();
        hosts.get(lost).heal(DATABASE);
        episode.awaitNormal();
        assertEverythingWasDoneOnce();
    }

    @Test
    void aDatabaseThatNobodyReachesForAMinuteCostsNoMember() {
        var episode = new Episode("PostgreSQL cut off from everybody for 60 s");
        scenario.network().cutDatabase();
        var seen = new ArrayList<Integer>();
        await().atMost(OUTAGE.plusSeconds(30))
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> {
                    fleet.nodes().forEach(node -> seen.add(Fleet.members(node)));
                    return Instant.now().isAfter(episode.began.plus(OUTAGE));
                });
        episode.heals();
        scenario.network().healDatabase();
        episode.awaitNormal();

        // It was an outage indeed, of which each of them took notice by nothing but its writes.
        assertThat(claims.longestGap(episode.began, Instant.now())).isGreaterThan(OUTAGE.minusSeconds(2));
        assertThat(seen).hasSizeGreaterThan(60).containsOnly(3);
        for (var node : fleet.nodes()) {
            assertThat(node.events("cluster_rejoining")).isEmpty();
            assertThat(node.events("cluster_joined")).hasSize(1);
            assertThat(node.events("runs_rescued")).isEmpty();
            assertThat(node.events("run_fenced")).isEmpty();
        }
        assertEverythingWasDoneOnce();
        assertThat(scenario.sql().rows("SELECT * FROM runs WHERE attempts <> 1"))
                .isEmpty();
        assertThat(dispatchedTwice()).isZero();
    }

    /** From a cut until everything is as before. */
    private final class Episode {

        private final String name;
        private final List<String> notes = new ArrayList<>();
        private final long twiceBefore = dispatchedTwice();
        private final Instant began;
        private Instant healed;

        /** Begins when all three work. The cut comes next. */
        Episode(String name) {
            this.name = name;
            fleet.awaitAllGetWork(Instant.now(), IN_TIME);
            notes.add("before: " + polling());
            began = Instant.now();
        }

        void note(String what, Instant moment) {
            notes.add(what + " " + ClusterReport.seconds(Duration.between(began, moment)));
        }

        void heals() {
            notes.add("during: " + polling());
            healed = Instant.now();
        }

        /** Three members, one poller, work for all, and nothing that had been held up is left. */
        void awaitNormal() {
            Fleet.awaitMembers(IN_TIME, 3, fleet.nodes());
            fleet.poller();
            fleet.awaitAllGetWork(Instant.now(), IN_TIME);
            var normal = Instant.now();
            notes.add("after: " + polling());
            notes.add("healed for " + ClusterReport.seconds(Duration.between(healed, normal)) + " when all was normal");
            notes.add("longest time without a claim " + ClusterReport.seconds(claims.longestGap(began, normal)));
            notes.add("ran twice " + (dispatchedTwice() - twiceBefore));
            ClusterReport.add(name, String.join("; ", notes));
        }

        private String polling() {
            return fleet.nodes().stream()
                            .filter(Fleet::polls)
                            .map(node -> hosts.get(node).toString())
                            .sorted()
                            .toList()
                    + " epoch " + claims.epoch();
        }
    }

    /** Runs that were begun more than once, on whatever node. */
    private long dispatchedTwice() {
        var counts = new HashMap<String, Integer>();
        for (var node : fleet.nodes()) {
            node.events("run_dispatched")
                    .forEach(event -> counts.merge(event.path("run_id").asText(), 1, Integer::sum));
        }
        return counts.values().stream().filter(count -> count > 1).count();
    }

    private void assertEverythingWasDoneOnce() {
        scenario.sql().awaitCount(IN_TIME, "succeeded", load.stop());
        scenario.assertEachSettledOnce();
        claims.assertOnePollerAtATime();
        assertThat(fleet.nodes()).allSatisfy(node -> assertThat(node.isAlive()).isTrue());
    }
}
