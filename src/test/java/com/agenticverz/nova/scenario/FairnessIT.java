package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Isolated;

/** One agent has a million runs in the queue, and another one enqueues its first. */
@Isolated("a million rows, and rates")
class FairnessIT {

    private static final int MILLION = 1_000_000;
    private static final int CONCURRENCY = 4;
    private static final int BATCH_SIZE = 8;
    private static final Duration IN_TIME = Duration.ofMinutes(4);
    private static final Duration PATIENCE = Duration.ofSeconds(8);

    private static final String IN_PROGRESS = "SELECT (SELECT count(*) FROM runs WHERE status = 'running')"
            + " + (SELECT count(*) FROM claims c CROSS JOIN LATERAL unnest(c.run_ids, c.attempts) AS l (id, attempts)"
            + " JOIN runs r ON r.id = l.id AND r.attempts = l.attempts AND r.status = 'queued')";

    @RegisterExtension
    final Scenario scenario = Scenario.onServerOfItsOwn();

    @Test
    void theFirstRunOfAnAgentWaitsForNoMoreThanTheRunsInProgress() throws SQLException {
        var sql = scenario.sql();
        sql.execute("INSERT INTO runs (agent_id, plan) SELECT 'big',"
                + " '{\"steps\": [{\"skill\": \"sleep\", \"params\": {\"seconds\": 0.05}}]}'"
                + " FROM generate_series(1, " + MILLION + "); ANALYZE runs");

        explain("off", "claim", Map.of("in_flight_ids", "'{}'", "in_flight_attempts", "'{}'"));
        explain("fair", "active_lanes", Map.of());
        explain("fair", "peek", Map.of());
        var picks = sql.column(
                UUID.class, "SELECT id FROM runs WHERE status = 'queued' ORDER BY -priority, created_at, id LIMIT 8");
        explain(
                "fair",
                "claim_picked",
                Map.of(
                        "ids",
                        picks.stream().map(UUID::toString).collect(Collectors.joining(",", "'{", "}'")),
                        "picked_attempts",
                        "'{0,0,0,0,0,0,0,0}'"));

        assertThatItWaitsWithout();
        for (var fairness : List.of("round_robin", "weighted")) {
            assertThatItWaitsForRunsInProgressOnly(fairness);
        }
    }

    private void assertThatItWaitsWithout() {
        var sql = scenario.sql();
        var node = working("off");
        var run = insertFirst("of off");
        long before = ended();
        await().pollDelay(PATIENCE).atMost(PATIENCE.plusSeconds(60)).until(() -> true);
        long others = ended() - before;
        assertThat(sql.run(run)).as("it stands behind all of them").containsEntry("status", "queued");
        ClusterReport.add(
                "first run of an agent behind 1,000,000 of another, RUN_FAIRNESS=off",
                String.format(
                        Locale.ROOT,
                        "not started after %d s, in which %d others ended; at this rate after %.1f h",
                        PATIENCE.toSeconds(),
                        others,
                        (double) MILLION / others * PATIENCE.toSeconds() / 3600));
        sql.execute("DELETE FROM runs WHERE agent_id = 'of off'");
        stop(node);
    }

    private void assertThatItWaitsForRunsInProgressOnly(String fairness) {
        var sql = scenario.sql();
        var node = working(fairness);
        for (int i = 1; i <= 5; i++) {
            long inProgress = sql.count(IN_PROGRESS);
            var run = insertFirst(fairness + " " + i);
            sql.awaitStatus(IN_TIME, run, "succeeded");
            long waitMillis = sql.count(
                    "SELECT (extract(epoch FROM started_at - created_at) * 1000)::bigint FROM runs WHERE id = ?", run);
            sql.awaitTrue(
                    IN_TIME,
                    "SELECT count(*) = 0 FROM claims WHERE claimed_at <"
                            + " (SELECT started_at FROM runs WHERE id = ?)",
                    run);
            long others = sql.count(
                    "SELECT count(*) FROM runs r, runs small WHERE small.id = ? AND r.agent_id = 'big'"
                            + " AND r.started_at > small.created_at AND r.started_at < small.started_at",
                    run);
            ClusterReport.add(
                    "first run of an agent behind 1,000,000 of another, RUN_FAIRNESS=" + fairness,
                    waitMillis + " ms, in which " + others + " others began; " + inProgress + " were in progress");
            // A claim may be on its way at this very moment.
            assertThat(others).isLessThanOrEqualTo((long) CONCURRENCY + BATCH_SIZE);
        }
        stop(node);
    }

    @Test
    void aThousandAgentsAreServedAtARateThatIsNotFarFromThatOfOne() {
        var sql = scenario.sql();
        var node = scenario.node(
                "RUN_FAIRNESS",
                "round_robin",
                "WORKER_CONCURRENCY",
                "32",
                "WORKER_BATCH_SIZE",
                "500",
                "LOG_SAMPLE_EVERY",
                "1000");
        node.awaitPolling();
        drain(sql, 1, "warm-up");
        drain(sql, 1000, "warm-up");
        double one = drain(sql, 1, "one");
        double thousand = drain(sql, 1000, "thousand");
        ClusterReport.add(
                "runs/s with 1 and with 1,000 active agents, RUN_FAIRNESS=round_robin",
                String.format(Locale.ROOT, "%.0f and %.0f, ratio %.2f", one, thousand, thousand / one));
        assertThat(thousand / one).isGreaterThan(0.1);
        stop(node);
    }

