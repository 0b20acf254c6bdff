package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Isolated;

/** Ten processes that know nothing but the database. */
@Tag("cluster")
@Isolated("ten JVMs start at once")
class TenNodesIT {

    private static final int NODES = 10;

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    @Test
    void tenThatStartAtOnceAreOneClusterWithOnePollerAndAllWork() {
        var sql = scenario.sql();
        var claims = ClaimAudit.on(sql);
        long before = System.nanoTime();
        var nodes = IntStream.range(0, NODES).mapToObj(_ -> scenario.node()).toList();
        var fleet = Fleet.of(nodes);
        Fleet.awaitMembers(Fleet.FORMED_WITHIN, NODES, nodes);
        var formed = Duration.ofNanos(System.nanoTime() - before);
        nodes.forEach(node -> node.await("cluster_joined"));
        // On too few cores some look dead while all of them start.
        long rejoined = nodes.stream()
                .mapToLong(node -> node.events("cluster_rejoining").size())
                .sum();
        ClusterReport.add(
                "ten nodes started at once, first start to ten members on each",
                ClusterReport.seconds(formed) + " (given up and back again on the way: " + rejoined + ")");

        var poller = fleet.poller();
        await().atMost(NodeProcess.SOON)
                .until(() -> nodes.stream()
                        .map(node -> node.metric("nova_poller_active"))
                        .toList()
                        .equals(nodes.stream()
                                .map(node -> node == poller ? 1.0 : 0.0)
                                .toList()));
        assertThat(sql.column(String.class, "SELECT owner FROM leases WHERE name = 'poller' AND expires_at > now()"))
                .containsExactly(Fleet.id(poller).toString());
        assertThat(nodes.stream().map(Fleet::id)).doesNotHaveDuplicates();

        // Each node has four workers, so these keep all of them busy.
        Stream.generate(() -> 2.0).limit(4 * NODES).forEach(sql::insertSleep);
        sql.awaitCount(Fleet.FORMED_WITHIN, "succeeded", 4 * NODES);
        var spread = sql.column(Long.class, "SELECT count(*) FROM runs GROUP BY claimed_by ORDER BY 1");
        ClusterReport.add("40 runs of 2 s on ten nodes of 4 workers, by node", spread);
        assertThat(spread).hasSize(NODES);
        assertThat(sql.rows("SELECT * FROM runs WHERE attempts <> 1")).isEmpty();
        scenario.assertEachSettledOnce();
        claims.assertOnePollerAtATime();
        assertThat(nodes.stream().flatMap(node -> node.errorLines().stream())).isEmpty();
    }
}
