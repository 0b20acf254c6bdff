package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

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
        sql.awaitTrue(Duration.ofSeconds(20), "SELECT count(*) = 4 FROM last_words");
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

    @Test
    void skillsThatIgnoreTheirInterruptAreReplacedUpToALimitAndThenHoldTheirWorkers(@TempDir Path files)
            throws Exception {
        var sql = scenario.sql();
        var until = files.resolve("until");
        var node = scenario.nodeWith(DeafSkill.class, "WORKER_CONCURRENCY", "2").awaitPolling();

        for (int i = 1; i <= 2; i++) {
            cancelDeaf(until);
            node.awaitCount(NodeProcess.SOON, "skill_abandoned", i);
        }
        assertThat(node.events("skill_abandoned"))
                .allMatch(event -> event.path("replaced").asBoolean());
        // Two deaf skills go on, and it still executes as many runs as ever.
        var sleeping = List.of(sql.insertSleep(600), sql.insertSleep(600));
        sql.awaitCount(Duration.ofSeconds(20), "running", 2);
        assertThat(node.get("/health/ready").statusCode()).isEqualTo(200);
        sleeping.forEach(this::cancel);

        // The third one keeps its worker.
        cancelDeaf(until);
        node.awaitCount(NodeProcess.SOON, "skill_abandoned", 3);
        var third = node.events("skill_abandoned").getLast();
        assertThat(third.path("replaced").asBoolean()).isFalse();
        assertThat(third.path("abandoned").asInt()).isEqualTo(3);
        assertThat(third.path("step").asText()).isEqualTo("s1 (deaf)");
        sql.awaitStatus(Duration.ofSeconds(20), sql.insert("noop", "{}"), "succeeded");
        assertThat(node.get("/health/ready").statusCode()).isEqualTo(200);
        // With the fourth one none is left.
        cancelDeaf(until);
        node.awaitCount(NodeProcess.SOON, "skill_abandoned", 4);
        assertThat(node.get("/health/ready"))
                .matches(answer -> answer.statusCode() == 503)
                .extracting(HttpResponse::body)
                .asString()
                .contains("skills that ignore their interrupt hold all workers");
        await().atMost(Duration.ofSeconds(20)).until(() -> node.metric("nova_skills_abandoned_running") == 4);

        // They end at last, and what they return changes nothing.
        Files.createFile(until);
        sql.awaitStatus(Duration.ofSeconds(20), sql.insert("noop", "{}"), "succeeded");
        await().atMost(Duration.ofSeconds(20)).until(() -> node.metric("nova_skills_abandoned_running") == 0);
        assertThat(node.get("/health/ready").statusCode()).isEqualTo(200);
        assertThat(sql.count("SELECT count(*) FROM runs WHERE status = 'cancelled'"))
                .isEqualTo(6);
        scenario.assertEachSettledOnce();
    }

    @Test
    void skillsThatHoldTheirWorkersDoNotHoldUpTheDrain(@TempDir Path files) {
        var node = scenario.nodeWith(DeafSkill.class, "WORKER_CONCURRENCY", "1").awaitPolling();
        for (int i = 1; i <= 2; i++) {
            cancelDeaf(files.resolve("never"));
            node.awaitCount(NodeProcess.SOON, "skill_abandoned", i);
        }

        node.signal("TERM");

        // Of the 300 s that a drain waits for runs, none.
        assertThat(node.awaitExit(Duration.ofSeconds(60))).isZero();
        scenario.assertEachSettledOnce();
    }

    private void cancelDeaf(Path until) {
        var run = scenario.sql().insert("deaf", "{\"until\": \"" + until + "\"}");
        scenario.sql().awaitStatus(Duration.ofSeconds(20), run, "running");
        // A plan that is read for the first time takes a moment: until then there is nobody to interrupt.
        await().atMost(Duration.ofSeconds(20)).until(() -> Files.exists(DeafSkill.begun(until, run)));
        cancel(run);
    }

    private void cancel(UUID run) {
        scenario.sql().rows("UPDATE runs SET status = 'cancelled', completed_at = now() WHERE id = ? RETURNING 1", run);
    }
}
