package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two nodes on one database. */
class TwoNodesIT {

    @RegisterExtension
    final Scenario scenario = Scenario.createEmpty();

    private static NodeProcess polling(NodeProcess one, NodeProcess other) {
        await().atMost(NodeProcess.SOON)
                .until(() -> Stream.of(one, other)
                        .anyMatch(node -> !node.events("poller_started").isEmpty()));
        return one.events("poller_started").isEmpty() ? other : one;
    }

    /** Nodes take turns: the first may be the other's, and then the second is not. */
    private static UUID runHeldBy(NodeProcess holder, NodeProcess other, Sql sql) {
        while (true) {
            var run = sql.insertSleep(20);
            await().atMost(NodeProcess.SOON)
                    .until(() -> Stream.of(holder, other)
                            .anyMatch(
                                    node -> !node.events("run_dispatched", run).isEmpty()));
            if (!holder.events("run_dispatched", run).isEmpty()) {
                return run;
            }
        }
    }

    @Test
    void bothMigrateAtTheSameMomentOneStandsByAndTakesOverFromTheDead() {
        var one = scenario.node();
        var other = scenario.node();
        one.await("cluster_joined");
        other.await("cluster_joined");
        var poller = polling(one, other);
        var standby = poller == one ? other : one;
        var sql = scenario.sql();
        assertThat(sql.count("SELECT count(*) FROM nova_schema_history WHERE success AND version = '1'"))
                .isOne();
        assertThat(standby.events("poller_started")).isEmpty();
        assertThat(standby.events("worker_pool_poll_error")).isEmpty();
        Scenario.audit(sql);
        sql.awaitStatus(NodeProcess.SOON, sql.insert("noop", "{}"), "succeeded");

        var held = runHeldBy(poller, standby, sql);
        long killed = System.nanoTime();
        poller.kill();
        standby.await("poller_started");
        var took = Duration.ofNanos(System.nanoTime() - killed);
        Scenario.measured("kill -9 of the poller to the other's poller_started", took.toMillis() + " ms");
        // The promise of 15 s is for a machine that has time for it; FailoverIT measures it there.
        assertThat(took).isLessThan(Duration.ofSeconds(40));
        standby.await("run_completed", sql.insert("noop", "{}"));
        standby.await("run_completed", held);
        assertThat(sql.run(held)).containsEntry("attempts", 2);
        scenario.assertEachSettledOnce();
        assertThat(standby.errorLines()).isEmpty();
    }

    @Test
    void theLateWritesOfAFrozenNodeAreFencedOutAndCounted() {
        var frozen = scenario.node().awaitPolling();
        var sql = scenario.sql();
        Scenario.audit(sql);
        // Before the other joins, which would get some of them; so they last while it starts.
        var shorter = List.of(sql.insertSleep(60), sql.insertSleep(60), sql.insertSleep(60));
        var longer = sql.insertSleep(600);
        sql.awaitCount(Duration.ofSeconds(60), "running", 4);
        var begun = Instant.now();
        var standby = scenario.node();
        standby.await("cluster_joined");
        frozen.signal("STOP");
        var stopped = Instant.now();
        // For whoever executes them next.
        sql.execute("UPDATE runs SET plan = '{\"steps\": [{\"skill\": \"noop\"}]}'");

        var rescued = standby.await("runs_rescued");
        Scenario.measured(
                "SIGSTOP to the other's runs_rescued",
                Duration.between(stopped, NodeProcess.at(rescued)).toMillis() + " ms");
        assertThat(rescued.path("count").asInt()).isEqualTo(4);
        shorter.forEach(run -> standby.await("run_completed", run));
        standby.await("run_completed", longer);
        await().atMost(Duration.ofSeconds(90)).until(() -> Instant.now().isAfter(begun.plusSeconds(62)));
        frozen.signal("CONT");

        // Their sleep is over; whether the settlement or the heartbeat is first to find out is a matter of luck.
        shorter.forEach(
                run -> assertThat(frozen.await("run_fenced", run).path("write").asText())
                        .isIn("settle", "heartbeat"));
        // Still at it, and stopped before it could end: by its heartbeat, or because the node begins another life.
        assertThat(frozen.await("run_fenced", longer).path("write").asText()).isIn("heartbeat", "hand-back");
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() ->
                        assertThat(frozen.metric("nova_runs_fenced_total")).isEqualTo(4));
        frozen.await("poller_stopped");
        Scenario.measured(
                "late writes fenced out",
                frozen.events("run_fenced").stream()
                        .map(event -> event.path("write").asText())
                        .toList());
        assertThat(frozen.metric("nova_poller_active")).isZero();
        assertThat(frozen.events("run_completed")).isEmpty();

        for (UUID run : sql.column(UUID.class, "SELECT id FROM runs")) {
            assertThat(sql.run(run)).containsEntry("status", "succeeded").containsEntry("attempts", 2);
        }
        scenario.assertEachSettledOnce();
        assertThat(standby.events("run_fenced")).isEmpty();
        assertThat(frozen.isAlive()).isTrue();
        assertThat(frozen.errorLines()).isEmpty();
        // Both are nodes again, and each knows what it is.
        sql.awaitTrue(
                Duration.ofSeconds(60), "SELECT count(*) = 2 FROM nodes WHERE heartbeat_at > now() - interval '4 s'");
    }
}
