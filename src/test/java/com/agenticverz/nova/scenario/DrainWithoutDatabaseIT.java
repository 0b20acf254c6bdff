package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DrainWithoutDatabaseIT {

    @RegisterExtension
    final Scenario scenario = Scenario.onServerOfItsOwn();

    /** What it could not write, the next node rescues: the promise to end is older than the promise to settle. */
    @Test
    void aDrainEndsThoughTheDatabaseIsAway() {
        var sql = scenario.sql();
        var node = scenario.node().awaitPolling();
        var run = sql.insertSleep(3);
        sql.awaitStatus(Duration.ofSeconds(10), run, "running");
        scenario.server().stop(PostgresServer.StopMode.FAST);
        node.signal("TERM");
        long before = System.nanoTime();
        assertThat(node.awaitExit(Duration.ofSeconds(60))).isZero();
        Scenario.measured(
                "SIGTERM to exit, database away",
                Duration.ofNanos(System.nanoTime() - before).toMillis() + " ms");
        assertThat(node.await("worker_pool_stopped").path("graceful").asBoolean(true))
                .isFalse();
        assertThat(node.errorLines()).isEmpty();

        scenario.server().startAgain();
        assertThat(sql.run(run)).containsEntry("status", "running").containsEntry("attempts", 1);
        var next = scenario.node();
        next.await("run_completed", run);
        assertThat(sql.run(run)).containsEntry("attempts", 2);
        scenario.assertEachSettledOnce();
    }

    @Test
    void aDrainSettlesWhenTheDatabaseComesBackInTime() {
        var sql = scenario.sql();
        var node = scenario.node().awaitPolling();
        var run = sql.insertSleep(3);
        sql.awaitStatus(Duration.ofSeconds(10), run, "running");
        scenario.server().stop(PostgresServer.StopMode.IMMEDIATE);
        node.signal("TERM");
        node.await("outcomes_waiting");
        scenario.server().startAgain();
        assertThat(node.awaitExit(Duration.ofSeconds(40))).isZero();
        assertThat(node.await("worker_pool_stopped").path("graceful").asBoolean())
                .isTrue();
        assertThat(sql.run(run)).containsEntry("status", "succeeded").containsEntry("attempts", 1);
        scenario.assertEachSettledOnce();
    }
}
