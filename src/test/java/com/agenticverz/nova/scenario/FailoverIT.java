package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** kill -9 of members. */
@Tag("cluster")
class FailoverIT {

    private static final int KILLS = 5;
    /** What is promised for the default settings. */
    private static final Duration PROMISED = Duration.ofSeconds(15);

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    @Test
    void whenThePollersNodeIsKilledAnotherPollsAndItsRunsRunAgain() {
        var sql = scenario.sql();
        var claims = ClaimAudit.on(sql);
        var fleet =
                Fleet.of(IntStream.range(0, 3).mapToObj(_ -> node()).toList()).awaitFormed();
        var untilClaimed = new ArrayList<Duration>();
        var untilRunning = new ArrayList<Duration>();
        int rescued = 0;
        try (var load = Load.of(sql, 2, Duration.ofMillis(500), 2)) {
            for (int kill = 0; kill < KILLS; kill++) {
                var poller = fleet.poller();
                fleet.awaitAllGetWork(Instant.now(), NodeProcess.SOON);
                sql.awaitTrue(
                        NodeProcess.SOON,
                        "SELECT count(*) > 0 FROM runs WHERE status = 'running' AND claimed_by = ?",
                        Fleet.id(poller));
                long epoch = claims.epoch();

                var killed = Instant.now();
                poller.kill();
                var held = sql.column(
                        UUID.class,
                        "SELECT id FROM runs WHERE status = 'running' AND claimed_by = ?",
                        Fleet.id(poller));
                rescued += held.size();
                fleet.remove(poller);
                untilClaimed.add(Duration.between(killed, claims.awaitEpochAfter(epoch, Fleet.FORMED_WITHIN)));
                untilRunning.add(Duration.between(killed, awaitRunningAgain(sql, held, killed)));
                Fleet.awaitMembers(Fleet.FORMED_WITHIN, 2, fleet.nodes());

                fleet.add(node());
                Fleet.awaitMembers(Fleet.FORMED_WITHIN, 3, fleet.nodes());
            }
            sql.awaitCount(Fleet.FORMED_WITHIN, "succeeded", load.stop());
        }
        ClusterReport.add(
                "kill -9 of the poller's node, three nodes under load, to the next claim",
                ClusterReport.summary(untilClaimed));
        ClusterReport.add(
                "kill -9 of the poller's node, to all of its runs running again (" + rescued + " runs)",
                ClusterReport.summary(untilRunning));
        assertThat(rescued).isPositive();
        assertThat(ClusterReport.median(untilClaimed)).isLessThan(PROMISED);
        assertThat(ClusterReport.median(untilRunning)).isLessThan(PROMISED);
        scenario.assertEachSettledOnce();
        claims.assertOnePollerAtATime();
    }

    /** When the last of these was marked running again. */
    private static Instant awaitRunningAgain(Sql sql, Iterable<UUID> runs, Instant since) {
        var last = since;
        for (var run : runs) {
            var query = " FROM audit WHERE run_id = ? AND new_status = 'running' AND at > ?::timestamptz";
            sql.awaitTrue(Fleet.FORMED_WITHIN, "SELECT count(*) > 0" + query, run, since.toString());
            var marked = sql.one(OffsetDateTime.class, "SELECT min(at)" + query, run, since.toString())
                    .toInstant();
            last = marked.isAfter(last) ? marked : last;
        }
        return last;
    }

    /**
     * The hardest size for whoever decides by majority. Each of the two is killed as the poller's node and as the
     * other one, with the lower address, which breaks ties, and with the higher.
     */
    @Test
    void ofTwoNodesTheSurvivorGoesOnWhicheverDies() {
        var sql = scenario.sql();
        var claims = ClaimAudit.on(sql);
        int onePort = PostgresServer.freePort();
        int otherPort = PostgresServer.freePort();
        var lowest = Math.min(onePort, otherPort);
        var highest = Math.max(onePort, otherPort);
        var survivor = nodeAt(lowest);
        var fleet = Fleet.of(survivor);
        fleet.awaitFormed();
        var victim = nodeAt(highest);
        fleet.add(victim).awaitFormed();
        var took = new ArrayList<String>();
        try (var load = Load.of(sql, 1, Duration.ofMillis(500), 2)) {
            int victimPort = highest;
            // The higher, not polling; the lower, polling; the lower, not polling; the higher, polling.
            for (boolean polling : new boolean[] {false, true, false, true}) {
                assertThat(fleet.poller() == victim).isEqualTo(polling);
                fleet.awaitAllGetWork(Instant.now(), NodeProcess.SOON);
                var killed = Instant.now();
                victim.kill();
                fleet.remove(victim);
                var survivorsOwn = Fleet.id(survivor);
                Fleet.awaitMembers(Fleet.FORMED_WITHIN, 1, fleet.nodes());
                var alone = Instant.now();
                sql.awaitTrue(
                        Fleet.FORMED_WITHIN,
                        "SELECT count(*) > 0 FROM claim_audit WHERE node_id = ? AND at > ?::timestamptz",
                        survivorsOwn,
                        alone.toString());
                took.add((polling ? "the poller's" : "the other") + " "
                        + ClusterReport.seconds(Duration.between(killed, alone)));
                assertThat(survivor.events("cluster_joined")).hasSize(1);

                var next = nodeAt(victimPort);
                fleet.add(next);
                Fleet.awaitMembers(Fleet.FORMED_WITHIN, 2, fleet.nodes());
                // The one that has just started is killed next only when it does not poll, so never twice in a row.
                if (polling) {
                    victim = next;
                } else {
                    victim = survivor;
                    survivor = next;
                    victimPort = victimPort == highest ? lowest : highest;
                }
            }
            sql.awaitCount(Fleet.FORMED_WITHIN, "succeeded", load.stop());
        }
        ClusterReport.add("kill -9 of one of two nodes, to the survivor being a cluster of one that works", took);
        scenario.assertEachSettledOnce();
        claims.assertOnePollerAtATime();
    }

    private NodeProcess nodeAt(int port) {
        return node("CLUSTER_PORT", Integer.toString(port));
    }

    private NodeProcess node(String... settings) {
        var all = new ArrayList<>(List.of("WORKER_CONCURRENCY", "8"));
        all.addAll(List.of(settings));
        return scenario.node(all.toArray(String[]::new));
    }
}
