package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RetryIT {

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    private Duration between(String from, String to, UUID run) {
        var row = scenario.sql().run(run);
        return Duration.between((OffsetDateTime) row.get(from), (OffsetDateTime) row.get(to));
    }

    @Test
    void whatFailsIsTriedAgainOrNotAsItSays() {
        var sql = scenario.sql();
        var node =
                scenario.node("RUN_BACKOFF_BASE", "1", "RUN_MAX_ATTEMPTS", "2").awaitPolling();
        var passing = sql.insert("fail", "{\"times\": 1, \"message\": \"not yet\"}");
        var lasting = sql.insert("fail", "{\"message\": \"never\"}");
        var permanent = sql.insert("fail", "{\"retryable\": false, \"message\": \"no use\"}");
        var delayed = sql.insert("noop", "{}", "next_attempt_at = now() + interval '2 seconds'");
        var tooLong = sql.insert("sleep", "{\"seconds\": 30}", "timeout_seconds = 0.5, max_attempts = 1");
        var unknown = sql.insert("no_such_skill", "{}");
        var invalid = sql.one(
                UUID.class, "INSERT INTO runs (agent_id, plan) VALUES ('agent', '{\"steps\": 7}') RETURNING id");
        var noPlan = sql.one(UUID.class, "INSERT INTO runs (agent_id, plan) VALUES ('agent', '[]') RETURNING id");
        assertThat(sql.run(delayed)).containsEntry("status", "scheduled");

        node.await("run_completed", passing);
        node.await("run_completed", delayed);
        node.await("run_failed", lasting);
        for (var run : new UUID[] {permanent, tooLong, invalid, noPlan}) {
            node.await("run_failed", run);
            assertThat(sql.run(run)).containsEntry("status", "failed").containsEntry("attempts", 1);
            assertThat((String) sql.run(run).get("error_message")).isNotBlank();
            assertThat(node.events("run_retry_scheduled", run)).isEmpty();
        }
        assertThat(sql.run(passing))
                .containsEntry("status", "succeeded")
                .containsEntry("attempts", 2)
                .containsEntry("error_message", null);
        assertThat(node.events("run_retry_scheduled", passing)).hasSize(1);
        assertThat(scenario.settlements(passing)).containsExactly("retry", "queued", "succeeded");
        assertThat(sql.run(lasting)).containsEntry("status", "failed").containsEntry("attempts", 2);
        assertThat((String) sql.run(lasting).get("error_message")).contains("never");
        assertThat((String) sql.run(permanent).get("error_message")).contains("no use");
        node.await("run_waits_for_skill", unknown);
        sql.awaitTrue(
                NodeProcess.SOON,
                "SELECT status IN ('queued', 'scheduled') AND attempts = 0 FROM runs WHERE id = ?",
                unknown);
        sql.execute("UPDATE runs SET status = 'cancelled' WHERE id = '" + unknown + "'");
        assertThat((String) sql.run(tooLong).get("error_message")).contains("0.5 s");
        assertThat(node.events("run_failed")).hasSize(5);

        var late = between("next_attempt_at", "started_at", delayed);
        Scenario.measured("a delayed run is late by", late.toMillis() + " ms");
        // Not before its time, and not by the hourly look that finds what no message has announced.
        assertThat(late).isBetween(Duration.ZERO, Duration.ofSeconds(10));
        scenario.assertEachSettledOnce();
    }

    @Test
    void aHigherPriorityOvertakes() {
        var sql = scenario.sql();
        var node = scenario.node("WORKER_CONCURRENCY", "1").awaitPolling();
        node.await("run_dispatched", sql.insertSleep(2));
        // Inserted while the one worker is busy, the most urgent last.
        var low = sql.insertSleep(0);
        var middle = sql.insert("noop", "{}", "priority = 5");
        var high = sql.insert("noop", "{}", "priority = 10");
        node.await("run_completed", low);
        assertThat(node.events("run_dispatched"))
                .extracting(event -> event.path("run_id").asText())
                .endsWith(high.toString(), middle.toString(), low.toString());
        scenario.assertEachSettledOnce();
    }

    /** PostgreSQL cannot store U+0000; a plan cannot hold one as jsonb, and so no echo can bring one back. */
    @Test
    void oddTextSurvivesTheWayThroughAPlan() {
        var sql = scenario.sql();
        var node = scenario.node().awaitPolling();
        var odd = sql.insert("echo", "{\"text\": \"\\u0001 \\\"ä😀\\\\ 'x' $1 ?\", \"n\": 12345678901234567890.5}");
        node.await("run_completed", odd);
        assertThat(sql.one(
                        Boolean.class, "SELECT result->'s1' = plan->'steps'->0->'params' FROM runs WHERE id = ?", odd))
                .isTrue();
    }
}
