package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Isolated;

/** From one node to five and back, at work. */
@Tag("cluster")
@Isolated("five JVMs start, and how fast a joiner gets work is measured")
class ScaleIT {

    private static final int RUNS = 150;
    /** What is promised. */
    private static final Duration WORK_WITHIN = Duration.ofSeconds(2);

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    @Test
    void whoJoinsWorksAtOnceAndWhoLeavesLeavesNothingBehind() {
        var sql = scenario.sql();
        var claims = ClaimAudit.on(sql);
        var first = scenario.node().awaitPolling();
        sql.execute("INSERT INTO runs (agent_id, plan)"
                + " SELECT 'agent', '{\"steps\": [{\"skill\": \"sleep\", \"params\": {\"seconds\": 3}}]}'"
                + " FROM generate_series(1, " + RUNS + ")");
        sql.awaitCount(NodeProcess.SOON, "running", 4);

        var joiners = Stream.of("4", "4", "4", "16")
                .map(concurrency -> scenario.node("WORKER_CONCURRENCY", concurrency))
                .toList();
        var waits = joiners.stream()
                .map(node -> {
                    var joined = node.await(Fleet.FORMED_WITHIN, "cluster_joined", _ -> true);
                    return Duration.between(NodeProcess.at(joined), NodeProcess.at(node.await("run_dispatched")));
                })
                .toList();
        ClusterReport.add(
                "one node to five, cluster_joined to the first run of a joiner", ClusterReport.summary(waits));
        var fleet = Fleet.of(joiners).add(first);
        Fleet.awaitMembers(Fleet.FORMED_WITHIN, 5, fleet.nodes());
        sql.awaitTrue(NodeProcess.SOON, "SELECT count(DISTINCT claimed_by) = 5 FROM runs WHERE status = 'running'");

        // The one that polls is among those that leave.
        assertThat(fleet.poller()).isSameAs(first);
        // Who stays can do what is left in a moment.
        var last = joiners.getLast();
        var leaving = fleet.but(last);
        sql.awaitTrue(NodeProcess.SOON, "SELECT count(*) >= 30 FROM runs WHERE status = 'queued'");
        var told = Instant.now();
        leaving.forEach(node -> node.signal("TERM"));
        for (var node : leaving) {
            assertThat(node.awaitExit(NodeProcess.SOON)).isZero();
            var stopped = node.await("worker_pool_stopped");
            assertThat(stopped.path("graceful").asBoolean()).isTrue();
            assertThat(stopped.path("released").asInt()).isZero();
            fleet.remove(node);
        }
        var left = Instant.now();
        Fleet.awaitMembers(Fleet.FORMED_WITHIN, 1, fleet.nodes());
        assertThat(fleet.poller()).isSameAs(last);
        ClusterReport.add(
                "five nodes to one, four SIGTERMs at once with 3-s runs active",
                "all gone after " + ClusterReport.seconds(Duration.between(told, left)));

        sql.awaitCount(Fleet.FORMED_WITHIN.multipliedBy(2), "succeeded", RUNS);
        assertThat(sql.rows("SELECT * FROM runs WHERE attempts <> 1")).isEmpty();
        scenario.assertEachSettledOnce();
        claims.assertOnePollerAtATime();
        assertThat(waits).allSatisfy(wait -> assertThat(wait).isLessThan(WORK_WITHIN));
    }
}
