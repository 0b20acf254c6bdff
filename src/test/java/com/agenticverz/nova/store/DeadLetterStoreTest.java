package com.agenticverz.nova.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import com.agenticverz.nova.run.StartRate;
import com.agenticverz.nova.store.DeadLetterStore.Cause;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DeadLetterStoreTest {

    @RegisterExtension
    static final TestDatabase DB = TestDatabase.create();

    private static final Actor ADA = new Actor("ada@host (nova)");
    private static final DeadLetterFilter NOT_REPEATED = DeadLetterFilter.ALL.ofNotRepeated();

    private final DeadLetterStore store = DB.database().deadLetters();

    @BeforeEach
    void empty() {
        DB.empty("runs, audit_log");
    }

    // --- look

    @Test
    void theLastThatFailedComesFirstAndPagesFollowEachOther() {
        var second = failed("3 minutes", "two");
        var third = failed("2 minutes", "three");
        var first = failed("4 minutes", "one");
        DB.insertRun();

        assertThat(ids(DeadLetterFilter.ALL, null, 2)).containsExactly(third, second);
        assertThat(ids(DeadLetterFilter.ALL, second, 2)).containsExactly(first);
        assertThat(ids(DeadLetterFilter.ALL, first, 2)).isEmpty();
        assertThat(store.list(DeadLetterFilter.ALL, UUID.randomUUID(), 2)).isEmpty();
    }

    @Test
    void aFilterLeavesOutTheOthers() {
        var run = failed("3 minutes", "No Route to host");
        DB.execute(
                "UPDATE runs SET agent_id = 'me', plan = '{\"steps\": [{\"skill\": \"echo\"}, {\"skill\": \"http_call\"}]}'");
        failed("5 minutes", null);

        var now = Objects.requireNonNull(DB.one(OffsetDateTime.class, "SELECT now()"));
        assertThat(ids(new DeadLetterFilter("me", null, null, null, null, false), null, 9))
                .containsExactly(run);
        assertThat(ids(new DeadLetterFilter(null, "http_call", null, null, null, false), null, 9))
                .containsExactly(run);
        assertThat(ids(new DeadLetterFilter(null, null, "no route", null, null, false), null, 9))
                .containsExactly(run);
        assertThat(ids(new DeadLetterFilter(null, null, null, now.minusMinutes(4), null, false), null, 9))
                .containsExactly(run);
        assertThat(ids(new DeadLetterFilter(null, null, null, null, now.minusMinutes(4), false), null, 9))
                .hasSize(1)
                .doesNotContain(run);
        DB.database().interventions().retry(List.of(run), false);
        assertThat(ids(NOT_REPEATED, null, 9)).hasSize(1).doesNotContain(run);
        assertThat(ids(new DeadLetterFilter("nobody", null, null, null, null, false), null, 9))
                .isEmpty();
    }

    @Test
    void causesThatDifferInIdsAndNumbersAreOne() {
        failed("9 minutes", "invoice 0198c0de-0000-7000-8000-00000000000a: HTTP 503 after 1.5 s");
        var last = failed("3 minutes", "invoice 0198c0de-0000-7000-8000-00000000000b: HTTP 502 after 12 s");
        failed("5 minutes", "invoice 0198c0de-0000-7000-8000-00000000000b: HTTP 502 after 12 s");
        var digest = failed("2 minutes", "no object 9f86d081884c7d65");
        var none = failed("1 minutes", null);

        var causes = store.causes(DeadLetterFilter.ALL, 100, 100);

        assertThat(causes.more()).isFalse();
        assertThat(causes.causes())
                .extracting(Cause::cause, Cause::runs, Cause::example)
                .containsExactly(
                        tuple("invoice <id>: HTTP # after # s", 3L, last),
                        tuple(null, 1L, none),
                        tuple("no object <id>", 1L, digest));
        var invoice = causes.causes().getFirst();
        assertThat(Duration.between(invoice.first(), invoice.last()))
                .isCloseTo(Duration.ofMinutes(6), Duration.ofSeconds(20));

        var cut = store.causes(DeadLetterFilter.ALL, 2, 100);
        assertThat(cut.more()).isTrue();
        assertThat(cut.causes()).extracting(Cause::runs).containsExactly(1L, 1L);
    }

    // --- repeat

    @Test
    void allAreRepeatedInTheirOrderWithWhatBelongsToThem() {
        var second = failed("2 minutes", "no");
        DB.execute("UPDATE runs SET goal = 'g', priority = 7, max_attempts = 3, timeout_seconds = 9,"
                + " idempotency_key = 'k', concurrency_key = 'c', expires_at = now() - interval '1 hour'");
        var first = failed("3 minutes", "no");
        DB.execute("INSERT INTO runs (agent_id, plan, status) VALUES ('agent', '{}', 'cancelled')");

        var retry = store.retry(NOT_REPEATED, null, ADA);
        repeatAll(retry);

        assertThat(retry.repeated()).isEqualTo(2);
        assertThat(retry.lastStart()).isNull();
        assertThat(DB.rows("SELECT parent_run_id FROM runs WHERE status = 'queued' ORDER BY created_at, id"))
                .extracting(row -> row.get("parent_run_id"))
                .containsExactly(first, second);
        assertThat(DB.rows(
                        "SELECT goal, priority, max_attempts, timeout_seconds, concurrency_key, expires_at,"
                                + " idempotency_key, next_attempt_at FROM runs WHERE parent_run_id = ?",
                        second))
                .singleElement()
                .satisfies(row -> assertThat(row)
                        .containsEntry("goal", "g")
                        .containsEntry("priority", 7)
                        .containsEntry("max_attempts", 3)
                        .containsEntry("timeout_seconds", 9.0)
                        .containsEntry("concurrency_key", "c")
                        .containsEntry("expires_at", null)
                        .containsEntry("idempotency_key", null)
                        .containsEntry("next_attempt_at", null));
        assertThat(
                        DB.rows(
                                "SELECT actor, action, subject_kind, subject, detail ->> 'repeated' AS repeated FROM audit_log"))
                .singleElement()
                .satisfies(row -> assertThat(row)
                        .containsEntry("actor", "ada@host (nova)")
                        .containsEntry("action", "retry")
                        .containsEntry("subject_kind", "dead_letters")
                        .containsEntry("subject", "all")
                        .containsEntry("repeated", "2"));
    }

    @Test
    void whatIsRepeatedAlreadyIsLeftOutUnlessAgain() {
        failed("2 minutes", "no");

        assertThat(store.retry(NOT_REPEATED, null, ADA).count(() -> false)).isEqualTo(1);
        repeatAll(store.retry(NOT_REPEATED, null, ADA));
        var twice = store.retry(NOT_REPEATED, null, ADA);
        repeatAll(twice);
        assertThat(twice.repeated()).isZero();
        var again = store.retry(DeadLetterFilter.ALL, null, ADA);
        repeatAll(again);

        assertThat(again.repeated()).isEqualTo(1);
        assertThat(DB.one(Long.class, "SELECT count(*) FROM runs WHERE parent_run_id IS NOT NULL"))
                .isEqualTo(2);
        assertThat(DB.one(Long.class, "SELECT count(*) FROM audit_log")).isEqualTo(2);
    }

    @Test
    void aReRunThatFailsMeanwhileIsNotRepeatedByTheSameCommand() {
        failed("2 minutes", "no");
        var retry = store.retry(NOT_REPEATED, null, ADA);
        assertThat(retry.next()).isTrue();
        DB.execute("UPDATE runs SET status = 'failed', completed_at = clock_timestamp() WHERE status = 'queued'");

        assertThat(retry.next()).isFalse();
        assertThat(retry.repeated()).isEqualTo(1);
    }

    @Test
    void aRateSpreadsThemEvenlyOverBatches() {
        DB.execute(
                "INSERT INTO runs (agent_id, plan, status, completed_at)"
                        + " SELECT 'agent', '{}', 'failed', now() - i * interval '1 second' FROM generate_series(1, 2500) AS i");

        var retry = store.retry(NOT_REPEATED, StartRate.parse("rate", "50/s"), ADA);
        repeatAll(retry);

        assertThat(retry.repeated()).isEqualTo(2500);
        assertThat(
                        DB.rows(
                                "SELECT status, count(*) AS runs FROM runs WHERE parent_run_id IS NOT NULL GROUP BY 1 ORDER BY 1"))
                .extracting(row -> row.get("status") + " " + row.get("runs"))
                .last()
                .satisfies(it -> assertThat(it).startsWith("scheduled 2"));
        assertThat(
                        DB.rows(
                                "SELECT count(*) AS runs FROM runs WHERE parent_run_id IS NOT NULL"
                                        + " GROUP BY floor(extract(epoch FROM next_attempt_at - (SELECT min(next_attempt_at) FROM runs)))"))
                .hasSize(50)
                .allSatisfy(row -> assertThat((Long) row.get("runs")).isBetween(49L, 51L));
        assertThat(DB.one(OffsetDateTime.class, "SELECT max(next_attempt_at) FROM runs"))
                .isEqualTo(retry.lastStart());
        assertThat(DB.one(String.class, "SELECT detail::text FROM audit_log"))
                .contains("\"repeated\": 2500", "\"starts_per_second\": 50");
    }

    @Test
    void howeverManyRepeatAtOnceEachRunIsRepeatedOnce() throws Exception {
        DB.execute(
                "INSERT INTO runs (agent_id, plan, status, completed_at)"
                        + " SELECT 'agent', '{}', 'failed', now() - i * interval '1 second' FROM generate_series(1, 4000) AS i");
        var ids = DB.rows("SELECT id FROM runs ORDER BY random() LIMIT 500").stream()
                .map(row -> (UUID) row.get("id"))
                .toList();

        var together = new CyclicBarrier(4);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var all = new ArrayList<Future<Long>>();
            for (int i = 0; i < 3; i++) {
                all.add(threads.submit(() -> {
                    var retry = store.retry(NOT_REPEATED, null, ADA);
                    together.await();
                    repeatAll(retry);
                    return retry.repeated();
                }));
            }
            all.add(threads.submit(() -> {
                together.await();
                return DB.database().interventions().retry(ids, false).stream()
                        .filter(InterventionStore.Done::changed)
                        .count();
            }));
            long repeated = 0;
            for (var one : all) {
                repeated += one.get();
            }
            assertThat(repeated).isEqualTo(4000);
        }
        assertThat(DB.one(Long.class, "SELECT count(DISTINCT parent_run_id) FROM runs"))
                .isEqualTo(4000);
        assertThat(DB.one(Long.class, "SELECT count(parent_run_id) FROM runs")).isEqualTo(4000);
        assertThat(DB.one(Long.class, "SELECT sum((detail ->> 'repeated')::int) FROM audit_log"))
                .isLessThanOrEqualTo(4000);
    }

    @Test
    void theListAndTheOneParentAreFoundByIndexAmongManyOthers() {
        DB.execute("INSERT INTO runs (agent_id, plan, status, completed_at)"
                + " SELECT 'agent', '{}', 'succeeded', now() FROM generate_series(1, 20000)");
        failed("2 minutes", "no");
        DB.execute("ANALYZE runs");

        assertThat(DB.rows("EXPLAIN SELECT id FROM runs WHERE status = 'failed'"
                                + " ORDER BY coalesce(completed_at, created_at) DESC, id DESC LIMIT 50")
                        .toString())
                .contains("runs_failed");
        assertThat(DB.rows("EXPLAIN SELECT FROM runs WHERE parent_run_id = '" + UUID.randomUUID() + "'")
                        .toString())
                .contains("runs_by_parent");
    }

    private static void repeatAll(BulkRetry retry) {
        boolean more = true;
        while (more) {
            more = retry.next();
        }
    }

    private List<UUID> ids(DeadLetterFilter filter, @Nullable UUID before, int limit) {
        return store.list(filter, before, limit).orElseThrow().stream()
                .map(json -> UUID.fromString(json.replaceFirst(".*\"id\": \"([^\"]+)\".*", "$1")))
                .toList();
    }

    private static UUID failed(String ago, @Nullable String message) {
        return Objects.requireNonNull(DB.one(
                UUID.class,
                "INSERT INTO runs (agent_id, plan, status, completed_at, error_message)"
                        + " VALUES ('agent', ?::jsonb, 'failed', now() - ?::interval, ?) RETURNING id",
                TestDatabase.PLAN,
                ago,
                message));
    }
}
