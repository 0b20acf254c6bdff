package com.agenticverz.nova.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.NewRun;
import com.agenticverz.nova.run.Outcome;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * 300,000 runs that have ended long ago go while others are enqueued, claimed and settled: those wait for no lock of it.
 * Harsher than the sweeper, which rests after each statement.
 */
@Timeout(300)
class SweepBesideLiveRunsTest {

    @RegisterExtension
    static final TestDatabase DB = TestDatabase.create();

    private static final int OLD = 300_000;
    private static final int STAYING = 3_000;
    private static final UUID NODE = new UUID(0, 0xa);
    private static final NewRun NEW_RUN = NewRun.of("live", TestDatabase.PLAN);
    private static final Retention A_DAY = new Retention(Duration.ofDays(1), Duration.ofDays(1), null);

    private final RunStore runs = DB.database().runs();
    private final AtomicBoolean over = new AtomicBoolean();

    @Test
    void settlementsAndInsertsGoOn() throws Exception {
        long epoch = DB.database()
                .leases()
                .acquire("poller", "test", Duration.ofHours(1))
                .orElseThrow();
        insert(OLD, "succeeded", "3 days");
        insert(STAYING, "failed", "3 days");
        insert(STAYING, "cancelled", "3 hours");
        DB.execute("INSERT INTO run_steps SELECT id, 'a', 'echo', '1', NULL, 1, 1, now(), now() FROM runs");
        DB.execute("ANALYZE");

        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var inserts = threads.submit(until(() ->
                    runs.enqueueAll(Stream.generate(() -> NEW_RUN).limit(20).toList())));
            var settlements = threads.submit(until(() -> claimAndSettle(epoch)));
            var locks = threads.submit(this::longestWaitForALock);
            Done deletes;
            try {
                deletes = sweepAll(epoch);
            } finally {
                over.set(true);
            }

            System.out.printf(
                    "measured: %,d runs deleted in %.1f s beside %,d inserts and %,d settlements: the longest delete %d ms,"
                            + " insert %d ms, claim with settlement %d ms, wait for a lock %d ms%n",
                    deletes.rows(),
                    deletes.allMillis() / 1000.0,
                    inserts.get().rows(),
                    settlements.get().rows(),
                    deletes.longestMillis(),
                    inserts.get().longestMillis(),
                    settlements.get().longestMillis(),
                    locks.get());
            assertThat(deletes.rows()).isEqualTo(OLD);
            assertThat(inserts.get().rows()).isPositive();
            assertThat(settlements.get().rows()).isPositive();
            // A whole second would be the timeout of the sweep itself.
            assertThat(locks.get()).isLessThan(1_000);
        }

        assertThat(DB.rows("SELECT status, count(*) AS runs FROM runs WHERE agent_id = 'old' GROUP BY 1 ORDER BY 1"))
                .extracting(row -> row.get("status") + " " + row.get("runs"))
                .containsExactly("cancelled " + STAYING, "failed " + STAYING);
        assertThat(DB.one(Long.class, "SELECT count(*) FROM run_steps")).isEqualTo(2 * STAYING);
        assertThat(DB.rows("SELECT 1 FROM run_steps WHERE run_id NOT IN (SELECT id FROM runs)"))
                .isEmpty();
    }

    private record Done(long rows, long longestMillis, long allMillis) {}

    private Done sweepAll(long epoch) {
        long deleted = 0;
        long longest = 0;
        long begun = System.nanoTime();
        UUID from = new UUID(0, 0);
        while (from != null) {
            long before = System.nanoTime();
            var swept = DB.database().retention().sweep(epoch, A_DAY, from, 1_000);
            longest = Math.max(longest, millisSince(before));
            deleted += swept.deleted();
            from = swept.next();
        }
        return new Done(deleted, longest, millisSince(begun));
    }

    private int claimAndSettle(long epoch) {
        if (!(runs.claim(epoch, NODE, 100, Position.START, List.of(), 5) instanceof ClaimResult.Claimed claimed)) {
            return 0;
        }
        return runs.settle(
                        NODE,
                        claimed.runs().stream()
                                .map(run -> settlement(new Fence(run.id(), claimed.claimId(), run.attempts())))
                                .toList(),
                        List.of(claimed.claimId()))
                .size();
    }

    private static Settlement settlement(Fence fence) {
        return new Settlement(fence, true, false, new Outcome.Succeeded("{}"), Duration.ofMillis(1), Duration.ZERO);
    }

    private Callable<Done> until(Callable<?> step) {
        return () -> {
            long rows = 0;
            long longest = 0;
            while (!over.get()) {
                long before = System.nanoTime();
                var done = step.call();
                longest = Math.max(longest, millisSince(before));
                rows += done instanceof Integer number ? number : ((List<?>) done).size();
                // So that the queue does not outgrow what the other one takes from it.
                Thread.sleep(2);
            }
            return new Done(rows, longest, 0);
        };
    }

    /** As the server sees it, in milliseconds, looked at every two. */
    private long longestWaitForALock() throws SQLException, InterruptedException {
        double longest = 0;
        try (var connection = DB.connect();
                var look = connection.prepareStatement("SELECT coalesce(max(extract(epoch FROM clock_timestamp()"
                        + " - query_start)) * 1000, 0) FROM pg_stat_activity"
                        + " WHERE datname = current_database() AND wait_event_type = 'Lock'")) {
            while (!over.get()) {
                try (var row = look.executeQuery()) {
                    row.next();
                    longest = Math.max(longest, row.getDouble(1));
                }
                Thread.sleep(2);
            }
        }
        return Math.round(longest);
    }

    private static void insert(int runs, String status, String ended) {
        DB.execute(
                "INSERT INTO runs (id, agent_id, plan, status, result, completed_at)"
                        + " SELECT (lpad(to_hex((extract(epoch FROM now() - interval '4 days') * 1000)::bigint + i / 100), 12, '0')"
                        + "         || '7' || substr(md5(i::text), 1, 19))::uuid, 'old', ?::jsonb, ?, '{\"s1\": 1}',"
                        + "        now() - ?::interval FROM generate_series(1, ?) AS i",
                TestDatabase.PLAN,
                status,
                ended,
                runs);
    }

    private static long millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1_000_000;
    }
}
