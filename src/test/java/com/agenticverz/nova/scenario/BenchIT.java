package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The figures of a bench on a database that is somebody's; how large they are is nobody's concern here. */
class BenchIT {

    /** "nvbn" in ASCII. */
    private static final int LOCK = 0x6e76626e;

    private static final String SCHEMAS =
            "SELECT nspname::text FROM pg_namespace WHERE nspname LIKE 'nova\\_%' ORDER BY nspname";

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    private CommandProcess bench(String flags) {
        return CommandProcess.start(scenario.url(), ("bench " + flags).split(" "));
    }

    private static void assertEndsWith(CommandProcess bench, int exitCode) {
        assertThat(bench.awaitExit(Duration.ofMinutes(3))).as(bench.toString()).isEqualTo(exitCode);
    }

    private List<String> schemas() {
        return scenario.sql().column(String.class, SCHEMAS);
    }

    /** Runs of the user's in every state, which no node of theirs works on now. */
    private void enqueueRunsOfTheUser() {
        scenario.sql().execute("""
                INSERT INTO runs (agent_id, plan, status, attempts)
                SELECT 'user', '{"steps": [{"skill": "noop"}]}',
                       (ARRAY['queued', 'running', 'succeeded', 'retry'])[1 + i % 4], i % 3
                FROM generate_series(1, 100) AS i;
                INSERT INTO claims (node_id, epoch, run_ids, attempts)
                SELECT gen_random_uuid(), 7, array_agg(id), array_agg(attempts) FROM runs WHERE status = 'queued';
                INSERT INTO nodes (id, address, app_version, concurrency) VALUES (gen_random_uuid(), 'h:1', 'v', 3);
                INSERT INTO leases (name, owner, epoch, expires_at) VALUES ('poller', 'x', 7, now() + interval '1 h');
                """);
    }

    private List<Map<String, @Nullable Object>> everythingOfTheUser() {
        var all = new ArrayList<Map<String, @Nullable Object>>();
        for (var table : List.of("runs", "claims", "nodes", "leases", "audit")) {
            all.addAll(scenario.sql()
                    .rows("SELECT '" + table + "' AS t, r.*, r.xmin::text AS version FROM public." + table
                            + " r ORDER BY 2, 3"));
        }
        return all.stream().map(BenchIT::comparable).toList();
    }

    /** Arrays are compared by what is in them. */
    private static Map<String, @Nullable Object> comparable(Map<String, @Nullable Object> row) {
        row.replaceAll((_, value) -> value instanceof java.sql.Array array ? array.toString() : value);
        return row;
    }

    // --- the figures

    private static final String SMALL = " --json --warm-up 500 --concurrency 8 --batch-size 100";

    static Stream<Arguments> figures() {
        return Stream.of(
                Arguments.of(
                        "drain --runs 700 --repetitions 2 --with-ceiling" + SMALL,
                        List.of("drain", "ceiling"),
                        List.of("/values/1", "/median", "/min", "/max", "/share_of_ceiling")),
                Arguments.of(
                        "sustained --seconds 1 --queue 500 --repetitions 2" + SMALL,
                        List.of("sustained"),
                        List.of("/values/1", "/median", "/wait_ms/p50", "/wait_ms/p95", "/wait_ms/p99")),
                Arguments.of(
                        "latency --runs 20" + SMALL,
                        List.of("latency"),
                        List.of(
                                "/call_to_start/p50",
                                "/call_to_start/p95",
                                "/call_to_start/p99",
                                "/commit_to_start/p50",
                                "/commit_to_start/p95",
                                "/commit_to_start/p99",
                                "/enqueue/p50",
                                "/enqueue/p95",
                                "/enqueue/p99")),
                Arguments.of(
                        "enqueue --runs 1500 --single-runs 20 --repetitions 2 --json --warm-up 500",
                        List.of("enqueue"),
                        List.of(
                                "/bulk/median",
                                "/bulk/values/1",
                                "/single/median",
                                "/single/values/1",
                                "/copy/median",
                                "/copy/values/1",
                                "/ratio_to_copy")),
                Arguments.of(
                        "backlog --runs 300 --depth 900 --repetitions 2" + SMALL,
                        List.of("backlog"),
                        List.of("/small/median", "/small/values/1", "/large/median", "/large/values/1", "/ratio")),
                Arguments.of(
                        "pinned --runs 1000 --portion 400" + SMALL,
                        List.of("pinned"),
                        List.of(
                                "/unpinned/total",
                                "/unpinned/portions/2",
                                "/pinned/total",
                                "/pinned/portions/2",
                                "/ratio_total",
                                "/ratio_last")),
                Arguments.of(
                        "ceiling --runs 700 --repetitions 2 --json --warm-up 500 --batch-size 100",
                        List.of("ceiling"),
                        List.of("/values/1", "/median", "/min", "/max")));
    }

    @ParameterizedTest
    @MethodSource("figures")
    void aFigureIsAnObjectAndLeavesNothing(String flags, List<String> names, List<String> numbers) {
        enqueueRunsOfTheUser();
        var before = everythingOfTheUser();
        try (var bench = bench(flags)) {
            assertEndsWith(bench, 0);
            assertThat(bench.errorLines()).isEmpty();
            assertThat(bench.objects().stream().map(it -> it.path("figure").asText()))
                    .as(bench.toString())
                    .containsExactlyElementsOf(names);
            var figure = bench.objects().getFirst();
            assertThat(numbers)
                    .as(figure.toString())
                    .allSatisfy(pointer -> assertThat(figure.at(pointer).isNumber())
                            .as(pointer)
                            .isTrue());
            bench.objects().forEach(BenchIT::assertSettings);
            assertThat(figure.findValues("nova_cpu_us_per_run")).isNotEmpty().allMatch(JsonNode::isNumber);
            assertThat(figure.findValues("wal_bytes_per_run")).isNotEmpty().allMatch(JsonNode::isNumber);
            assertThat(figure.findValues("postgres_cpu_us_per_run")).isNotEmpty();
        }
        assertThat(schemas()).isEmpty();
        assertThat(everythingOfTheUser()).isEqualTo(before);
    }

