package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DrainIT {

    private static final List<String> SHUTDOWN_EVENTS =
            List.of("worker_pool_signal_received", "worker_pool_shutting_down", "worker_pool_stopped");

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    private NodeProcess runningFour(double seconds, String... settings) {
        var node = scenario.node(settings).awaitPolling();
        Stream.generate(() -> seconds).limit(4).forEach(scenario.sql()::insertSleep);
        scenario.sql().awaitCount(Duration.ofSeconds(10), "running", 4);
        return node;
    }

    private static List<String> shutdownEvents(NodeProcess node) {
        return node.events().stream()
                .map(event -> event.path("message").asText())
                .filter(SHUTDOWN_EVENTS::contains)
                .toList();
    }

    private void assertQueuedUntouched(UUID run) {
        assertThat(scenario.sql().run(run))
                .containsEntry("status", "queued")
                .containsEntry("attempts", 0)
                .containsEntry("claim_id", null)
                .containsEntry("claimed_by", null);
        assertThat(scenario.history(run)).isEmpty();
    }

    @Test
    void onSigtermTheActiveRunsFinishAndTheQueuedOneStaysQueued() {
        var sql = scenario.sql();
        var node = runningFour(5);
        var queued = sql.insertSleep(5);

        long before = System.nanoTime();
        node.signal("TERM");
        node.await("worker_pool_shutting_down");
        var ready = node.get("/health/ready");
        assertThat(ready.statusCode()).isEqualTo(503);
        assertThat(ready.body()).contains("draining");
        assertThat(node.get("/health/live").statusCode()).isEqualTo(200);
        var queuedWhileDraining = sql.insertSleep(0);
        assertThat(node.awaitExit(Duration.ofSeconds(20))).isZero();
        Scenario.measured(
                "SIGTERM to exit, with 5-s runs active",
                Duration.ofNanos(System.nanoTime() - before).toMillis() + " ms");

        assertThat(shutdownEvents(node)).isEqualTo(SHUTDOWN_EVENTS);
        assertThat(node.await("worker_pool_signal_received").path("signal").asText())
                .isEqualTo("SIGTERM");
        assertThat(node.await("worker_pool_shutting_down").path("active_runs").asInt())
                .isEqualTo(4);
        assertThat(node.await("worker_pool_stopped").path("released").asInt()).isZero();
        assertThat(node.lines())
                .anyMatch(line -> line.contains("worker_pool_stopped") && line.contains("\"graceful\":true"));
        assertThat(node.errorLines()).isEmpty();

        assertThat(sql.count("SELECT count(*) FROM runs WHERE status = 'succeeded' AND attempts = 1"))
                .isEqualTo(4);
        assertQueuedUntouched(queued);
        assertQueuedUntouched(queuedWhileDraining);
        assertThat(sql.count("SELECT count(*) FROM claims")).isZero();
        assertThat(sql.count("SELECT count(*) FROM nodes")).isZero();
    }

    @Test
    void aDrainThatRunsOutOfTimeHandsBackWithoutChargingTheAttempt() {
        var sql = scenario.sql();
        var node = runningFour(30, "WORKER_SHUTDOWN_TIMEOUT", "1");

        long before = System.nanoTime();
        node.signal("INT");
        assertThat(node.awaitExit(Duration.ofSeconds(10))).isZero();
        Scenario.measured(
                "SIGINT to exit, drain of 1 s",
                Duration.ofNanos(System.nanoTime() - before).toMillis() + " ms");

        assertThat(shutdownEvents(node)).isEqualTo(SHUTDOWN_EVENTS);
        var stopped = node.await("worker_pool_stopped");
        assertThat(stopped.path("graceful").asBoolean(true)).isFalse();
        assertThat(stopped.path("released").asInt()).isEqualTo(4);
        assertThat(sql.rows("SELECT status, attempts, claim_id, claimed_by, started_at FROM runs"))
                .hasSize(4)
                .allSatisfy(row -> assertThat(row)
                        .containsEntry("status", "queued")
                        .containsEntry("attempts", 0)
                        .containsEntry("claim_id", null)
                        .containsEntry("claimed_by", null)
                        .containsEntry("started_at", null));
        assertThat(sql.count("SELECT count(*) FROM claims")).isZero();
        assertThat(sql.count("SELECT count(*) FROM nodes")).isZero();
        assertThat(node.errorLines()).isEmpty();
    }

    @Test
    void aSecondSigtermStopsAtOnceAndTheNextNodeRescues() {
        var sql = scenario.sql();
        var node = runningFour(6);
        node.signal("TERM");
        var first = NodeProcess.at(node.await("worker_pool_signal_received"));
        // A second signal counts from 300 ms on; before that it is the same one, passed on twice.
        await().until(() -> Instant.now().isAfter(first.plusMillis(400)));

        long before = System.nanoTime();
        node.signal("TERM");
        int exitCode = node.awaitExit(Duration.ofMillis(1500));
        Scenario.measured(
                "second SIGTERM to exit",
                Duration.ofNanos(System.nanoTime() - before).toMillis() + " ms");
        assertThat(exitCode).isEqualTo(143);
        assertThat(node.events("worker_pool_stopped")).isEmpty();
        assertThat(sql.count("SELECT count(*) FROM runs WHERE status = 'running' AND attempts = 1"))
                .isEqualTo(4);

        var next = scenario.node();
        JsonNode rescued = next.await("runs_rescued");
        assertThat(rescued.path("count").asInt()).isEqualTo(4);
        assertThat(rescued.path("failed").asInt()).isZero();
        sql.awaitCount(Duration.ofSeconds(20), "succeeded", 4);
        assertThat(sql.count("SELECT count(*) FROM runs WHERE attempts = 2")).isEqualTo(4);
        scenario.assertEachSettledOnce();
    }

    @Test
    void twoSignalsWithinAMomentAreOne() {
        var node = runningFour(2);
        node.signal("TERM");
        node.signal("INT");
        assertThat(node.awaitExit(Duration.ofSeconds(15))).isZero();
        assertThat(node.await("worker_pool_stopped").path("graceful").asBoolean())
                .isTrue();
        scenario.assertEachSettledOnce();
    }
}
