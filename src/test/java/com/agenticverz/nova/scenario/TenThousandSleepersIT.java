package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What runs that wait for the outside cost their node. */
class TenThousandSleepersIT {

    private static final int RUNS = 10_000;
    private static final int SIGNALLED = 20;
    private static final Duration LONG = Duration.ofMinutes(4);

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    @Test
    void tenThousandRunsThatWaitForASignalCostANodeNothingAndEachIsWoken() throws Exception {
        var sql = scenario.sql();
        var node = scenario.node("WORKER_CONCURRENCY", "32", "WORKER_BATCH_SIZE", "500", "LOG_SAMPLE_EVERY", "1000")
                .awaitPolling();
        sql.awaitTrue(Duration.ofSeconds(60), "SELECT idle FROM leases WHERE name = 'poller'");
        var before = Cost.of(node, sql);

        sql.execute("INSERT INTO runs (agent_id, plan) SELECT 'agent', '{\"steps\": ["
                + "{\"skill\": \"wait_for_signal\", \"params\": {\"name\": \"approval\"}, \"output_key\": \"got\"},"
                + "{\"skill\": \"noop\"}]}' FROM generate_series(1, " + RUNS + ")");
        long began = System.nanoTime();
        sql.awaitCount(LONG, "scheduled", RUNS);
        Scenario.measured("10,000 runs until all of them wait for their signal, ms", millisSince(began));

        scenario.assertNoClaims();
        assertThat(sql.count("SELECT count(*) FROM runs WHERE attempts = 0 AND claimed_by IS NULL"
                        + " AND waits_for = '{approval}' AND next_attempt_at > now() + interval '300 days'"))
                .isEqualTo(RUNS);
        sql.awaitTrue(Duration.ofSeconds(60), "SELECT idle FROM leases WHERE name = 'poller'");
        // A session of PostgreSQL that has become idle says up to ten seconds later how many transactions it made.
        for (int i = 0; i < 3; i++) {
            Cost.transactionsInFiveSeconds(sql);
        }
        var asleep = Cost.of(node, sql);
        Scenario.measured("an idle node", before);
        Scenario.measured("a node with 10,000 runs that wait for a signal", asleep);
        // Those that the work before has started; none for each run.
        assertThat(asleep.threads).isLessThan(before.threads + 100);
        assertThat(asleep.transactionsInFiveSeconds).isLessThan(2 * before.transactionsInFiveSeconds + 200);
        // A kilobyte for each would be ten.
        assertThat(asleep.heapMegabytes).isLessThan(before.heapMegabytes + 10);

        var some = sql.column(UUID.class, "SELECT id FROM runs ORDER BY random() LIMIT " + SIGNALLED);
        began = System.nanoTime();
        for (var run : some) {
            assertThat(sql.one(String.class, "SELECT nova_signal(?, 'approval', to_jsonb(?::text))", run, "" + run))
                    .isEqualTo("woken");
        }
        sql.awaitCount(Duration.ofSeconds(60), "succeeded", SIGNALLED);
        Scenario.measured("20 of them, from the first signal until all are done, ms", millisSince(began));
        assertThat(sql.count("SELECT count(*) FROM runs WHERE result->'got'->>'payload' = id::text"))
                .isEqualTo(SIGNALLED);

        began = System.nanoTime();
        sql.execute("SELECT nova_signal(id, 'approval') FROM runs WHERE status = 'scheduled'");
        sql.awaitCount(LONG, "succeeded", RUNS);
        Scenario.measured("all others, signalled in one transaction, until all are done, ms", millisSince(began));
        scenario.assertEachSettledOnce();
    }

    private static long millisSince(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos).toMillis();
    }

    /** Of a node that has nothing to do. */
    private record Cost(int threads, long heapMegabytes, long transactionsInFiveSeconds) {

        static Cost of(NodeProcess node, Sql sql) throws IOException, InterruptedException {
            return new Cost(threads(node), heap(node), transactionsInFiveSeconds(sql));
        }

        private static int threads(NodeProcess node) throws IOException {
            try (var threads = Files.list(Path.of("/proc", Long.toString(node.pid()), "task"))) {
                return (int) threads.count();
            }
        }

        /** What is live on the heap: a histogram of it begins with a full collection. */
        private static long heap(NodeProcess node) throws IOException, InterruptedException {
            var jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
            var asked = new ProcessBuilder(jcmd, Long.toString(node.pid()), "GC.class_histogram")
                    .redirectErrorStream(true)
                    .start();
            var lines =
                    new String(asked.getInputStream().readAllBytes()).lines().toList();
            asked.waitFor();
            var total = lines.stream()
                    .filter(line -> line.startsWith("Total"))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no total in " + lines));
            return Long.parseLong(total.strip().split("\\s+")[2]) / 1_000_000;
        }

        private static long transactionsInFiveSeconds(Sql sql) throws InterruptedException {
            var query = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()";
            long before = sql.count(query);
            Thread.sleep(Duration.ofSeconds(5));
            return sql.count(query) - before;
        }
    }
}
