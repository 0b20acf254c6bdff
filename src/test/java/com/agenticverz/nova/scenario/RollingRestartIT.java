package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Isolated;

/** A deploy under load. */
@Tag("cluster")
@Isolated("500 runs a second")
class RollingRestartIT {

    private static final int RUNS_PER_INSERT = 50;
    private static final Duration BETWEEN_INSERTS = Duration.ofMillis(100);
    private static final double RUN_SECONDS = 0.1;
    /** What is promised; a client whose runs begin after that did not notice. */
    private static final double LONGEST_GAP_SECONDS = 2;

    /** The longest time without an event at all, of so many. */
    private static final String LONGEST_GAP = """
            SELECT max(extract(epoch FROM moment - before))::float8
            FROM (SELECT %1$s AS moment, lag(%1$s) OVER (ORDER BY %1$s) AS before FROM runs) AS moments
            """;

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    @Test
    void under500RunsASecondNoRunIsLostOrChargedAndRunsKeepStarting() {
        var sql = scenario.sql();
        var claims = ClaimAudit.on(sql);
        var fleet =
                Fleet.of(IntStream.range(0, 3).mapToObj(_ -> node()).toList()).awaitFormed();
        var exits = new ArrayList<String>();
        int inserted;
        long before = System.nanoTime();
        try (var load = Load.of(sql, RUNS_PER_INSERT, BETWEEN_INSERTS, RUN_SECONDS)) {
            sql.awaitTrue(NodeProcess.SOON, "SELECT count(*) > 1000 FROM runs WHERE status = 'succeeded'");
            for (var old : fleet.nodes()) {
                long told = System.nanoTime();
                old.signal("TERM");
                assertThat(old.awaitExit(NodeProcess.SOON)).isZero();
                exits.add(ClusterReport.seconds(Duration.ofNanos(System.nanoTime() - told)));
                assertThat(old.errorLines()).isEmpty();
                fleet.remove(old);
                var next = node();
                fleet.add(next);
                next.await(Fleet.FORMED_WITHIN, "cluster_joined", _ -> true);
                await().atMost(NodeProcess.SOON)
                        .until(() -> next.get("/health/ready").statusCode() == 200);
                Fleet.awaitMembers(Fleet.FORMED_WITHIN, 3, fleet.nodes());
            }
            // The last one to come works too, before the load ends.
            sql.awaitTrue(
                    NodeProcess.SOON,
                    "SELECT count(*) > 100 FROM runs WHERE status = 'succeeded' AND claimed_by = ?",
                    Fleet.id(fleet.nodes().getLast()));
            inserted = load.stop();
        }
        var took = Duration.ofNanos(System.nanoTime() - before);
        sql.awaitCount(Fleet.FORMED_WITHIN, "succeeded", inserted);

        double gap = sql.one(Double.class, LONGEST_GAP.formatted("started_at"));
        ClusterReport.add(
                "rolling restart of three nodes under load",
                "%d runs of %.1f s in %s (%.0f/s), longest gap between starts %.2f s (between inserts %.2f s), %s"
                        .formatted(
                                inserted,
                                RUN_SECONDS,
                                ClusterReport.seconds(took),
                                inserted * 1e9 / took.toNanos(),
                                gap,
                                sql.one(Double.class, LONGEST_GAP.formatted("created_at")),
                                "waits of runs: %s, SIGTERM to exit %s".formatted(waits(sql), exits)));
        assertThat(sql.count("SELECT count(*) FROM runs WHERE attempts <> 1")).isZero();
        assertThat(gap).isLessThanOrEqualTo(LONGEST_GAP_SECONDS);
        scenario.assertEachSettledOnce();
        claims.assertOnePollerAtATime();
    }

    private static String waits(Sql sql) {
        var waits = sql.rows("""
                SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY wait) AS median,
                       percentile_cont(0.99) WITHIN GROUP (ORDER BY wait) AS most,
                       max(wait) AS longest
                FROM (SELECT extract(epoch FROM started_at - created_at)::float8 AS wait FROM runs) AS waits
                """).getFirst();
        return "median %.2f s, 99 %% %.2f s, longest %.2f s"
                .formatted(waits.get("median"), waits.get("most"), waits.get("longest"));
    }

    private NodeProcess node() {
        return scenario.node("WORKER_CONCURRENCY", "40", "WORKER_BATCH_SIZE", "100", "LOG_SAMPLE_EVERY", "1000");
    }
}
