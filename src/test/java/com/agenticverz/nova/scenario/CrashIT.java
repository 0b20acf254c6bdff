package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CrashIT {

    /** With a start of 3 s, the promised 15 s; how long a JVM takes to start is the machine's affair. */
    private static final Duration RESCUED_AFTER_START_WITHIN = Duration.ofSeconds(12);

    /** What a dead node was at: runs it had marked, and runs that its claims list and that are still as claimed. */
    private static final String HELD = """
            SELECT id FROM runs WHERE status = 'running'
            UNION
            SELECT r.id FROM claims c CROSS JOIN LATERAL unnest(c.run_ids, c.attempts) AS l (id, attempts)
            JOIN runs r ON r.id = l.id AND r.status = 'queued' AND r.attempts = l.attempts
            """;

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    @Test
    void afterKill9NoRunIsLostNoneIsSettledTwiceAndAttemptsSayWhatHappened() {
        var sql = scenario.sql();
        // With work at hand a higher priority is seen at the poll interval.
        var node = scenario.node("WORKER_POLL_INTERVAL", "0.2").awaitPolling();
        var lasting = List.of(sql.insertSleep(6), sql.insertSleep(6));
        sql.awaitCount(Duration.ofSeconds(10), "running", 2);
        sql.execute("INSERT INTO runs (agent_id, plan)"
                + " SELECT 'short', '{\"steps\": [{\"skill\": \"sleep\", \"params\": {\"seconds\": 0.01}}]}'"
                + " FROM generate_series(1, 1000)");
        node.awaitCount(NodeProcess.SOON, "run_completed", 50);
        var justStarted = sql.insert("sleep", "{\"seconds\": 2}", "priority = 10");
        node.await("run_dispatched", justStarted);

        node.kill();
        long killed = System.nanoTime();
        scenario.awaitNoSessions();
        var held = new HashSet<>(sql.column(UUID.class, HELD));
        long queued = sql.count("SELECT count(*) FROM runs WHERE status = 'queued'");
        Scenario.measured("kill -9", held.size() + " runs held, " + queued + " queued");
        assertThat(held).containsAll(lasting).contains(justStarted);
        assertThat(queued).isGreaterThan(100);

        var next = scenario.node();
        var started = next.await("poller_started");
        var startTook = Duration.ofNanos(System.nanoTime() - killed);
        var rescued = next.await("runs_rescued");
        Scenario.measured(
                "kill -9 to runs_rescued, restarted at once",
                Duration.ofNanos(System.nanoTime() - killed).toMillis() + " ms, of which the start took "
                        + startTook.toMillis() + " ms");
        assertThat(Duration.between(NodeProcess.at(started), NodeProcess.at(rescued)))
                .isLessThan(RESCUED_AFTER_START_WITHIN);
        assertThat(rescued.path("count").asInt()).isEqualTo(held.size());

        sql.awaitCount(Duration.ofSeconds(60), "succeeded", 1003);
        scenario.assertEachSettledOnce();
        assertThat(new HashSet<>(sql.column(UUID.class, "SELECT id FROM runs WHERE attempts = 2")))
                .isEqualTo(held);
        assertThat(sql.count("SELECT count(*) FROM runs WHERE attempts = 1")).isEqualTo(1003 - held.size());
        assertThat(next.metric("nova_runs_rescued_total")).isEqualTo(held.size());
        assertThat(next.events("runs_rescued")).hasSize(1);
        assertThat(next.events("run_fenced")).isEmpty();
    }

    /**
     * One run that is marked before its node dies, and one that never is: its mark waits in the database, as it would
     * for a node that dies within the first 100 ms of the run.
     */
    @Test
    void aRunWhoseNodeDiesEachTimeEndsFailedAndSaysSo() {
        var sql = scenario.sql();
        sql.execute("""
                CREATE FUNCTION delay_mark() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                  PERFORM pg_sleep(60);
                  RETURN NEW;
                END
                $$;
                CREATE TRIGGER delay_mark BEFORE UPDATE ON runs FOR EACH ROW
                  WHEN (OLD.status = 'queued' AND NEW.status = 'running' AND NEW.goal = 'dies before its mark')
                  EXECUTE FUNCTION delay_mark();
                """);
        var first = scenario.node().awaitPolling();
        var marked = sql.insert("sleep", "{\"seconds\": 60}", "max_attempts = 2");
        sql.awaitStatus(Duration.ofSeconds(10), marked, "running");
        var unmarked = sql.insert("sleep", "{\"seconds\": 60}", "max_attempts = 2, goal = 'dies before its mark'");
        first.await("run_dispatched", unmarked);
        die(first);
        assertThat(sql.run(marked)).containsEntry("status", "running").containsEntry("attempts", 1);
        assertThat(sql.run(unmarked)).containsEntry("status", "queued").containsEntry("attempts", 0);

        var second = scenario.node();
        assertThat(second.await("run_dispatched", marked).path("attempt").asInt())
                .isEqualTo(2);
        assertThat(second.await("run_dispatched", unmarked).path("attempt").asInt())
                .isEqualTo(2);
        die(second);
        assertThat(sql.run(unmarked)).containsEntry("status", "queued").containsEntry("attempts", 1);

        var third = scenario.node();
        var rescued = third.await("runs_rescued");
        assertThat(rescued.path("count").asInt()).isEqualTo(2);
        assertThat(rescued.path("failed").asInt()).isEqualTo(2);
        for (var run : List.of(marked, unmarked)) {
            assertThat(sql.run(run))
                    .containsEntry("status", "failed")
                    .containsEntry("attempts", 2)
                    .containsEntry("error_message", "the node that executed attempt 2 of 2 died")
                    .doesNotContainEntry("completed_at", null);
        }
        assertThat(third.events("run_dispatched")).isEmpty();
        scenario.assertEachSettledOnce();
    }

    private void die(NodeProcess node) {
        node.kill();
        scenario.endSessions();
    }
}
