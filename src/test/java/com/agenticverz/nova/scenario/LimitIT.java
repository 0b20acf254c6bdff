package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Isolated;

/** A limit of three for an agent on three nodes, and what never happens whoever polls. */
@Isolated("ten thousand runs, three at a time")
class LimitIT {

    private static final int LIMIT = 3;
    private static final int RUNS = 10_000;
    private static final Duration IN_TIME = Duration.ofMinutes(4);

    /** At each moment a run begins or ends; a run ends before another begins at the same moment. */
    private static final String MOST_AT_ONCE =
            "SELECT max(running) FROM (SELECT sum(change) OVER (ORDER BY at, change) AS running FROM (%s) AS c) AS r";

    private static final String RECORDS = "SELECT started_at AS at, 1 AS change FROM runs WHERE agent_id = 'limited'"
            + " UNION ALL SELECT completed_at, -1 FROM runs WHERE agent_id = 'limited'";

    /**
     * As the skill saw it. A run that died with its node has no end: it counts until the same run begins again, which is
     * later than its rescue.
     */
    private static final String SPANS = "SELECT at, change FROM spans UNION ALL"
            + " SELECT min(again.at), -1 FROM spans begun JOIN spans again"
            + " ON again.run = begun.run AND again.attempt > begun.attempt AND again.change = 1"
            + " WHERE begun.change = 1 AND NOT EXISTS (SELECT FROM spans s"
            + "   WHERE s.run = begun.run AND s.attempt = begun.attempt AND s.change = -1)"
            + " GROUP BY begun.run, begun.attempt";

    @RegisterExtension
    final Scenario scenario = Scenario.onServerOfItsOwn();

    @Test
    void noMoreThanThreeRunAtOnceThoughTheNodeOfThePollerIsKilled() {
        assertThatNoMoreRunAtOnce("kill -9 of the poller's node", RUNS, poller -> {
            poller.kill();
            return 0;
        });
    }

    @Test
    void noMoreThanThreeRunAtOnceThoughThePollerHandsOver() {
        assertThatNoMoreRunAtOnce("SIGTERM to the poller's node", RUNS / 2, poller -> {
            poller.signal("TERM");
            return poller.awaitExit(NodeProcess.SOON);
        });
    }

    private interface End {
        int of(NodeProcess poller);
    }

    private void assertThatNoMoreRunAtOnce(String what, int runs, End end) {
        var sql = scenario.sql();
        sql.execute(SpanSkill.TABLE);
        sql.execute("INSERT INTO limits (kind, pattern, max_running) VALUES ('agent', 'limited', " + LIMIT + ")");
        // Of a few milliseconds; every two hundredth is marked, for it lasts longer than a tenth of a second.
        sql.execute("INSERT INTO runs (agent_id, plan) SELECT 'limited', jsonb_build_object('steps', jsonb_build_array("
                + "jsonb_build_object('skill', 'span', 'params', jsonb_build_object('millis',"
                + " CASE WHEN n % 200 = 0 THEN 300 ELSE 1 + n % 8 END)))) FROM generate_series(1, " + runs + ") n");
        var fleet = Fleet.of(IntStream.range(0, 3)
                        .mapToObj(_ ->
                                scenario.nodeWith(SpanSkill.class, "EFFECTS_URL", jdbcUrl(), "LOG_SAMPLE_EVERY", "10"))
                        .toList())
                .awaitFormed();
        sql.awaitTrue(IN_TIME, "SELECT count(*) > " + runs / 4 + " FROM runs WHERE status = 'succeeded'");
        var poller = fleet.poller();
        assertThat(sql.count("SELECT count(*) FROM runs WHERE status = 'queued'"))
                .isGreaterThan(runs / 10);
        var ended = Instant.now();
        assertThat(end.of(poller)).isZero();
        fleet.remove(poller);
        fleet.awaitAllGetWork(ended, IN_TIME);
        sql.awaitCount(IN_TIME, "succeeded", runs);
        var took = Duration.between(ended, Instant.now());

        long records = sql.count(MOST_AT_ONCE.formatted(RECORDS));
        long spans = sql.count(MOST_AT_ONCE.formatted(SPANS));
        ClusterReport.add(
                "limit " + LIMIT + ", " + runs + " runs, three nodes, " + what + ": most at once",
                records + " by the runs' records, " + spans + " by what the skill wrote; the rest took "
                        + ClusterReport.seconds(took));
        assertThat(spans).as("as the skill saw it").isEqualTo(LIMIT);
        assertThat(records).as("by the records of the runs").isEqualTo(LIMIT);
        scenario.assertEachSettledOnce();
        assertThat(sql.count("SELECT count(*) FROM runs WHERE attempts > 1"))
                .as("charged for the death of their node")
                .isLessThanOrEqualTo(LIMIT);
    }

    private String jdbcUrl() {
        return "jdbc:" + scenario.url().replace("postgres@", "") + "?user=postgres";
    }
}
