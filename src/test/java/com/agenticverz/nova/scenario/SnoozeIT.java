package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Runs that wait in the table. */
class SnoozeIT {

    private static final int RUNS = 10_000;

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    @Test
    void aRunSleepsBetweenItsStepsAndGoesOnWhereItWas() {
        var sql = scenario.sql();
        var node = scenario.node().awaitPolling();

        var run = sql.one(UUID.class, """
                INSERT INTO runs (agent_id, plan)
                SELECT 'agent', jsonb_build_object('steps', jsonb_build_array(
                  jsonb_build_object('skill', 'echo', 'params', jsonb_build_object('a', 1)),
                  jsonb_build_object('skill', 'wait', 'params', jsonb_build_object(
                    'until', to_char(now() AT TIME ZONE 'UTC' + interval '6 seconds', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))),
                  jsonb_build_object('skill', 'noop')))
                RETURNING id""");

        sql.awaitStatus(Duration.ofSeconds(60), run, "scheduled");
        assertThat(sql.run(run)).containsEntry("attempts", 0).containsEntry("claim_id", null);
        sql.awaitStatus(Duration.ofSeconds(60), run, "succeeded");
        assertThat(sql.run(run)).containsEntry("attempts", 1);
        assertThat(sql.count("SELECT count(*) FROM runs WHERE completed_at - created_at BETWEEN interval '6 seconds'"
                        + " AND interval '20 seconds'"))
                .isEqualTo(1);
        Scenario.measured(
                "a run that slept for six seconds: from when it was enqueued to its end, s",
                sql.one(Double.class, "SELECT extract(epoch FROM completed_at - created_at)::float8 FROM runs"));
        assertThat(node.events("run_snoozed", run)).hasSize(1);
        assertThat(scenario.history(run))
                .containsSubsequence("queued>running", "running>scheduled", "scheduled>queued");
        scenario.assertEachSettledOnce();
    }

    @Test
    void tenThousandThatWaitForTomorrowCostANodeNothing() throws Exception {
        var sql = scenario.sql();
        var node = scenario.node("WORKER_CONCURRENCY", "32", "WORKER_BATCH_SIZE", "500", "LOG_SAMPLE_EVERY", "1000")
                .awaitPolling();
        sql.awaitTrue(Duration.ofSeconds(60), "SELECT idle FROM leases WHERE name = 'poller'");
        var threadsBefore = threads(node);
        var statementsBefore = transactionsInFiveSeconds(sql);

        sql.execute("INSERT INTO runs (agent_id, plan) SELECT 'agent',"
                + " '{\"steps\": [{\"skill\": \"wait\", \"params\": {\"until\": \"9999-01-01T00:00:00Z\"}}]}'"
                + " FROM generate_series(1, " + RUNS + ")");
        long before = System.nanoTime();
        sql.awaitCount(Duration.ofMinutes(2), "scheduled", RUNS);
        Scenario.measured(
                "10,000 runs until all sleep",
                Duration.ofNanos(System.nanoTime() - before).toMillis() + " ms");

        scenario.assertNoClaims();
        assertThat(sql.count("SELECT count(*) FROM runs WHERE attempts = 0 AND claimed_by IS NULL"
                        + " AND next_attempt_at > now() + interval '300 days'"))
                .isEqualTo(RUNS);
        sql.awaitTrue(Duration.ofSeconds(60), "SELECT idle FROM leases WHERE name = 'poller'");
        var threads = threads(node);
        var statements = transactionsInFiveSeconds(sql);
        Scenario.measured(
                "10,000 runs that sleep",
                "threads " + threadsBefore + " -> " + threads + ", transactions in 5 s " + statementsBefore + " -> "
                        + statements);
        // Those that the work before has started; none for each run.
        assertThat(threads).isLessThan(threadsBefore + 100);
        assertThat(statements).isLessThan(2 * statementsBefore + 200);
        assertThat(node.metric("nova_runs_queued")).isZero();
    }

    private static int threads(NodeProcess node) throws IOException {
        try (var threads = Files.list(Path.of("/proc", Long.toString(node.pid()), "task"))) {
            return (int) threads.count();
        }
    }

    private static long transactionsInFiveSeconds(Sql sql) throws InterruptedException {
        var query = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()";
        long before = sql.count(query);
        Thread.sleep(Duration.ofSeconds(5));
        return sql.count(query) - before;
    }
}
