package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The runbook that operators have in their hands, against a live node: its SQL and its greps, read from its text. */
class RunbookIT {

    private static final String RUNBOOK = read();

    /** {@code psql … -c "…"}, and the one inside {@code watch}, whose quotes are escaped once more. */
    private static final Pattern SQL = Pattern.compile("-c (?:\\\\\\s+)?(?:\"([^\"]+)\"|'((?:\\\\'|[^'])+)')");

    private static final Pattern GREP = Pattern.compile("grep (-E )?\"([^\"]+)\"");

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    private static String read() {
        try (var stream = RunbookIT.class.getResourceAsStream("runbook.txt")) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> statements() {
        // The one for a container has Python in it, not SQL.
        return SQL.matcher(RUNBOOK)
                .results()
                .map(found -> found.group(1) != null ? found.group(1) : found.group(2))
                .map(sql -> sql.replace("\\\\'", "'").strip())
                .filter(sql -> !sql.startsWith("from app."))
                .toList();
    }

    private static String statement(String start) {
        return statements().stream()
                .filter(sql -> sql.startsWith(start))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void everyStatementWorks() {
        var sql = scenario.sql();
        scenario.node().awaitPolling();
        sql.insertSleep(3);
        sql.insert("noop", "{}");
        sql.insert("noop", "{}", "next_attempt_at = now() + interval '1 day'");
        sql.awaitCount(Duration.ofSeconds(10), "succeeded", 1);
        sql.awaitCount(Duration.ofSeconds(10), "running", 1);
        assertThat(statements()).hasSize(7);
        for (var statement : statements()) {
            assertThat(sql.rows(statement)).as(statement).isNotNull();
        }
        assertThat(sql.rows(statement("SELECT status, COUNT")))
                .extracting(row -> row.get("status"), row -> row.get("count"))
                .contains(
                        org.assertj.core.groups.Tuple.tuple("succeeded", 1L),
                        org.assertj.core.groups.Tuple.tuple("running", 1L),
                        org.assertj.core.groups.Tuple.tuple("scheduled", 1L));
        assertThat(sql.rows(statement("SELECT COUNT(*) as queued"))).hasSize(1);
    }

    @Test
    void everyPatternIsFoundInTheLog() {
        var sql = scenario.sql();
        var node = scenario.node().awaitPolling();
        node.await("run_completed", sql.insert("noop", "{}"));
        var patterns = GREP.matcher(RUNBOOK)
                .results()
                .map(found -> found.group(1) == null ? Pattern.quote(found.group(2)) : found.group(2))
                .distinct()
                .toList();
        assertThat(patterns).hasSize(8);
        for (var pattern : patterns) {
            // One looks for any alarm, one for a certain one.
            boolean alarm = pattern.contains("error");
            var matching = node.lines().stream()
                    .filter(line -> Pattern.compile(pattern).matcher(line).find())
                    .toList();
            if (alarm) {
                assertThat(matching).as(pattern).isEmpty();
            } else {
                assertThat(matching).as(pattern).isNotEmpty();
            }
        }
        // The pool says its settings under the names of the runbook.
        var starting = node.await("worker_pool_starting");
        assertThat(starting.path("concurrency").asInt()).isEqualTo(4);
        assertThat(starting.path("batch_size").asInt()).isEqualTo(8);
        assertThat(starting.path("poll_interval").asDouble()).isEqualTo(2.0);
    }

    @Test
    void aRunStuckUnderNobodyIsResetAndExecuted() {
        var sql = scenario.sql();
        var stuck = sql.one(
                UUID.class,
                "INSERT INTO runs (agent_id, plan, status, attempts, started_at, claimed_by, claim_id)"
                        + " VALUES ('agent', '{\"steps\": [{\"skill\": \"noop\"}]}', 'running', 1,"
                        + " now() - interval '2 hours', NULL, NULL) RETURNING id");
        var node = scenario.node().awaitPolling();
        assertThat(sql.column(UUID.class, statement("SELECT id, started_at"))).containsExactly(stuck);
        assertThat(sql.column(UUID.class, statement("UPDATE runs"))).containsExactly(stuck);
        node.await("run_completed", stuck);
        assertThat(sql.run(stuck)).containsEntry("status", "succeeded").containsEntry("attempts", 2);
        scenario.assertEachSettledOnce();
    }

    /** The holder is alive and at work, which an operator cannot know. */
    @Test
    void aRunThatIsReallyRunningIsStoppedFencedOutAndExecutedAgain() {
        var sql = scenario.sql();
        var node = scenario.node().awaitPolling();
        var run = sql.insertSleep(8);
        sql.awaitStatus(Duration.ofSeconds(10), run, "running");
        sql.rows("UPDATE runs SET started_at = now() - interval '2 hours' WHERE id = ? RETURNING id", run);
        assertThat(sql.column(UUID.class, statement("UPDATE runs"))).containsExactly(run);

        var fenced = node.await("run_fenced", run);
        node.awaitCount(NodeProcess.SOON, "run_dispatched", 2);
        var dispatched = node.events("run_dispatched", run);
        var again = Duration.between(NodeProcess.at(dispatched.get(0)), NodeProcess.at(dispatched.get(1)));
        Scenario.measured("reset of a running run: executed again after", again.toMillis() + " ms");
        Scenario.measured("reset of a running run: noticed by", fenced.path("write"));
        // Stopped, not waited for: the first execution would have taken 8 s.
        assertThat(again).isLessThan(Duration.ofSeconds(6));
        node.await("run_completed", run);
        assertThat(node.events("run_completed", run)).hasSize(1);
        assertThat(sql.run(run)).containsEntry("status", "succeeded").containsEntry("attempts", 2);
        assertThat(node.events("run_dispatched", run)).hasSize(2);
        scenario.assertEachSettledOnce();
        assertThat(node.metric("nova_runs_fenced_total")).isEqualTo(1);
    }

    @Test
    void aRunningRunThatIsCancelledOrDeletedByHandIsStopped() {
        var sql = scenario.sql();
        var node = scenario.node().awaitPolling();
        var cancelled = sql.insertSleep(60);
        var deleted = sql.insertSleep(60);
        sql.awaitCount(Duration.ofSeconds(10), "running", 2);
        sql.execute("UPDATE runs SET status = 'cancelled', completed_at = now() WHERE id = '" + cancelled + "'");
        sql.execute("DELETE FROM runs WHERE id = '" + deleted + "'");
        node.await("run_cancelled", cancelled);
        node.await("run_fenced", deleted);

        // All four workers are free again.
        for (int i = 0; i < 4; i++) {
            sql.insertSleep(1);
        }
        sql.awaitCount(Duration.ofSeconds(5), "running", 4);
        sql.awaitCount(Duration.ofSeconds(10), "succeeded", 4);
        assertThat(sql.run(cancelled)).containsEntry("status", "cancelled");
        assertThat(node.events("run_dispatched")).hasSize(6);
        scenario.assertEachSettledOnce();
    }
}