    private static void assertSettings(JsonNode figure) {
        var settings = figure.path("settings");
        assertThat(settings.path("postgres_version").asText()).startsWith("18.");
        assertThat(settings.path("fsync").asText()).isEqualTo("on");
        assertThat(settings.path("synchronous_commit").asText()).isEqualTo("on");
        assertThat(settings.path("shared_buffers").asText()).isEqualTo("64MB");
        assertThat(settings.path("max_wal_size").asText()).isNotBlank();
        assertThat(settings.path("cores").asInt()).isPositive();
        assertThat(settings.path("batch_size").isInt()).isTrue();
        assertThat(settings.has("concurrency")).isTrue();
        assertThat(settings.has("log_sample_every")).isTrue();
        assertThat(figure.path("unit").asText()).isIn("runs/s", "ms");
    }

    @Test
    void forPeopleItIsText() {
        try (var bench = bench("drain --runs 500 --repetitions 1 --warm-up 100")) {
            assertEndsWith(bench, 0);
            assertThat(bench.lines())
                    .anyMatch(line -> line.matches("  drain +[0-9,]+ runs/s .*"))
                    .anyMatch(line -> line.contains("concurrency 64, batch size 1000, one run of 1000 logged"));
            assertThat(bench.errorLines()).isEmpty();
        }
    }

    // --- what it leaves, and what others left

    @Test
    void whatAKilledBenchLeftIsRemovedAndWhatIsInUseIsNot() throws SQLException {
        var sql = scenario.sql();
        try (var killed = bench("drain --runs 200000 --repetitions 9 --json")) {
            sql.awaitTrue(
                    NodeProcess.SOON,
                    "SELECT count(*) > 0 FROM pg_tables WHERE schemaname LIKE 'nova\\_bench\\_%'"
                            + " AND tablename = 'runs'");
            killed.signal("KILL");
            killed.awaitExit(NodeProcess.SOON);
        }
        assertThat(schemas()).hasSize(1);
        sql.awaitTrue(
                NodeProcess.SOON,
                "SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory' AND classid = " + LOCK);
        sql.execute("CREATE SCHEMA nova_bench_12; CREATE SCHEMA nova_benchmark; CREATE SCHEMA nova_bench_of_mine");
        try (var owner = sql.connect();
                var statement = owner.createStatement()) {
            statement.execute("SELECT pg_advisory_lock(" + LOCK + ", 12)");
            try (var bench = bench("enqueue --runs 100 --single-runs 5 --warm-up 10 --repetitions 1")) {
                assertEndsWith(bench, 0);
                assertThat(bench.lines())
                        .filteredOn(line -> line.contains("left by a bench that was killed"))
                        .hasSize(1);
            }
        }
        assertThat(schemas()).containsExactly("nova_bench_12", "nova_bench_of_mine", "nova_benchmark");
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT"})
    void aSignalInTheMiddleRemovesTheSchema(String signal) {
        var sql = scenario.sql();
        try (var bench = bench("drain --runs 2000 --warm-up 2000 --repetitions 1000 --json")) {
            sql.awaitTrue(
                    NodeProcess.SOON,
                    "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database()"
                            + " AND query LIKE '%ended_ms_ago%' AND pid <> pg_backend_pid()");
            bench.signal(signal);
            assertEndsWith(bench, signal.equals("TERM") ? 143 : 130);
            assertThat(bench.lines()).isEmpty();
            assertThat(bench.errorLines()).isEmpty();
        }
        assertThat(schemas()).isEmpty();
        scenario.awaitNoSessions();
    }

    @Test
    void aSignalDuringALongInsertDoesNotWaitForItsEnd() {
        var sql = scenario.sql();
        try (var bench = bench("ceiling --runs 50000000 --warm-up 10 --json")) {
            sql.awaitTrue(
                    NodeProcess.SOON,
                    "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'"
                            + " AND query LIKE '%Enqueues runs that do nothing%' AND pid <> pg_backend_pid()"
                            + " AND now() - query_start > interval '1 s'");
            bench.signal("TERM");
            assertThat(bench.awaitExit(NodeProcess.SOON)).as(bench.toString()).isEqualTo(143);
            assertThat(bench.errorLines()).isEmpty();
        }
        assertThat(schemas()).isEmpty();
        scenario.awaitNoSessions();
    }

    @Test
    void whoMayNotMakeASchemaIsTold() {
        scenario.sql()
                .execute("DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'modest') THEN"
                        + " CREATE ROLE modest LOGIN; END IF; END $$");
        var url = scenario.server().url("modest", scenario.database());
        try (var bench = CommandProcess.start(url, "bench", "ceiling", "--json")) {
            assertEndsWith(bench, 1);
            assertThat(bench.lines()).isEmpty();
            assertThat(bench.errorLines())
                    .containsExactly("nova: " + url + ": the role may not make the schema that a bench needs for its"
                            + " tables: GRANT CREATE ON DATABASE " + scenario.database() + ", or try --embedded");
        }
    }
}
