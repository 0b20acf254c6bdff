package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CancelIT {

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    @Test
    void whatIsCancelledByTheCommandIsStoppedByItsNode() {
        var sql = scenario.sql();
        var node = scenario.node("WORKER_CONCURRENCY", "1").awaitPolling();
        var running = sql.insertSleep(600);
        sql.awaitStatus(Duration.ofSeconds(10), running, "running");
        var behind = sql.insertSleep(600);
        var last = sql.insert("noop", "{}");

        try (var cancel =
                CommandProcess.start(scenario.url(), "runs", "cancel", running.toString(), behind.toString())) {
            assertThat(cancel.awaitExit(NodeProcess.SOON)).isZero();
            assertThat(cancel.lines()).containsExactly(running + " cancelled", behind + " cancelled");
        }
        long cancelled = System.nanoTime();

        // The one worker is free again.
        sql.awaitStatus(Duration.ofSeconds(10), last, "succeeded");
        Scenario.measured(
                "runs cancel, to the next run on the worker",
                Duration.ofNanos(System.nanoTime() - cancelled).toMillis() + " ms");
        node.await("run_cancelled", running);
        assertThat(node.events("run_dispatched", behind)).isEmpty();
        scenario.assertEachSettledOnce();
    }

    @Test
    void whatIsCancelledBySqlIsInterruptedWithinASecondOnEveryNode() {
        var sql = scenario.sql();
        sql.execute(LastWordSkill.TABLE);
        var effects = "jdbc:" + scenario.url().replace("postgres@", "") + "?user=postgres";
        var one = scenario.nodeWith(LastWordSkill.class, "WORKER_CONCURRENCY", "2", "EFFECTS_URL", effects)
                .awaitPolling();
        var other = scenario.nodeWith(LastWordSkill.class, "WORKER_CONCURRENCY", "2", "EFFECTS_URL", effects);
        other.await("cluster_joined");
        for (int i = 0; i < 4; i++) {
            sql.insert("last_word", "{}");
        }
        sql.awaitCount(Duration.ofSeconds(30), "running", 4);
        assertThat(sql.count("SELECT count(DISTINCT claimed_by) FROM runs")).isEqualTo(2);

        var cancelled = sql.rows("WITH done AS (UPDATE runs SET status = 'cancelled', completed_at = now() RETURNING 1)"
                        + " SELECT clock_timestamp() AS at FROM done LIMIT 1")
                .getFirst()
                .get("at");

        sql.awaitTrue(Duration.ofSeconds(20), "SELECT count(*) = 4 FROM last_words WHERE cancelled");
        Scenario.measured(
                "a cancel by SQL of 4 runs on 2 nodes, to the last word of the last skill",
                sql.one(
                                Double.class,
                                "SELECT extract(epoch FROM max(at) - ?::timestamptz)::float8 FROM last_words",
                                cancelled)
                        + " s");
        for (var node : List.of(one, other)) {
            node.awaitCount(NodeProcess.SOON, "run_cancelled", 2);
        }
        scenario.assertEachSettledOnce();
    }
}
