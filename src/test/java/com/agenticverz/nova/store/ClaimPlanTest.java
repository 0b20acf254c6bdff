package com.agenticverz.nova.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Outcome;
import com.fasterxml.jackson.databind.JsonNode;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.PGConnection;

/**
 * How PostgreSQL executes the statements on large tables, whatever it knows about them.
 */
class ClaimPlanTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    private static final int ROWS_OF_EACH_STATUS = Integer.getInteger("nova.test.rows", 300_000);
    private static final int MOST_BLOCKS = 100;
    private static final int MAX_ATTEMPTS = 5;
    private static final UUID NODE = new UUID(0, 0xa);
    private static final UUID GONE = new UUID(0, 0xb);

    private static Connection connection;
    private static RunStore runs;
    private static NodeStore nodes;
    private static long epoch;

    /** Of what ran since it was last emptied. */
    private static final List<JsonNode> PLANS = ExecutedPlans.collected();

    @BeforeAll
    static void grow() throws SQLException {
        for (var table : List.of("runs", "claims", "nodes", "leases")) {
            DATABASE.execute("ALTER TABLE " + table + " SET (autovacuum_enabled = false)");
        }
        insert("queued", "NULL");
        insert("scheduled", "now() + (n + 3600) * interval '1 second'");
        insert("succeeded", "NULL");
        DATABASE.execute("INSERT INTO runs (agent_id, plan, status, attempts, claimed_by, claim_id)"
                + " SELECT 'a', '{}', 'running', 1, gen_random_uuid(), n FROM generate_series(1, 500) n");
        DATABASE.execute("INSERT INTO runs (agent_id, plan, status, attempts, next_attempt_at)"
                + " SELECT 'a', '{}', 'retry', 1, now() FROM generate_series(1, 500) n");
        DATABASE.execute("INSERT INTO claims (node_id, epoch, run_ids, attempts)"
                + " SELECT gen_random_uuid(), 1, array_fill(gen_random_uuid(), '{8}'), array_fill(0, '{8}')"
                + " FROM generate_series(1, 2000) n");
        epoch = DATABASE.database()
                .leases()
                .acquire("poller", "test", Duration.ofHours(1))
                .orElseThrow();
        connection = DATABASE.connect();
        var jdbi = ExecutedPlans.collect(connection);
        runs = new RunStore(jdbi);
        nodes = new NodeStore(jdbi);
    }

    private static void insert(String status, String nextAttemptAt) {
        DATABASE.execute(
                "INSERT INTO runs (agent_id, plan, status, priority, created_at, next_attempt_at)"
                        + " SELECT 'agent ' || n % 100, '{\"steps\": [{\"skill\": \"noop\"}]}', ?, n % 3,"
                        + " now() - n * interval '1 millisecond', " + nextAttemptAt + " FROM generate_series(1, ?) n",
                status,
                ROWS_OF_EACH_STATUS);
    }

    @AfterAll
    static void close() throws SQLException {
        connection.close();
    }

    @ParameterizedTest
    @EnumSource
    void theClaimFromTheStartReadsAFewBlocks(Knowledge knowledge) {
        knowledge.assumeIn(DATABASE);

        assertThatAClaimReadsFewBlocks(Position.START, List.of());
    }

    @ParameterizedTest
    @EnumSource
    void theClaimFromTheMiddleReadsAFewBlocks(Knowledge knowledge) {
        knowledge.assumeIn(DATABASE);

        assertThatAClaimReadsFewBlocks(middle(), List.of());
    }

    @ParameterizedTest
    @EnumSource
    void theClaimWithFiveHundredRunsInFlightReadsAFewBlocks(Knowledge knowledge) {
        knowledge.assumeIn(DATABASE);
        var inFlight = fences("SELECT id, attempts FROM runs WHERE status = 'queued'"
                + " ORDER BY -priority, created_at, id LIMIT 500");

        var claimed = assertThatAClaimReadsFewBlocks(Position.START, inFlight);

        assertThat(claimed.runs())
                .extracting(run -> run.id())
                .doesNotContainAnyElementsOf(inFlight.stream().map(Fence::runId).toList());
    }

    @ParameterizedTest
    @EnumSource
    void noStatementWalksOverTheTable(Knowledge knowledge) {
        knowledge.assumeIn(DATABASE);
        var claimed = claim(Position.START, List.of());
        claimFor(GONE, middle());
        var fences =
                claimed.runs().stream().map(run -> run.under(claimed.claimId())).toList();
        PLANS.clear();

        assertThat(runs.mark(NODE, marks(fences.subList(0, 4)), List.of())).hasSize(4);
        assertThat(runs.checkpoint(fences.subList(0, 4).stream()
                        .map(it -> new Checkpoint(it, "a", "noop", "1", null, 1, Duration.ZERO, Duration.ZERO))
                        .toList()))
                .hasSize(4);
        assertThat(runs.finishedSteps(fences.getFirst().runId())).hasSize(1);
        assertThat(runs.noLongerHeld(fences)).hasSize(4);
        assertThat(runs.report(fences.subList(0, 4).stream()
                        .map(it -> StepReport.heartbeat(it, "a", "1"))
                        .toList()))
                .hasSize(4);
        assertThat(runs.heartbeatDetail(fences.getFirst().runId(), "a")).isPresent();
        assertThat(runs.handBack(fences.subList(0, 1), List.of())).hasSize(1);
        assertThat(runs.settle(NODE, settlements(fences.subList(1, 8)), List.of(claimed.claimId())))
                .hasSize(7);
        assertThat(runs.promote(8, OffsetDateTime.MIN).promoted()).isEqualTo(8);
        assertThat(runs.rescue(GONE, MAX_ATTEMPTS).requeued()).hasSize(8);
        runs.readBack(fences.stream().map(Fence::runId).toList());
        runs.release(NODE, List.of(claimed.claimId()));
        runs.inFlight();
        runs.countWaiting();
        nodes.holders(true);
        var self = new NodeRow(NODE, 7, "here:1", "1", 4, true, false, Map.of());
        nodes.register(self);
        nodes.heartbeat(self, true);

        assertThat(PLANS).hasSize(19);
        for (var plan : PLANS) {
            assertThat(ExecutedPlans.nodes(plan))
                    .as(plan.toPrettyString())
                    .noneMatch(node -> node.path("Node Type").asText().equals("Seq Scan")
                            && node.path("Relation Name").asText().equals("runs"));
            if (!plan.path("Query Text").asText().contains("count(*) FROM runs")) {
                assertThat(ExecutedPlans.blocks(plan)).as(plan.toPrettyString()).isLessThan(3000);
            }
        }
        // The claim, the mark, the settlement and the hand-back touch what they change, and little else.
        for (var plan : PLANS.subList(0, 3)) {
            assertThat(ExecutedPlans.blocks(plan)).as(plan.toPrettyString()).isLessThan(400);
        }
    }

    /**
     * The statistics say that nothing is queued, and there is a hundred times as much as before; or that there is
     * nothing at all. The planner then takes the index of the queue for empty, and would read and sort all of it for a
     * batch; and to settle one, it would rather read the whole table than look up five hundred rows, or even compare each
     * row of the table with each of them: a settlement of a thousand once took 36 seconds.
     */
    @ParameterizedTest
    @EnumSource(names = "UP_TO_DATE", mode = EnumSource.Mode.EXCLUDE)
    void largeBatchesGoByIndexWhateverTheStatisticsSay(Knowledge knowledge) throws SQLException {
        assertThatLargeBatchesGoByIndex(knowledge, false);
    }

    /** Those of a node that has been there since the table was created. */
    @Test
    void largeBatchesGoByIndexWithThePlansOfAnEmptyTable() throws SQLException {
        assertThatLargeBatchesGoByIndex(Knowledge.OF_EMPTY_TABLES, true);
    }

    private static void assertThatLargeBatchesGoByIndex(Knowledge knowledge, boolean prepared) throws SQLException {
        try (var database = TestDatabase.create();
                var session = database.connect()) {
            database.execute("ALTER TABLE runs SET (autovacuum_enabled = false)");
            if (prepared) {
                session.unwrap(PGConnection.class).setPrepareThreshold(SessionSource.ONLY_WHO_ASKS);
                var store = new RunStore(Database.withArrays(Jdbi.create(session)));
                assertThat(store.claim(0, NODE, 500, Position.START, List.of(), MAX_ATTEMPTS))
                        .isInstanceOf(ClaimResult.Deposed.class);
                assertThat(store.mark(NODE, List.of(), List.of())).isEmpty();
                assertThat(store.noLongerHeld(List.of())).isEmpty();
                assertThat(store.settle(NODE, List.of(), List.of())).isEmpty();
            }
            database.execute("INSERT INTO runs (agent_id, plan, status) SELECT 'a', '{}', 'succeeded'"
                    + " FROM generate_series(1, 1000)");
            database.execute("ANALYZE runs");
            database.execute("INSERT INTO runs (agent_id, plan) SELECT 'a', '{}' FROM generate_series(1, 100000)");
            if (knowledge != Knowledge.OF_EMPTY_TABLES) {
                knowledge.assumeIn(database);
            }
            var jdbi = ExecutedPlans.collect(session);
            var store = new RunStore(jdbi);
            var lease = new LeaseStore(jdbi)
                    .acquire("poller", "test", Duration.ofHours(1))
                    .orElseThrow();
            PLANS.clear();

            var claimed = (ClaimResult.Claimed) store.claim(lease, NODE, 500, Position.START, List.of(), MAX_ATTEMPTS);
            var fences = claimed.runs().stream()
                    .map(run -> run.under(claimed.claimId()))
                    .toList();
            assertThat(store.mark(NODE, marks(fences.subList(0, 100)), List.of()))
                    .hasSize(100);
            assertThat(store.noLongerHeld(fences)).hasSize(400);
            assertThat(store.settle(NODE, settlements(fences), List.of(claimed.claimId())))
                    .hasSize(500);

            assertThat(preparedPlans(session)).isEqualTo(prepared ? 4 : 0);
            assertThat(PLANS).hasSize(4);
            for (var plan : PLANS) {
                assertThat(ExecutedPlans.nodes(plan))
                        .as(plan.toPrettyString())
                        .noneMatch(node -> List.of("Seq Scan", "Bitmap Heap Scan")
                                        .contains(node.path("Node Type").asText())
                                || node.path("Relation Name").asText().equals("runs")
                                        && node.path("Actual Rows").asDouble() > 500
                                || node.path("Rows Removed by Join Filter").asLong() > 1000);
                assertThat(ExecutedPlans.blocks(plan)).as(plan.toPrettyString()).isLessThan(20_000);
            }
        }
    }

    @Test
    void aPlanThatWasCachedOnAnEmptyTableKeepsTheLimit() throws SQLException {
        try (var database = TestDatabase.create();
                var session = database.connect()) {
            session.unwrap(PGConnection.class).setPrepareThreshold(1);
            try (var statement = session.createStatement()) {
                statement.execute("SET plan_cache_mode = force_generic_plan");
            }
            var jdbi = Database.withArrays(Jdbi.create(session));
            var store = new RunStore(jdbi);
            var lease = new LeaseStore(jdbi)
                    .acquire("poller", "test", Duration.ofHours(1))
                    .orElseThrow();
            for (int i = 0; i < 6; i++) {
                assertThat(store.claim(lease, NODE, 8, Position.START, List.of(), MAX_ATTEMPTS))
                        .isInstanceOf(ClaimResult.Empty.class);
                assertThat(store.promote(8, OffsetDateTime.MIN).promoted()).isZero();
            }
            int prepared = jdbi.withHandle(
                    handle -> handle.createQuery("SELECT count(*) FROM pg_prepared_statements WHERE generic_plans > 1")
                            .mapTo(Integer.class)
                            .one());
            assertThat(prepared)
                    .as("claim and promote, prepared and planned for any values")
                    .isGreaterThanOrEqualTo(2);

            database.execute("INSERT INTO runs (agent_id, plan) SELECT 'a', '{}' FROM generate_series(1, 20000)");
            database.execute("INSERT INTO runs (agent_id, plan, status) SELECT 'a', '{}', 'retry'"
                    + " FROM generate_series(1, 20000)");

            var position = Position.START;
            for (int i = 0; i < 5; i++) {
                var claimed = (ClaimResult.Claimed) store.claim(lease, NODE, 8, position, List.of(), MAX_ATTEMPTS);
                assertThat(claimed.runs()).hasSize(8);
                position = claimed.last();
                assertThat(store.promote(8, OffsetDateTime.MIN).promoted()).isEqualTo(8);
            }
        }
    }

    /** Statements of the session that are prepared and were planned once, for two executions or more. */
    private static long preparedPlans(Connection session) {
        return Jdbi.create(session)
                .withHandle(handle -> handle.createQuery("SELECT count(*) FROM pg_prepared_statements"
                                + " WHERE generic_plans > 1 AND custom_plans = 0 AND statement LIKE '%runs%'")
                        .mapTo(Long.class)
                        .one());
    }

    private static ClaimResult.Claimed assertThatAClaimReadsFewBlocks(Position position, List<Fence> inFlight) {
        var claimed = claim(position, inFlight);
        var plan = PLANS.getLast();

        assertThat(claimed.runs()).hasSize(8);
        assertThat(ExecutedPlans.nodes(plan))
                .as(plan.toPrettyString())
                .anyMatch(node -> node.path("Node Type").asText().startsWith("Index")
                        && node.path("Index Name").asText().equals("runs_to_claim")
                        && node.path("Index Cond").asText().contains("ROW("))
                .noneMatch(node -> node.path("Relation Name").asText().equals("runs")
                        && !node.path("Index Name").asText().equals("runs_to_claim"))
                // The one sort is that of the eight.
                .noneMatch(node -> node.path("Node Type").asText().contains("Sort")
                        && node.path("Actual Rows").asInt() > 8);
        assertThat(ExecutedPlans.blocks(plan)).as(plan.toPrettyString()).isLessThan(MOST_BLOCKS);
        return claimed;
    }

    private static ClaimResult.Claimed claim(Position position, List<Fence> inFlight) {
        PLANS.clear();
        return (ClaimResult.Claimed) runs.claim(epoch, NODE, 8, position, inFlight, MAX_ATTEMPTS);
    }

    private static void claimFor(UUID node, Position position) {
        assertThat(runs.claim(epoch, node, 8, position, List.of(), MAX_ATTEMPTS))
                .isInstanceOf(ClaimResult.Claimed.class);
    }

    private static Position middle() {
        var row = DATABASE.rows("SELECT -priority AS rank, created_at, id FROM runs WHERE status = 'queued'"
                        + " ORDER BY -priority, created_at, id OFFSET " + ROWS_OF_EACH_STATUS / 2 + " LIMIT 1")
                .getFirst();
        return new Position((int) row.get("rank"), (OffsetDateTime) row.get("created_at"), (UUID) row.get("id"));
    }

    private static List<Fence> fences(String sql) {
        return DATABASE.rows(sql).stream()
                .map(row -> new Fence((UUID) row.get("id"), 0, (int) row.get("attempts")))
                .toList();
    }

    private static List<Mark> marks(List<Fence> fences) {
        return fences.stream()
                .map(fence -> new Mark(fence, Duration.ofSeconds(1)))
                .toList();
    }

    private static List<Settlement> settlements(List<Fence> fences) {
        return fences.stream()
                .map(fence -> new Settlement(
                        fence, true, true, new Outcome.Succeeded("{}"), Duration.ofMillis(1), Duration.ZERO))
                .toList();
    }
}
