package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The database goes away; on servers of their own, because everybody else needs theirs. */
class OutageIT {

    private static final Duration OUTAGE = Duration.ofSeconds(20);

    @Test
    void aCrashOfTheDatabaseIsNoCrashOfTheNode() {
        try (var server = PostgresServer.start();
                var node = start(server, Map.of("WORKER_CONCURRENCY", "8"))) {
            var sql = server.sql("nova");
            assertThat(sql.one(String.class, "SHOW fsync")).isEqualTo("on");
            node.awaitPolling();
            Scenario.audit(sql);
            // Some end during the outage, some after it.
            Stream.generate(() -> 10.0).limit(4).forEach(sql::insertSleep);
            Stream.generate(() -> 26.0).limit(2).forEach(sql::insertSleep);
            sql.awaitCount(Duration.ofSeconds(10), "running", 6);

            server.stop(PostgresServer.StopMode.IMMEDIATE);
            var gone = Instant.now();
            await().atMost(OUTAGE.plusSeconds(5)).until(() -> Instant.now().isAfter(gone.plus(OUTAGE)));
            assertThat(node.get("/health/live").statusCode()).isEqualTo(200);
            server.started();
            var back = Instant.now();
            var later = sql.insert("noop", "{}");
            var completed = node.await("run_completed", later);
            var claimedAfter = Duration.between(back, NodeProcess.at(completed));
            Scenario.measured("outage of", Duration.between(gone, back).toMillis() + " ms");
            Scenario.measured("return of the database to a new run's end", claimedAfter.toMillis() + " ms");
            assertThat(claimedAfter).isLessThan(Duration.ofSeconds(5));

            sql.awaitCount(Duration.ofSeconds(30), "succeeded", 7);
            assertThat(sql.rows("SELECT * FROM runs WHERE attempts <> 1")).isEmpty();
            assertThat(sql.rows("SELECT run_id FROM audit WHERE new_status = 'succeeded'"))
                    .hasSize(7)
                    .doesNotHaveDuplicates();
            // Long enough for a rescue that should not come: silence and watching take 12 s.
            await().atMost(Duration.ofSeconds(20)).until(() -> Instant.now().isAfter(back.plusSeconds(14)));
            sql.awaitTrue(Duration.ofSeconds(5), "SELECT count(*) = 0 FROM claims");
            assertThat(node.events("runs_rescued")).isEmpty();
            assertThat(node.events("run_fenced")).isEmpty();
            var errors = node.events("worker_pool_poll_error");
            Scenario.measured("worker_pool_poll_error during the outage", errors.size());
            assertThat(errors).isNotEmpty();
            for (int i = 1; i < errors.size(); i++) {
                assertThat(Duration.between(NodeProcess.at(errors.get(i - 1)), NodeProcess.at(errors.get(i))))
                        .isGreaterThan(Duration.ofMillis(4900));
            }
            assertThat(node.events("run_completed")).hasSize(7);

            node.signal("TERM");
            assertThat(node.awaitExit(Duration.ofSeconds(20))).isZero();
            assertThat(node.errorLines()).isEmpty();
        }
    }

    @Test
    void aNodeWaitsForADatabaseThatIsNotThereYet() {
        try (var server = PostgresServer.prepare();
                var node = NodeProcess.start(
                        Map.of("DATABASE_URL", server.url("postgres"), "DATABASE_START_TIMEOUT", "60"))) {
            var waiting = node.await("database_waiting");
            assertThat(waiting.path("reason").asText()).contains("127.0.0.1:" + server.port());
            server.started();
            var answers = Instant.now();
            var started = node.await("poller_started");
            Scenario.measured(
                    "database comes up to poller_started",
                    Duration.between(answers, NodeProcess.at(started)).toMillis() + " ms");
            var run = server.sql("postgres").insert("noop", "{}");
            node.await("run_completed", run);
            assertThat(node.events("database_waiting")).hasSize(1);
            assertThat(node.errorLines()).isEmpty();
        }
    }

    private static NodeProcess start(PostgresServer server, Map<String, String> settings) {
        server.sql("postgres").execute("CREATE DATABASE nova");
        var environment = new java.util.HashMap<>(settings);
        environment.put("DATABASE_URL", server.url("nova"));
        return NodeProcess.start(environment);
    }
}