    /** Runs a second, from the commit of their insert to the end of the last. */
    private static double drain(Sql sql, int agents, String name) {
        int runs = 20_000;
        sql.execute("INSERT INTO runs (agent_id, plan) SELECT '" + name + " ' || n % " + agents
                + ", '{\"steps\": [{\"skill\": \"noop\"}]}' FROM generate_series(1, " + runs + ") n");
        long began = System.nanoTime();
        sql.awaitTrue(IN_TIME, "SELECT NOT EXISTS (SELECT FROM runs WHERE status IN ('queued', 'running'))");
        double seconds = (System.nanoTime() - began) / 1e9;
        assertThat(sql.count("SELECT count(*) FROM runs WHERE agent_id LIKE '" + name + "%' AND status = 'succeeded'"))
                .isPositive();
        return runs / seconds;
    }

    private NodeProcess working(String fairness) {
        var node = scenario.node(
                "RUN_FAIRNESS",
                fairness,
                "WORKER_CONCURRENCY",
                "" + CONCURRENCY,
                "WORKER_BATCH_SIZE",
                "" + BATCH_SIZE,
                "LOG_SAMPLE_EVERY",
                "1000");
        node.awaitPolling();
        long before = ended();
        await().atMost(IN_TIME).until(() -> ended() > before + 40);
        return node;
    }

    private UUID insertFirst(String agent) {
        return scenario.sql()
                .one(
                        UUID.class,
                        "INSERT INTO runs (agent_id, plan, created_at)"
                                + " VALUES (?, '{\"steps\": [{\"skill\": \"noop\"}]}', clock_timestamp()) RETURNING id",
                        agent);
    }

    private long ended() {
        return scenario.sql().count("SELECT count(*) FROM runs WHERE status = 'succeeded'");
    }

    private static void stop(NodeProcess node) {
        node.signal("TERM");
        assertThat(node.awaitExit(NodeProcess.SOON)).isZero();
    }

    // --- the claim, explained

    private static final Pattern PARAMETER = Pattern.compile("--[^\n]*|'[^']*'|::|:([a-z_]+)");

    /** The claim of the big agent's runs; it changes nothing. */
    private static final Map<String, String> VALUES = Map.ofEntries(
            Map.entry("epoch", "1"),
            Map.entry("node", "'00000000-0000-0000-0000-00000000000a'"),
            Map.entry("limit", "8"),
            Map.entry("default_max_attempts", "5"),
            Map.entry("rank", "'-2147483648'"),
            Map.entry("created_at", "'-infinity'"),
            Map.entry("id", "'00000000-0000-0000-0000-000000000000'"),
            Map.entry("by_priority", "false"),
            Map.entry("with_skills", "false"),
            Map.entry("agent_ids", "'{big,small}'"),
            Map.entry("ranks", "'{-2147483648,-2147483648}'"),
            Map.entry("created_us", "'{NULL,NULL}'"),
            Map.entry("ids", "'{00000000-0000-0000-0000-000000000000,00000000-0000-0000-0000-000000000000}'"),
            Map.entry("last_ranks", "'{2147483647,2147483647}'"),
            Map.entry("most", "'{8,8}'"),
            Map.entry("bucket_kinds", "'{}'"),
            Map.entry("bucket_names", "'{}'"),
            Map.entry("full_in_us", "'{}'"));

    private void explain(String how, String statement, Map<String, String> values) throws SQLException {
        try (var connection = scenario.sql().connect()) {
            connection.setAutoCommit(false);
            execute(connection, "INSERT INTO leases VALUES ('poller', 'test', 1, 'infinity')");
            execute(connection, text("by_index"));
            var filled = PARAMETER
                    .matcher(text(statement))
                    .replaceAll(match -> match.group(1) == null
                            ? (match.group().startsWith("--") ? "" : Matcher.quoteReplacement(match.group()))
                            : Matcher.quoteReplacement(
                                    values.getOrDefault(match.group(1), VALUES.getOrDefault(match.group(1), "NULL"))));
            var plan = new StringBuilder();
            long read = 0;
            try (var explained = connection.createStatement();
                    var rows = explained.executeQuery(
                            "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF) " + filled)) {
                while (rows.next()) {
                    var line = rows.getString(1);
                    plan.append('\n').append(line);
                    if (line.contains(" on runs")) {
                        assertThat(line).doesNotContain("Seq Scan").doesNotContain("Bitmap");
                        read += rowsOf(line);
                    }
                }
            }
            connection.rollback();
            Scenario.measured("EXPLAIN of " + statement + ".sql with 1,000,000 queued, " + how, plan);
            assertThat(read).as("rows of runs" + plan).isLessThanOrEqualTo(16);
        }
    }

    private static long rowsOf(String line) {
        var matcher = Pattern.compile("actual rows=([0-9.]+) loops=([0-9]+)").matcher(line);
        return matcher.find() ? Math.round(Double.parseDouble(matcher.group(1)) * Long.parseLong(matcher.group(2))) : 0;
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String text(String statement) {
        try (var stream = FairnessIT.class.getResourceAsStream("/com/agenticverz/nova/store/" + statement + ".sql")) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
