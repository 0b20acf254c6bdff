package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The database goes away. */
class OutageIT {

    private static final Duration OUTAGE = Duration.ofSeconds(20);
    /** Mostly within 5 s; at worst the connection pool has just begun a pause of 5 s, and the poller one of 2 s. */
    private static final Duration CLAIMS_AGAIN_WITHIN = Duration.ofSeconds(8);

    @RegisterExtension
    final Scenario scenario = Scenario.onServerOfItsOwn();

    @Test
    void aCrashOfTheDatabaseIsNoCrashOfTheNode() {
        var sql = scenario.sql();
        assertThat(sql.one(String.class, "SHOW fsync")).isEqualTo("on");
        var node = scenario.node("WORKER_CONCURRENCY", "8").awaitPolling();
        // Some end during the outage, some after it.
        Stream.generate(() -> 10.0).limit(4).forEach(sql::insertSleep);
        Stream.generate(() -> 26.0).limit(2).forEach(sql::insertSleep);
        sql.awaitCount(Duration.ofSeconds(10), "running", 6);

        scenario.server().stop(PostgresServer.StopMode.IMMEDIATE);
        var gone = Instant.now();
        await().atMost(OUTAGE.plusSeconds(5)).until(() -> Instant.now().isAfter(gone.plus(OUTAGE)));
        assertThat(node.get("/health/live").statusCode()).isEqualTo(200);
        scenario.server().startAgain();
        var back = Instant.now();
        var later = sql.insert("noop", "{}");
        var completed = node.await("run_completed", later);
        var completedAfter = Duration.between(back, NodeProcess.at(completed));
        Scenario.measured("outage of", Duration.between(gone, back).toMillis() + " ms");
        Scenario.measured("return of the database to a new run's end", completedAfter.toMillis() + " ms");
        assertThat(completedAfter).isLessThan(CLAIMS_AGAIN_WITHIN);

        sql.awaitCount(Duration.ofSeconds(30), "succeeded", 7);
        assertThat(sql.rows("SELECT * FROM runs WHERE attempts <> 1")).isEmpty();
        // Long enough for a rescue that should not come: silence and watching take 12 s.
        await().atMost(Duration.ofSeconds(20)).until(() -> Instant.now().isAfter(back.plusSeconds(14)));
        scenario.assertEachSettledOnce();
        assertThat(node.events("runs_rescued")).isEmpty();
        assertThat(node.events("run_fenced")).isEmpty();
        assertThat(node.events("run_completed")).hasSize(7);
        var errors = node.events("worker_pool_poll_error");
        Scenario.measured("worker_pool_poll_error during the outage", errors.size());
        assertThat(errors).isNotEmpty();
        for (int i = 1; i < errors.size(); i++) {
            assertThat(Duration.between(NodeProcess.at(errors.get(i - 1)), NodeProcess.at(errors.get(i))))
                    .isGreaterThan(Duration.ofMillis(4900));
        }

        node.signal("TERM");
        assertThat(node.awaitExit(Duration.ofSeconds(20))).isZero();
        assertThat(node.errorLines()).isEmpty();
    }

    @Test
    void aNodeWaitsForADatabaseThatIsNotThereYet() {
        scenario.server().stop(PostgresServer.StopMode.FAST);
        var node = scenario.node();
        var waiting = node.await("database_waiting");
        assertThat(waiting.path("reason").asText())
                .contains("127.0.0.1:" + scenario.server().port());
        assertThat(node.events("database_connected")).isEmpty();

        scenario.server().startAgain();
        var answers = Instant.now();
        var started = node.await("poller_started");
        Scenario.measured(
                "database comes up to poller_started",
                Duration.between(answers, NodeProcess.at(started)).toMillis() + " ms");
        node.await("run_completed", scenario.sql().insert("noop", "{}"));
        assertThat(node.events("database_waiting")).hasSize(1);
        assertThat(node.errorLines()).isEmpty();
    }
}
