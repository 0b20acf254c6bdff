package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Health and metrics of a live node. Not ready while it drains: {@link DrainIT}. */
class ConsoleIT {

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    private NodeProcess worked() {
        var sql = scenario.sql();
        var node = scenario.node("WORKER_CONCURRENCY", "3", "RUN_BACKOFF_BASE", "1")
                .awaitPolling();
        for (int i = 0; i < 10; i++) {
            sql.insert("noop", "{}");
        }
        sql.insertSleep(0.3);
        sql.insert("fail", "{\"retryable\": false}");
        sql.insert("fail", "{\"times\": 1}");
        sql.insert("noop", "{}", "next_attempt_at = now() + interval '1 day'");
        sql.awaitCount(Duration.ofSeconds(20), "succeeded", 12);
        sql.awaitCount(Duration.ofSeconds(20), "failed", 1);
        return node;
    }

    @Test
    void metricsSayWhatHappened() {
        var node = worked();
        await().atMost(Duration.ofSeconds(15)).untilAsserted(() -> {
            assertThat(node.metric("nova_runs_total{status=\"succeeded\"}")).isEqualTo(12);
            assertThat(node.metric("nova_runs_total{status=\"failed\"}")).isEqualTo(1);
            assertThat(node.metric("nova_runs_total{status=\"retry\"}")).isEqualTo(1);
            assertThat(node.metric("nova_run_duration_seconds_count{status=\"succeeded\"}"))
                    .isEqualTo(12);
            assertThat(node.metric("nova_worker_pool_size")).isEqualTo(3);
            assertThat(node.metric("nova_poller_active")).isEqualTo(1);
            assertThat(node.metric("nova_cluster_members")).isEqualTo(1);
            assertThat(node.metric("nova_settle_backlog")).isZero();
            assertThat(node.metric("nova_runs_fenced_total")).isZero();
            assertThat(node.metric("nova_runs_rescued_total")).isZero();
            assertThat(node.metric("nova_skill_duration_seconds_count{skill=\"noop\"}"))
                    .isEqualTo(10);
            assertThat(node.metric("nova_run_wait_seconds_count")).isEqualTo(14);
            assertThat(node.metric("nova_claim_batch_size_sum")).isEqualTo(14);
            assertThat(node.metric("nova_settle_batch_size_sum")).isEqualTo(14);
            assertThat(node.metric("nova_poll_duration_seconds_count")).isPositive();
        });
        assertThat(node.metric("nova_worker_errors_total")).isNotNull();
        // The queue is counted again after a rest of a hundred times what the last count took, a new connection
        // included.
        await().atMost(NodeProcess.SOON)
                .untilAsserted(() -> assertThat(node.metric("nova_runs_queued")).isZero());
        assertThat(node.get("/metrics").headers().firstValue("content-type"))
                .hasValueSatisfying(
                        type -> assertThat(type).startsWith("text/plain").contains("version=0.0.4"));
        assertThat(node.get("/health/live").statusCode()).isEqualTo(200);
        assertThat(node.get("/health/ready").statusCode()).isEqualTo(200);
        assertThat(node.get("/no-such-page").statusCode()).isEqualTo(404);
    }

    @Test
    void aRunIsCancelledOverHttp() {
        var sql = scenario.sql();
        var node = scenario.node("WORKER_CONCURRENCY", "1").awaitPolling();
        var running = sql.insertSleep(600);
        sql.awaitStatus(Duration.ofSeconds(20), running, "running");
        var last = sql.insert("noop", "{}");

        var answer = node.post("/api/v1/runs/" + running + "/cancel", "{\"reason\": \"enough\"}");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body())
                .isEqualTo("{\"id\":\"" + running + "\",\"status\":\"cancelled\",\"was\":\"running\"}");
        // The one worker is free again.
        sql.awaitStatus(Duration.ofSeconds(20), last, "succeeded");
        node.await("run_cancelled", running);
        assertThat(node.post("/api/v1/runs/" + running + "/cancel", "{}").statusCode())
                .isEqualTo(409);
        scenario.assertEachSettledOnce();
    }

    @Test
    void promtoolFindsNothingWrong() throws IOException, InterruptedException {
        boolean installed = Stream.of("/usr/bin/promtool", "/usr/local/bin/promtool")
                .map(Path::of)
                .anyMatch(Files::isExecutable);
        assumeTrue(installed, "promtool is not installed: this scenario is left out");
        var node = worked();
        await().atMost(Duration.ofSeconds(15)).until(() -> node.metric("nova_runs_total{status=\"succeeded\"}") == 12);
        var promtool = new ProcessBuilder("promtool", "check", "metrics")
                .redirectErrorStream(true)
                .start();
        try (var stdin = promtool.getOutputStream()) {
            stdin.write(node.get("/metrics").body().getBytes(StandardCharsets.UTF_8));
        }
        var said = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(promtool.waitFor()).as(said).isZero();
        assertThat(said).isBlank();
    }
}
