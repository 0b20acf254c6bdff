package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Isolated;

/** How exactly three nodes hold a rate of starts, by what the runs' own records say. */
@Tag("cluster")
@Isolated("three JVMs start, and how many runs they start in a time is measured")
class RateIT {

    private static final int PER_SECOND = 50;
    private static final int BURST = 5;
    private static final int SECONDS = 60;
    private static final int RUNS = 8_000;

    /**
     * A start is counted when it is claimed, and recorded by the node, after a way that may be longer or shorter. So
     * somewhere the records may come closer together than the starts were; over a minute, this is how much.
     */
    private static final Duration WAY = Duration.ofSeconds(1);

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    @Test
    void threeNodesHoldARateOverAMinuteAndTheNextOneAtOnce() {
        var sql = scenario.sql();
        limit(sql, PER_SECOND, BURST);
        Fleet.of(Stream.generate(() -> scenario.node("WORKER_CONCURRENCY", "4"))
                        .limit(3)
                        .toList())
                .awaitFormed();
        sql.execute("INSERT INTO runs (agent_id, plan)"
                + " SELECT 'limited', '{\"steps\": [{\"skill\": \"sleep\", \"params\": {\"seconds\": 0.01}}]}'"
                + " FROM generate_series(1, " + RUNS + ")");

        // A minute and what comes before and after it.
        sql.awaitTrue(
                Duration.ofSeconds(4 * SECONDS),
                "SELECT coalesce(max(started_at) - min(started_at) > interval '" + (SECONDS + 4)
                        + " s', false) FROM runs");
        var changed = sql.one(OffsetDateTime.class, "SELECT clock_timestamp()");
        limit(sql, 4 * PER_SECOND, 4 * BURST);

        sql.awaitTrue(
                Duration.ofSeconds(60), "SELECT max(started_at) > ?::timestamptz + interval '11 s' FROM runs", changed);

        long inAMinute = sql.count(
                "SELECT count(*) FROM runs, (SELECT min(started_at) + interval '2 s' AS it FROM runs) AS first"
                        + " WHERE started_at >= first.it AND started_at < first.it + interval '" + SECONDS + " s'");
        ClusterReport.add(
                "starts in a minute on three nodes, limited to 50 a second",
                inAMinute + " of " + SECONDS * PER_SECOND + ", " + percent(inAMinute, SECONDS * PER_SECOND));
        long most = mostWithin(sql, "1 s", "started_at < '" + changed + "'");
        ClusterReport.add("most starts within any second, limited to 50 and a burst of 5", most);
        long nodes = sql.count("SELECT count(DISTINCT claimed_by) FROM runs WHERE status = 'succeeded'");
        long faster = sql.count(
                "SELECT count(*) FROM runs WHERE started_at >= ?::timestamptz + interval '1 s'"
                        + " AND started_at < ?::timestamptz + interval '11 s'",
                changed,
                changed);
        ClusterReport.add(
                "starts in the 10 s after the first since the limit was changed to 200 a second",
                faster + " of 2000, " + percent(faster, 2000));
        var took = sql.one(
                String.class,
                "SELECT coalesce(round(extract(epoch FROM min(started_at) - ?::timestamptz) * 1000) || ' ms', 'too slow to say')"
                        + " FROM ("
                        + "SELECT started_at, lag(started_at, 20) OVER (ORDER BY started_at) AS before FROM runs"
                        + " WHERE started_at >= ?::timestamptz) AS s WHERE started_at - before < interval '200 ms'",
                changed,
                changed);
        ClusterReport.add("limit changed to starts at the new rate", took);

        // Never more; how many fewer is a matter of the machine.
        assertThat(inAMinute).isLessThanOrEqualTo(allowed(PER_SECOND, BURST, SECONDS));
        assertThat(faster).isLessThanOrEqualTo(allowed(4 * PER_SECOND, 4 * BURST, 10));
        assertThat(inAMinute).isGreaterThan(SECONDS * PER_SECOND / 2);
        assertThat(faster).isGreaterThan(inAMinute / 6);
        assertThat(nodes).isEqualTo(3);

        // The rest without any.
        sql.execute("DELETE FROM limits");
        sql.awaitCount(Duration.ofSeconds(120), "succeeded", RUNS);
        scenario.assertEachSettledOnce();
    }

    private static void limit(Sql sql, int perSecond, int burst) {
        sql.execute("INSERT INTO limits (kind, pattern, max_starts, per_seconds, burst) VALUES ('agent', 'limited', "
                + perSecond + ", 1, " + burst + ") ON CONFLICT (kind, pattern) DO UPDATE"
                + " SET max_starts = excluded.max_starts, burst = excluded.burst");
    }

    private static long allowed(int perSecond, int burst, int seconds) {
        return burst + perSecond * (seconds + WAY.toSeconds());
    }

    private static long mostWithin(Sql sql, String time, String where) {
        return sql.count("SELECT max(n) FROM (SELECT count(*) OVER (ORDER BY started_at"
                + " RANGE BETWEEN CURRENT ROW AND '" + time + "' FOLLOWING) AS n FROM runs WHERE " + where + ") AS s");
    }

    private static String percent(long is, long of) {
        return String.format(Locale.ROOT, "%+.2f %%", 100.0 * (is - of) / of);
    }
}
