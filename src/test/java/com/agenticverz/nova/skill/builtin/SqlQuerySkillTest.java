package com.agenticverz.nova.skill.builtin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.agenticverz.nova.node.Settings;
import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.skill.SkillFailure;
import com.agenticverz.nova.skill.SkillRegistry;
import com.agenticverz.nova.skill.TestContext;
import com.agenticverz.nova.store.TestDatabase;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SqlQuerySkillTest {

    @RegisterExtension
    private static final TestDatabase DATABASE = TestDatabase.createEmpty();

    private static final UUID RUN = UUID.fromString("0198c0de-0000-7000-8000-000000000001");
    private static final String PASSWORD = "tops3cret";
    private static final Duration LONG = Duration.ofSeconds(30);

    private final List<SqlQuerySkill> skills = new ArrayList<>();
    private final SqlQuerySkill skill = skill(Map.of(
            "reports", source(Map.of("max_rows", 100)),
            "books", source(Map.of("read_only", false)),
            "single", source(Map.of("pool_size", 1, "timeout_seconds", 2))));

    @BeforeEach
    void table() {
        DATABASE.execute("DROP TABLE IF EXISTS entries");
        DATABASE.execute("CREATE TABLE entries (id int PRIMARY KEY, name text, key text UNIQUE)");
        DATABASE.execute("INSERT INTO entries VALUES (1, 'one'), (2, 'two'), (3, NULL)");
    }

    @AfterEach
    void close() {
        skills.forEach(SqlQuerySkill::close);
    }

    // --- rows

    @Test
    void rowsAreObjects() throws Exception {
        var output = call(Map.of("source", "reports", "sql", "SELECT id, name FROM entries ORDER BY id;"));

        assertThat(Json.write(output))
                .isEqualTo("{\"columns\":[\"id\",\"name\"],\"rows\":[{\"id\":1,\"name\":\"one\"},"
                        + "{\"id\":2,\"name\":\"two\"},{\"id\":3,\"name\":null}],\"row_count\":3}");
    }

    @Test
    void noRowsAreNone() throws Exception {
        assertThat(Json.write(call(Map.of("source", "reports", "sql", "SELECT id FROM entries WHERE false"))))
                .isEqualTo("{\"columns\":[\"id\"],\"rows\":[],\"row_count\":0}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "7::int2 | 7",
                "7::int4 | 7",
                "9223372036854775807 | 9223372036854775807",
                "12345678901234567890123.450::numeric | 12345678901234567890123.450",
                "7::numeric | 7",
                "0.1::float4 | 0.1",
                "1e300::float8 | 1E+300",
                "'NaN'::float8 | \"NaN\"",
                "'-Infinity'::float4 | \"-Infinity\"",
                "true | true",
                "B'1' | \"1\"",
                "'ä \"q\"'::text | \"ä \\\"q\\\"\"",
                "'x'::varchar(3) | \"x\"",
                "'{\"a\": [1, null]}'::json | {\"a\":[1,null]}",
                "'{\"a\": [1.50, true]}'::jsonb | {\"a\":[1.50,true]}",
                "'null'::jsonb | null",
                "'2026-01-02 03:04:05.678+02'::timestamptz | \"2026-01-02T01:04:05.678Z\"",
                "'2026-01-02 03:04:05'::timestamp | \"2026-01-02T03:04:05\"",
                "'infinity'::timestamptz | \"infinity\"",
                "'2026-01-02'::date | \"2026-01-02\"",
                "'03:04:05'::time | \"03:04:05\"",
                "'1 day 2 hours'::interval | \"P1DT2H\"",
                "'0198C0DE-0000-7000-8000-000000000001'::uuid | \"0198c0de-0000-7000-8000-000000000001\"",
                "'\\x0102ff'::bytea | \"AQL/\"",
                "ARRAY[1, NULL, 3] | [1,null,3]",
                "ARRAY[[1, 2], [3, 4]] | [[1,2],[3,4]]",
                "ARRAY['a,b', 'NULL', 'c\"d\\e', ''] | [\"a,b\",\"NULL\",\"c\\\"d\\\\e\",\"\"]",
                "'{}'::text[] | []",
                "'[0:1]={1,2}'::int[] | [1,2]",
                "ARRAY['{\"a\": 1}'::jsonb] | [{\"a\":1}]",
                "ARRAY['\\x01'::bytea] | [\"AQ==\"]",
                "ARRAY[true, false] | [true,false]",
                "ARRAY['2026-01-02 03:04:05+00'::timestamptz] | [\"2026-01-02T03:04:05Z\"]",
                "ARRAY['(1,2),(0,0)'::box, '(3,4),(0,0)'::box] | [\"(1,2),(0,0)\",\"(3,4),(0,0)\"]",
                "'10.0.0.1'::inet | \"10.0.0.1\"",
                "int4range(1, 3) | \"[1,3)\"",
                "NULL | null",
            })
    void aValueBecomesJson(String expression, String json) throws Exception {
        var output = call(Map.of("source", "reports", "sql", "SELECT " + expression + " AS it"));

        assertThat(Json.write(rows(output).getFirst().get("it"))).isEqualTo(json);
        assertThat(Json.write(Json.read(Json.write(output)))).isEqualTo(Json.write(output));
    }

    @Test
    void twoColumnsOfOneNameAreRefused() {
        assertThat(permanent(Map.of("source", "reports", "sql", "SELECT 1 AS a, 2 AS a")))
                .isEqualTo("source 'reports' returns two columns called 'a', and a row has one value of that name:"
                        + " give one another by AS");
    }

    // --- values

    @Test
    void valuesAreBoundByName() throws Exception {
        var params = new HashMap<String, @Nullable Object>();
        params.put("id", 2);
        params.put("name", "'; DROP TABLE entries; --");
        params.put("none", null);

        var output = call(Map.of(
                "source",
                "reports",
                "sql",
                "SELECT ':no' AS a, \"name\" AS b, :name::text AS c, :none::int AS d -- :comment\n"
                        + "FROM entries /* :other */ WHERE id = :id AND :id > 0 AND '{\"k\": 1}'::jsonb ? 'k'"
                        + " AND $$:x ;$$ <> ''",
                "params",
                params));

        assertThat(Json.write(rows(output)))
                .isEqualTo("[{\"a\":\":no\",\"b\":\"two\",\"c\":\"'; DROP TABLE entries; --\",\"d\":null}]");
    }

    @Test
    void valuesAreBoundInOrder() throws Exception {
        var output = call(Map.of(
                "source",
                "reports",
                "sql",
                "SELECT ?::uuid AS a, ? + 1 AS b, '{\"k\": 1}'::jsonb ?? ? AS c, ? AS d, ? AS e, (ARRAY[7,8])[1:2] AS f",
                "params",
                List.of(RUN.toString(), 1L, "k", true, new BigDecimal("1.50"))));

        assertThat(Json.write(rows(output)))
                .isEqualTo("[{\"a\":\"" + RUN + "\",\"b\":2,\"c\":true,\"d\":true,\"e\":1.50,\"f\":[7,8]}]");
    }

    @Test
    void anArrayIsBoundAsTheStatementTakesIt() throws Exception {
        var output = call(Map.of(
                "source",
                "reports",
                "sql",
                "SELECT (SELECT count(*) FROM entries WHERE id = ANY (:ids)) AS a, :texts::text[] AS b,"
                        + " jsonb_array_length(:ids_json) AS c, :object::jsonb AS d, :deep::int[] AS e, :json::jsonb[] AS f",
                "params",
                Map.of(
                        "ids", List.of(1, 3, 9),
                        "texts", Arrays.asList("a\"b\\", "c,d", null, "NULL"),
                        "ids_json", List.of(1, 2),
                        "object", Map.of("k", List.of(1)),
                        "deep", List.of(List.of(1, 2), List.of(3, 4)),
                        "json", List.of(Map.of("x", "y")))));

        assertThat(Json.write(rows(output)))
                .isEqualTo("[{\"a\":2,\"b\":[\"a\\\"b\\\\\",\"c,d\",null,\"NULL\"],\"c\":2,\"d\":{\"k\":[1]},"
                        + "\"e\":[[1,2],[3,4]],\"f\":[{\"x\":\"y\"}]}]");
    }

    @Test
    void aWriteWithTheKeyOfTheStepIsDoneOnce() throws Exception {
        var params = Map.<String, @Nullable Object>of(
                "source",
                "books",
                "sql",
                "INSERT INTO entries (id, name, key) VALUES (:id, :name, :idempotency_key) ON CONFLICT (key) DO NOTHING",
                "params",
                Map.of("id", 10, "name", "ten"));

        assertThat(Json.write(call(params))).isEqualTo("{\"columns\":[],\"rows\":[],\"row_count\":1}");
        assertThat(Json.write(call(params))).isEqualTo("{\"columns\":[],\"rows\":[],\"row_count\":0}");
        assertThat(DATABASE.one(String.class, "SELECT key FROM entries WHERE id = 10"))
                .isEqualTo(RUN + "/s1");
    }

    @Test
    void aWriteMayReturnRows() throws Exception {
        assertThat(Json.write(call(
                        Map.of("source", "books", "sql", "UPDATE entries SET name = 'x' WHERE id < 3 RETURNING id"))))
                .isEqualTo("{\"columns\":[\"id\"],\"rows\":[{\"id\":1},{\"id\":2}],\"row_count\":2}");
        assertThat(count("name = 'x'")).isEqualTo(2);
    }

    // --- read-only

    @ParameterizedTest
    @ValueSource(
            strings = {
                "DELETE FROM entries",
                "INSERT INTO entries VALUES (9, 'nine')",
                "WITH gone AS (DELETE FROM entries RETURNING id) SELECT id FROM gone",
                "EXPLAIN ANALYZE DELETE FROM entries",
                "CREATE TABLE more (id int)",
                "CREATE TEMP TABLE more (id int)",
                "SELECT id INTO more FROM entries",
                "TRUNCATE entries",
                "DROP TABLE entries",
                "GRANT ALL ON entries TO PUBLIC",
                "SELECT id FROM entries FOR UPDATE",
                "DO $$ BEGIN DELETE FROM entries; END $$",
            })
    void aReadOnlySourceRefusesToWrite(String sql) {
        assertThat(permanent(Map.of("source", "reports", "sql", sql)))
                .startsWith("source 'reports' refused the statement (SQLSTATE 25006): cannot execute ")
                .endsWith(" in a read-only transaction");
        assertThat(count("true")).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "DO $$ BEGIN SET TRANSACTION READ WRITE; DELETE FROM entries; END $$",
                "DO $$ BEGIN PERFORM set_config('transaction_read_only', 'off', true); DELETE FROM entries; END $$",
                "DO $$ BEGIN COMMIT; DELETE FROM entries; END $$",
                "DO $$ BEGIN ROLLBACK; DELETE FROM entries; END $$",
                "DO $$ BEGIN EXECUTE 'COMMIT'; DELETE FROM entries; END $$",
                "DO $$ BEGIN EXECUTE 'COMMIT; DELETE FROM entries'; END $$",
                "DO $$ BEGIN SET default_transaction_read_only = off; DELETE FROM entries; END $$",
                "SELECT set_config('transaction_read_only', 'off', false)",
                "SELECT set_config('transaction_read_only', 'off', true), setval('entries_id', 7)",
                "SELECT nextval('numbers')",
                // The driver splits what it sees as several; the server refuses what it alone does.
                "SELECT E'\\'' ; DELETE FROM entries -- '",
                "SELECT 1\u00a0; DELETE FROM entries",
                "\u00a0COMMIT",
                "{fn now()}; DELETE FROM entries",
            })
    void nothingGetsOutOfItsTransaction(String sql) throws Exception {
        DATABASE.execute("CREATE SEQUENCE IF NOT EXISTS numbers");

        permanent(Map.of("source", "reports", "sql", sql));

        assertThat(count("true")).isEqualTo(3);
        // Nor is there anything left of it.
        assertThat(permanent(Map.of("source", "reports", "sql", "DELETE FROM entries")))
                .contains("SQLSTATE 25006");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 1; DELETE FROM entries",
                "SELECT 1;; SELECT 2",
                "COMMIT; DROP TABLE entries",
                "; SELECT 1 ; /* */ DELETE FROM entries",
                "SELECT ';' ; DELETE FROM entries",
                "SELECT $a$;$a$ /* ; */ ; DELETE FROM entries",
                "SELECT \";\" FROM entries; DELETE FROM entries",
            })
    void severalStatementsAreRefused(String sql) {
        assertThat(permanent(Map.of("source", "books", "sql", sql)))
                .isIn(
                        "sql has more than one statement; allowed: one",
                        "sql begins with COMMIT, which is not allowed: a statement is a transaction of its own, and"
                                + " leaves the session as it was");
        assertThat(count("true")).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "COMMIT",
                "commit and chain",
                " /* a /* b */ c */ -- d\n Rollback",
                "\u000bCOMMIT",
                ";COMMIT",
                "END",
                "ABORT",
                "BEGIN READ WRITE",
                "START TRANSACTION READ WRITE",
                "SET TRANSACTION READ WRITE",
                "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
                "SET default_transaction_read_only = off",
                "RESET ALL",
                "DISCARD ALL",
                "SAVEPOINT a",
                "RELEASE a",
                "PREPARE a AS DELETE FROM entries",
                "EXECUTE a",
                "DEALLOCATE a",
                "DECLARE a CURSOR WITH HOLD FOR SELECT 1",
                "FETCH a",
                "COPY entries TO STDOUT",
                "LISTEN a",
            })
    void whatWouldChangeTheTransactionOrTheSessionIsRefused(String sql) {
        assertThat(permanent(Map.of("source", "reports", "sql", sql)))
                .matches("sql begins with [A-Z]+, which is not allowed: a statement is a transaction of its own, and"
                        + " leaves the session as it was");
    }

    @Test
    void nothingIsLeftInTheSession() throws Exception {
        call(Map.of(
                "source",
                "single",
                "sql",
                "SELECT pg_advisory_lock(7), set_config('search_path', 'pg_temp', false) AS path,"
                        + " set_config('a.b', 'c', false) AS own"));

        var output = call(Map.of(
                "source",
                "single",
                "sql",
                "SELECT current_setting('search_path') AS path, current_setting('a.b', true) AS own,"
                        + " (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7) AS locks,"
                        + " current_setting('TimeZone') AS zone, current_setting('application_name') AS app"));

        assertThat(Json.write(rows(output)))
                .isEqualTo("[{\"path\":\"\\\"$user\\\", public\",\"own\":\"\",\"locks\":0,\"zone\":\"UTC\","
                        + "\"app\":\"nova-sql-query\"}]");
    }

    // --- limits

    @Test
    void moreRowsThanAllowedAreAFailure() throws Exception {
        assertThat(rows(call(Map.of("source", "reports", "sql", "SELECT generate_series(1, 100) AS i"))))
                .hasSize(100);
        assertThat(permanent(Map.of("source", "reports", "sql", "SELECT generate_series(1, 101) AS i")))
                .isEqualTo("source 'reports' returns more than 100 rows");
        assertThat(permanent(Map.of("source", "reports", "sql", "SELECT id FROM entries", "max_rows", 2)))
                .isEqualTo("source 'reports' returns more than 2 rows");
    }

    @Test
    void aWriteThatReturnsTooManyRowsIsUndone() {
        assertThat(permanent(Map.of("source", "books", "sql", "DELETE FROM entries RETURNING id", "max_rows", 2)))
                .isEqualTo("source 'books' returns more than 2 rows");
        assertThat(count("true")).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({"100, 80000", "20, 5000000", "1, 8000000"})
    void rowsOfMoreCharactersThanAnOutputMayHaveAreAFailure(int rows, int chars) throws Exception {
        assertThat(permanent(Map.of(
                        "source",
                        "reports",
                        "sql",
                        "SELECT repeat('x', :chars) AS it FROM generate_series(1, :rows)",
                        "params",
                        Map.of("rows", rows, "chars", chars))))
                .isEqualTo("source 'reports' returns rows of more than 8000000 characters, as JSON");
        // And the connection is of use.
        assertThat(call(Map.of("source", "reports", "sql", "SELECT repeat('x', 7000000) AS it")))
                .containsEntry("row_count", 1L);
    }

    // --- failures

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "SELEC 1 | (SQLSTATE 42601): syntax error at or near \"SELEC\"",
                "SELECT * FROM nope | (SQLSTATE 42P01): relation \"nope\" does not exist",
                "SELECT 1/0 AS a | (SQLSTATE 22012): division by zero",
                "SELECT 'abc'::int AS a | (SQLSTATE 22P02): invalid input syntax for type integer: \"…\"",
                "INSERT INTO entries VALUES (1) | (SQLSTATE 23505): duplicate key value violates unique constraint"
                        + " \"entries_pkey\"",
            })
    void whatTheServerRefusesIsPermanent(String sql, String reason) {
        assertThat(permanent(Map.of("source", "books", "sql", sql)))
                .isEqualTo("source 'books' refused the statement " + reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"40001", "40P01", "53300", "57P01", "08006", "55P03"})
    void whatCouldEndOtherwiseIsRetryable(String state) {
        assertThat(retryable(Map.of(
                        "source",
                        "reports",
                        "sql",
                        "DO $$ BEGIN RAISE 'busy' USING ERRCODE = '" + state + "'; END $$")))
                .isEqualTo("source 'reports' failed (SQLSTATE " + state + "): busy");
    }

    @Test
    void aValueIsInNoMessage() {
        assertThat(permanent(
                        Map.of("source", "reports", "sql", "SELECT :a::int AS a", "params", Map.of("a", "pass\"word"))))
                .isEqualTo("source 'reports' refused the statement (SQLSTATE 22P02): invalid input syntax for type"
                        + " integer: \"…\"");
        assertThat(permanent(Map.of("source", "books", "sql", """
                        INSERT INTO entries (id, key) SELECT i, :a FROM generate_series(10, 11) AS i
                        """, "params", Map.of("a", "password"))))
                .isEqualTo("source 'books' refused the statement (SQLSTATE 23505): duplicate key value violates unique"
                        + " constraint \"entries_key_key\"");
        DATABASE.execute("""
                CREATE OR REPLACE FUNCTION tell(it text) RETURNS int LANGUAGE plpgsql
                AS $$ BEGIN RAISE 'no % here', it; END $$
                """);
        assertThat(permanent(
                        Map.of("source", "reports", "sql", "SELECT tell(:a) AS a", "params", Map.of("a", "password"))))
                .isEqualTo("source 'reports' refused the statement (SQLSTATE P0001): no … here");
    }

    @Test
    void aServerThatIsAwayIsRetryable() throws Exception {
        int port;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        var away = skill(Map.of("away", Map.of("url", "postgresql://me:" + PASSWORD + "@127.0.0.1:" + port + "/db")));

        assertThat(failure(away, Map.of("source", "away", "sql", "SELECT 1"), true))
                .startsWith("source 'away' cannot be reached at postgresql://me@127.0.0.1:" + port + "/db: ")
                .doesNotContain(PASSWORD);
    }

    @Test
    void aConnectionThatBreaksIsRetryableAndReplaced() throws Exception {
        var query = inBackground(() -> call(Map.of("source", "single", "sql", "SELECT pg_sleep(600) AS broken")));
        await().atMost(LONG).until(() -> terminated("broken"));

        assertThatThrownBy(() -> query.get(30, TimeUnit.SECONDS))
                .cause()
                .hasMessageStartingWith("source 'single' failed (SQLSTATE 57P01): ")
                .matches(it -> ((SkillFailure) it).isRetryable());
        assertThat(call(Map.of("source", "single", "sql", "SELECT 1 AS a"))).containsEntry("row_count", 1L);
    }

    private static boolean terminated(String mark) {
        return !DATABASE.rows(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'active' AND query LIKE ?"
                                + " AND pid <> pg_backend_pid()",
                        "%AS " + mark)
                .isEmpty();
    }

    // --- giving up

    @Test
    void anInterruptCancelsTheStatementOnTheServer() throws Exception {
        var query = new FutureTask<>(() -> call(Map.of("source", "reports", "sql", "SELECT pg_sleep(600) AS gone")));
        var thread = Thread.ofVirtual().start(query);
        await().atMost(LONG).until(() -> active("gone") == 1);

        thread.interrupt();

        assertThatThrownBy(() -> query.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(InterruptedException.class);
        await().atMost(LONG).until(() -> active("gone") == 0);
    }

    @Test
    void anInterruptedWriteIsUndone() throws Exception {
        var query = new FutureTask<>(() -> call(Map.of(
                "source",
                "books",
                "sql",
                "WITH gone AS (DELETE FROM entries RETURNING id) SELECT pg_sleep(600) FROM gone AS undone")));
        var thread = Thread.ofVirtual().start(query);
        await().atMost(LONG).until(() -> active("undone") == 1);

        thread.interrupt();

        await().atMost(LONG).until(() -> active("undone") == 0);
        assertThat(count("true")).isEqualTo(3);
        // Nobody holds its locks.
        DATABASE.execute("DELETE FROM entries");
    }

    @Test
    void aStatementThatTakesTooLongIsRetryableAndCancelled() throws Exception {
        assertThat(retryable(Map.of("source", "single", "sql", "SELECT pg_sleep(600) AS late")))
                .isEqualTo("source 'single' timed out after 2.0 s");
        await().atMost(LONG).until(() -> active("late") == 0);
        // Its connection is free for others.
        await().atMost(LONG)
                .ignoreExceptionsInstanceOf(SkillFailure.class)
                .until(() ->
                        call(Map.of("source", "single", "sql", "SELECT 1 AS a")).containsKey("rows"));
    }

    @Test
    void whoWaitsForAConnectionCanBeStopped() throws Exception {
        var one = skill(Map.of("one", source(Map.of("pool_size", 1, "timeout_seconds", 60))));
        var first = new FutureTask<>(
                () -> one.run(Map.of("source", "one", "sql", "SELECT pg_sleep(600) AS first"), context()));
        var thread = Thread.ofVirtual().start(first);
        await().atMost(LONG).until(() -> active("first") == 1);
        var second = new FutureTask<>(() -> one.run(Map.of("source", "one", "sql", "SELECT 1 AS second"), context()));
        var waiting = Thread.ofVirtual().start(second);

        // It has no connection to cancel a statement on, and yet it can be stopped.
        waiting.interrupt();
        assertThatThrownBy(() -> second.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(InterruptedException.class);
        thread.interrupt();
        await().atMost(LONG).until(() -> active("first") == 0);
        assertThat(one.run(Map.of("source", "one", "sql", "SELECT 1 AS a"), context()))
                .isNotNull();
    }

    @Test
    void whoGetsNoConnectionInTimeIsToldSo() throws Exception {
        // Connections come up to it, and nobody answers them.
        try (var silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            var away = skill(Map.of(
                    "away",
                    Map.of("url", "postgresql://me@127.0.0.1:" + silent.getLocalPort() + "/db", "timeout_seconds", 1)));

            assertThat(failure(away, Map.of("source", "away", "sql", "SELECT 1"), true))
                    .isEqualTo("source 'away' had no free connection within 1.0 s");
        }
    }

    private static int active(String mark) {
        var found = DATABASE.one(
                Integer.class,
                "SELECT count(*)::int FROM pg_stat_activity WHERE state = 'active' AND query LIKE ?"
                        + " AND pid <> pg_backend_pid()",
                "%AS " + mark);
        return found == null ? 0 : found;
    }

    // --- params

    static Stream<Arguments> badParams() {
        return Stream.of(
                bad("nope is not a param; allowed: source, sql, params, max_rows", "nope", 1),
                bad("source is missing; allowed: books, reports, single", "source", null),
                bad("source is 'x'; allowed: books, reports, single", "source", "x"),
                bad("source is '1'; allowed: books, reports, single", "source", 1),
                bad("sql is missing; allowed: a statement", "sql", null),
                bad("sql is a number; allowed: a statement", "sql", 1),
                bad("sql has no statement; allowed: one", "sql", " -- nothing"),
                bad(
                        "max_rows is '0'; allowed: 1 to 100 (nova.skills.sql_query.sources.reports.max_rows)",
                        "max_rows",
                        0),
                bad(
                        "max_rows is '101'; allowed: 1 to 100 (nova.skills.sql_query.sources.reports.max_rows)",
                        "max_rows",
                        101),
                bad(
                        "max_rows is '5'; allowed: 1 to 100 (nova.skills.sql_query.sources.reports.max_rows)",
                        "max_rows",
                        "5"),
                bad(
                        "params is text; allowed: an object, for :name in sql, or an array, for ? in sql",
                        "params",
                        PASSWORD),
                bad("params has 1 values, but sql has 0 ?; allowed: one for each", "params", List.of(PASSWORD)),
                bad("params.b is given, but sql has no :b", "params", Map.of("b", PASSWORD)),
                bad(
                        "params.idempotency_key is given, but Nova binds it; allowed: another name",
                        "params",
                        Map.of("idempotency_key", PASSWORD)),
                bad("sql has :b, but params has no value for it", "sql", "SELECT :b"));
    }

    private static Arguments bad(String message, String param, @Nullable Object value) {
        return Arguments.of(message, param, value);
    }

    @ParameterizedTest
    @MethodSource("badParams")
    void aBadParamIsRefused(String message, String param, @Nullable Object value) {
        var params = new HashMap<String, @Nullable Object>(Map.of("source", "reports", "sql", "SELECT 1 AS a"));
        params.put(param, value);

        assertThat(permanent(params)).isEqualTo(message);
    }

    @Test
    void withoutSourcesThereIsNothingToAsk() {
        assertThat(failure(new SqlQuerySkill(), Map.of("source", "x", "sql", "SELECT 1"), false))
                .isEqualTo("source is 'x'; allowed: a source under nova.skills.sql_query.sources, which has none");
    }

    @Test
    void theSchemaOfItsParamsIsThere() {
        var schema = Json.object(Json.read(String.valueOf(skill.paramsSchema())));

        assertThat(schema).isNotNull();
        assertThat(Json.object(schema.get("properties"))).containsOnlyKeys("source", "sql", "params", "max_rows");
    }

    // --- settings

    static Stream<Arguments> badSettings() {
        return Stream.of(
                setting(
                        "sources.a.nope is not a setting; allowed: url, user, password, read_only, max_rows,"
                                + " timeout_seconds, pool_size",
                        "nope",
                        1),
                setting("sources.a.url is missing; for example postgresql://host:5432/database", "url", null),
                setting("sources.a.url is not text; allowed: text", "url", 7),
                setting(
                        "sources.a.url does not start with postgresql:// or jdbc:postgresql://; for example"
                                + " postgresql://user:password@host:5432/database",
                        "url",
                        "mysql://me:" + PASSWORD + "@host/db"),
                setting(
                        "sources.a.url names no database; for example postgresql://user:password@host:5432/database",
                        "url",
                        "postgresql://me:" + PASSWORD + "@host"),
                setting("sources.a.user is given, but url has one too; allowed: one of them", "user", "me"),
                setting("sources.a.password is given, but url has one too; allowed: one of them", "password", PASSWORD),
                setting("sources.a.password is not text; allowed: text", "password", 12345678),
                setting("sources.a.read_only is 'yes'; allowed: true, false", "read_only", "yes"),
                setting("sources.a.max_rows is '0'; allowed: 1 to 100000", "max_rows", 0),
                setting("sources.a.timeout_seconds is '86401'; allowed: 1 to 86400", "timeout_seconds", 86_401),
                setting("sources.a.pool_size is '101'; allowed: 1 to 100", "pool_size", 101));
    }

    private static Arguments setting(String message, String key, @Nullable Object value) {
        return Arguments.of(message, key, value);
    }

    @ParameterizedTest
    @MethodSource("badSettings")
    void aBadSettingIsRefused(String message, String key, @Nullable Object value) {
        var source = new HashMap<String, Object>(Map.of("url", "postgresql://me:" + PASSWORD + "@127.0.0.1/db"));
        if (value == null) {
            source.remove(key);
        } else {
            source.put(key, value);
        }

        assertThatThrownBy(() -> new SqlQuerySkill().configure(Map.of("sources", Map.of("a", source))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void settingsThatAreNoSourcesAreRefused() {
        assertThatThrownBy(() -> new SqlQuerySkill().configure(Map.of("source", Map.of())))
                .hasMessage("source is not a setting; allowed: sources");
        assertThatThrownBy(
                        () -> new SqlQuerySkill().configure(Map.of("sources", "postgresql://a:" + PASSWORD + "@h/d")))
                .hasMessage("sources is not a block; allowed: sources { … }");
        assertThatThrownBy(() -> new SqlQuerySkill().configure(Map.of("sources", Map.of("a", PASSWORD))))
                .hasMessage("sources.a is not a block; allowed: sources.a { … }");
        assertThatThrownBy(() -> new SqlQuerySkill().configure(Map.of("sources", Map.of("a b", Map.of()))))
                .hasMessage("sources.a b is no name of a source; allowed: 1 to 63 letters, digits, hyphens and"
                        + " underscores");
    }

    @Test
    void itsSettingsMayComeFromAFile(@TempDir Path directory) throws Exception {
        var file = Files.writeString(
                directory.resolve("nova.conf"), """
                nova.skills.sql_query.sources {
                  reports { url = "%s", user = "${secret:READER}", max_rows = 1, timeout_seconds = 60 }
                }
                """.formatted(DATABASE.url().jdbcUrl()));
        var registry = SkillRegistry.load(Settings.loadSkills(
                Map.of(
                        "NOVA_CONFIG",
                        file.toString(),
                        "NOVA_SECRET_READER",
                        String.valueOf(DATABASE.url().user())),
                Map.of()));
        try {
            var output = registry.find("sql_query")
                    .orElseThrow()
                    .run(Map.of("source", "reports", "sql", "SELECT 1 AS a"), context());

            assertThat(Json.write(output)).isEqualTo("{\"columns\":[\"a\"],\"rows\":[{\"a\":1}],\"row_count\":1}");
        } finally {
            registry.close();
        }
    }

    @Test
    void itsConnectionsAreClosedWithIt() throws Exception {
        var own = skill(Map.of("own", source(Map.of("timeout_seconds", 60))));
        own.run(Map.of("source", "own", "sql", "SELECT 1 AS own_connection"), context());

        own.close();

        await().atMost(LONG)
                .until(() -> DATABASE.rows("SELECT 1 FROM pg_stat_activity WHERE application_name ="
                                + " 'nova-sql-query' AND datname = current_database()")
                        .isEmpty());
        assertThat(failure(own, Map.of("source", "own", "sql", "SELECT 1"), true))
                .isEqualTo("source 'own' is closed: the node ends");
    }

    // --- how

    private SqlQuerySkill skill(Map<String, Object> sources) {
        var skill = new SqlQuerySkill();
        skill.configure(Map.of("sources", sources));
        skills.add(skill);
        return skill;
    }

    private static Map<String, Object> source(Map<String, Object> settings) {
        var source = new HashMap<>(settings);
        source.put("url", DATABASE.url().jdbcUrl());
        source.put("user", String.valueOf(DATABASE.url().user()));
        return source;
    }

    private static TestContext context() {
        return new TestContext(RUN, "agent", "s1", 1, 5);
    }

    private Map<String, @Nullable Object> call(Map<String, @Nullable Object> params) throws Exception {
        var output = Json.object(skill.run(params, context()));
        assertThat(output).isNotNull();
        return output;
    }

    private static <T> FutureTask<T> inBackground(Callable<T> call) {
        var task = new FutureTask<>(call);
        Thread.ofVirtual().start(task);
        return task;
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, @Nullable Object>> rows(Map<String, @Nullable Object> output) {
        return (List<Map<String, @Nullable Object>>) output.get("rows");
    }

    private static int count(String where) {
        var count = DATABASE.one(Integer.class, "SELECT count(*)::int FROM entries WHERE " + where);
        return count == null ? 0 : count;
    }

    private String permanent(Map<String, @Nullable Object> params) {
        return failure(skill, params, false);
    }

    private String retryable(Map<String, @Nullable Object> params) {
        return failure(skill, params, true);
    }

    private static String failure(SqlQuerySkill skill, Map<String, @Nullable Object> params, boolean retryable) {
        var failure = new SkillFailure[1];
        assertThatThrownBy(() -> skill.run(params, context()))
                .isInstanceOfSatisfying(SkillFailure.class, it -> failure[0] = it);
        assertThat(failure[0].isRetryable()).as(failure[0].getMessage()).isEqualTo(retryable);
        return String.valueOf(failure[0].getMessage());
    }
}
