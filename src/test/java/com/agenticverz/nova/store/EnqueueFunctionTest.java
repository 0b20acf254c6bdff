package com.agenticverz.nova.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.agenticverz.nova.run.Enqueued;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code nova_enqueue}, and what holds when several call it at once. */
class EnqueueFunctionTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    private static final String PLAN = "'{\"steps\":[{\"skill\":\"noop\"}]}'";
    private static final String UNIQUE = "SELECT * FROM nova_enqueue('a', " + PLAN + ", unique_for => '1 h')";
    private static final String KEYED = "SELECT * FROM nova_enqueue('a', " + PLAN + ", idempotency_key => 'k')";

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @BeforeEach
    void empty() {
        DATABASE.execute("TRUNCATE runs, run_uniques");
    }

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    @Test
    void everyArgumentReachesItsColumn() {
        var enqueued = enqueue("""
            SELECT * FROM nova_enqueue('me', '{"steps":[{"skill":"echo"}]}', goal => 'g', priority => -7,
              delay => '1 hour', expires_at => '3000-01-01Z', timeout_seconds => 2.5, max_attempts => 2,
              idempotency_key => 'k', concurrency_key => 'c', unique_for => '1 day',
              parent_run_id => '00000000-0000-0000-0000-000000000001')""");

        assertThat(enqueued.created()).isTrue();
        assertThat(DATABASE.rows("""
            SELECT id, agent_id, plan::text AS plan, goal, priority, status, max_attempts, timeout_seconds,
                   next_attempt_at = created_at + interval '1 hour' AS at, expires_at = '3000-01-01Z' AS expires,
                   idempotency_key, concurrency_key, parent_run_id
            FROM runs"""))
                .containsExactly(Map.ofEntries(
                        Map.entry("id", enqueued.id()),
                        Map.entry("agent_id", "me"),
                        Map.entry("plan", "{\"steps\": [{\"skill\": \"echo\"}]}"),
                        Map.entry("goal", "g"),
                        Map.entry("priority", -7),
                        Map.entry("status", "scheduled"),
                        Map.entry("max_attempts", 2),
                        Map.entry("timeout_seconds", 2.5),
                        Map.entry("at", true),
                        Map.entry("expires", true),
                        Map.entry("idempotency_key", "k"),
                        Map.entry("concurrency_key", "c"),
                        Map.entry("parent_run_id", new UUID(0, 1))));
        assertThat(enqueue("SELECT * FROM nova_enqueue('me', " + PLAN + ", next_attempt_at => now() - interval '1 s')")
                        .created())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "NULL, '{}' | agent_id is NULL; allowed: text that is not blank, of at most 1000 bytes",
                "' ', '{}' | agent_id is ' '; allowed: text that is not blank, of at most 1000 bytes",
                "'a', NULL | plan is NULL; allowed: an object with the array steps, of at least one step",
                "'a', '[1]' | plan is [1]; allowed: an object with the array steps, of at least one step",
                "'a', '{\"steps\":[]}' | plan is {\"steps\": []}; allowed: an object with the array steps, of at least one step",
                "'a', '{\"steps\":{}}' | plan is {\"steps\": {}}; allowed: an object with the array steps, of at least one step",
                "'a', '{\"steps\":[{\"skill\":\"b\"},7]}' | plan: /steps/1 is 7; allowed: an object with the text skill",
                "'a', '{\"steps\":[{\"skill\":1}]}' | plan: /steps/0 is {\"skill\": 1}; allowed: an object with the text skill",
                "'a', P, priority => 1000001 | priority is 1000001; allowed: -1000000 to 1000000",
                "'a', P, delay => '1 s', next_attempt_at => now() | delay and next_attempt_at exclude each other",
                "'a', P, delay => '-1 s' | delay is -00:00:01; allowed: 0 or more",
                "'a', P, timeout_seconds => 0 | timeout_seconds is 0; allowed: more than 0, at most 8640000",
                "'a', P, max_attempts => 0 | max_attempts is 0; allowed: 1 or more",
                "'a', P, idempotency_key => '' | idempotency_key has 0 bytes; allowed: 1 to 1000",
                "'a', P, concurrency_key => repeat('x', 1001) | concurrency_key has 1001 bytes; allowed: 1 to 1000",
                "'a', P, unique_for => '0' | unique_for is 00:00:00; allowed: more than 0, at most 365 days",
            })
    void whatCannotBeIsRefusedInOneLine(String arguments, String problem) {
        assertThatThrownBy(() -> enqueue("SELECT * FROM nova_enqueue(" + arguments.replace("P", PLAN) + ")"))
                .satisfies(failure -> {
                    assertThat(Database.reason(failure)).isEqualTo("ERROR: " + problem);
                    assertThat(Database.isRefusal(failure)).isTrue();
                });
        assertThat(runs()).isZero();
    }

    @Test
    void aKnownKeyIsAnsweredWithItsRun() {
        var first = enqueue(KEYED);

        assertThat(first.created()).isTrue();
        assertThat(enqueue(KEYED.replace("'a'", "'b'"))).isEqualTo(new Enqueued(first.id(), false));
        assertThat(runs()).isEqualTo(1);
    }

    @Test
    void theSamePlanOfTheAgentIsKnownForItsTime() {
        var first = enqueue(UNIQUE);

        assertThat(enqueue(UNIQUE)).isEqualTo(new Enqueued(first.id(), false));
        assertThat(
                        enqueue(
                                "SELECT * FROM nova_enqueue('a', '{ \"steps\" : [{\"skill\":\"noop\"}]}', unique_for => '1 s')"))
                .isEqualTo(new Enqueued(first.id(), false));
        assertThat(enqueue(UNIQUE.replace("'a'", "'b'")).created()).isTrue();
        assertThat(enqueue(UNIQUE.replace("noop", "echo")).created()).isTrue();
        // Who does not ask for it is not held back.
        assertThat(enqueue("SELECT * FROM nova_enqueue('a', " + PLAN + ")").created())
                .isTrue();

        DATABASE.execute("UPDATE run_uniques SET until = now()");
        var next = enqueue(UNIQUE);
        assertThat(next.created()).isTrue();
        assertThat(enqueue(UNIQUE)).isEqualTo(new Enqueued(next.id(), false));
    }

    @Test
    void aDeletedRunIsNotKnown() {
        var first = enqueue(UNIQUE);
        DATABASE.execute("DELETE FROM runs");

        var next = enqueue(UNIQUE);

        assertThat(next.created()).isTrue();
        assertThat(next.id()).isNotEqualTo(first.id());
        assertThat(enqueue(UNIQUE)).isEqualTo(new Enqueued(next.id(), false));
    }

    @Test
    void twoOfOneTransactionAreOne() {
        var both = DATABASE.rows("SELECT e.* FROM generate_series(1, 3), LATERAL nova_enqueue('a', " + PLAN
                + ", unique_for => '1 h', idempotency_key => 'k' || generate_series) AS e");

        assertThat(both).extracting(it -> it.get("created")).containsExactly(true, false, false);
        assertThat(both)
                .extracting(it -> it.get("id"))
                .containsOnly(both.getFirst().get("id"));
        assertThat(runs()).isEqualTo(1);
    }

    @Test
    void whatNobodyNeedsAnyMoreGoesWithTheNextOnes() {
        DATABASE.execute("""
            INSERT INTO run_uniques SELECT 'old', sha256(int4send(n)), nova_run_id(), now() - interval '2 h'
            FROM generate_series(1, 5) n""");

        enqueue(UNIQUE);
        assertThat(DATABASE.one(Long.class, "SELECT count(*) FROM run_uniques")).isEqualTo(4);
        enqueue(UNIQUE.replace("'a'", "'b'"));
        enqueue(UNIQUE.replace("'a'", "'c'"));

        assertThat(DATABASE.rows("SELECT agent_id FROM run_uniques ORDER BY 1"))
                .extracting(it -> it.get("agent_id"))
                .containsExactly("a", "b", "c");
    }

    /** As enqueue.md says. */
    @Test
    void aRoleOfAnApplicationNeedsFewRights() throws SQLException {
        DATABASE.execute("DROP ROLE IF EXISTS application; CREATE ROLE application;"
                + " GRANT SELECT, INSERT ON runs TO application; GRANT SELECT ON leases TO application;"
                + " GRANT SELECT, INSERT, UPDATE, DELETE ON run_uniques TO application");
        try (var connection = DATABASE.connect();
                var statement = connection.createStatement()) {
            statement.execute("SET ROLE application");

            assertThat(enqueue(connection, UNIQUE).created()).isTrue();
            assertThat(enqueue(connection, UNIQUE).created()).isFalse();
            assertThat(enqueue(connection, KEYED).created()).isTrue();
        } finally {
            DATABASE.execute("DROP OWNED BY application; DROP ROLE application");
        }
    }

    // --- several at once

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void whoIsSecondWaitsForTheCommitAndGetsTheId(boolean unique) throws Exception {
        try (var first = transaction()) {
            var winner = enqueue(first, unique ? UNIQUE : KEYED);
            var second = later(unique ? UNIQUE : KEYED);
            awaitLockWaits(1);

            first.commit();

            assertThat(second.get()).isEqualTo(new Enqueued(winner.id(), false));
            assertThat(runs()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({"true, false", "false, false", "true, true"})
    void afterARollbackTheSecondIsTheFirst(boolean unique, boolean stale) throws Exception {
        if (stale) {
            enqueue(UNIQUE);
            DATABASE.execute("UPDATE run_uniques SET until = now()");
            DATABASE.execute("DELETE FROM runs");
        }
        try (var first = transaction()) {
            var loser = enqueue(first, unique ? UNIQUE : KEYED);
            var second = later(unique ? UNIQUE : KEYED);
            awaitLockWaits(1);

            first.rollback();

            assertThat(second.get().created()).isTrue();
            assertThat(second.get().id()).isNotEqualTo(loser.id());
            assertThat(runs()).isEqualTo(1);
            assertThat(enqueue(unique ? UNIQUE : KEYED))
                    .isEqualTo(new Enqueued(second.get().id(), false));
        }
    }

    /** One is known by the key of a run that is not committed yet, and had made its plan its own before. */
    @Test
    void whoLosesTheKeyKeepsNoPlan() throws Exception {
        try (var first = transaction()) {
            var winner = enqueue(first, KEYED.replace("'a'", "'other'"));
            var second = later(UNIQUE.replace("unique_for", "idempotency_key => 'k', unique_for"));
            awaitLockWaits(1);

            first.commit();

            assertThat(second.get()).isEqualTo(new Enqueued(winner.id(), false));
            assertThat(DATABASE.rows("SELECT 1 FROM run_uniques")).isEmpty();
            assertThat(enqueue(UNIQUE).created()).isTrue();
        }
    }

    @Test
    void ofEightAtOnceOneCreatesTheRun() throws Exception {
        for (int round = 0; round < 20; round++) {
            empty();
            var ready = new CyclicBarrier(8);
            var answers = new ArrayList<Future<Enqueued>>();
            for (int i = 0; i < 8; i++) {
                answers.add(threads.submit(() -> {
                    try (var connection = DATABASE.connect()) {
                        ready.await();
                        return enqueue(connection, UNIQUE);
                    }
                }));
            }
            var all = new ArrayList<Enqueued>();
            for (var answer : answers) {
                all.add(answer.get());
            }
            assertThat(all).filteredOn(Enqueued::created).hasSize(1);
            assertThat(all).extracting(Enqueued::id).containsOnly(all.getFirst().id());
            assertThat(runs()).isEqualTo(1);
        }
    }

    private Future<Enqueued> later(String sql) {
        return threads.submit(() -> {
            try (var connection = DATABASE.connect()) {
                return enqueue(connection, sql);
            }
        });
    }

    private static void awaitLockWaits(int sessions) {
        await().until(() -> DATABASE.one(
                        Long.class,
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                                + " AND wait_event_type = 'Lock'")
                == sessions);
    }

    private static Connection transaction() throws SQLException {
        var connection = DATABASE.connect();
        connection.setAutoCommit(false);
        return connection;
    }

    private static Enqueued enqueue(String sql) {
        return enqueued(DATABASE.rows(sql));
    }

    private static Enqueued enqueue(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            assertThat(row.next()).isTrue();
            return new Enqueued(row.getObject("id", UUID.class), row.getBoolean("created"));
        }
    }

    private static Enqueued enqueued(List<Map<String, Object>> rows) {
        assertThat(rows).hasSize(1);
        return new Enqueued(
                (UUID) rows.getFirst().get("id"), (Boolean) rows.getFirst().get("created"));
    }

    private static long runs() {
        return DATABASE.one(Long.class, "SELECT count(*) FROM runs");
    }
}
