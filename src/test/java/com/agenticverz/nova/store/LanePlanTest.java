package com.agenticverz.nova.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.PGConnection;

/**
 * How PostgreSQL executes the statements of the lanes where one agent has nearly all of the queue, whatever it knows about
 * it: none of them reads what it does not return.
 */
class LanePlanTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    private static final int ROWS_OF_THE_BIG_AGENT = Integer.getInteger("nova.test.lane-rows", 1_000_000);
    private static final int SMALL_AGENTS = 20;
    private static final int RUNNING = 500;
    private static final int EXPIRED = 40;
    /** A look at an index of this size, and at a row. */
    private static final int BLOCKS_OF_A_LOOK = 6;

    private static final UUID NODE = new UUID(0, 0xa);
    private static final Lane BIG = new Lane("big", null);
    private static final List<JsonNode> PLANS = ExecutedPlans.collected();

    /** A database with such a queue. */
    private record Ground(TestDatabase database, LaneStore lanes, long epoch) {}

    private static Connection connection;
    private static Ground ground;

    @BeforeAll
    static void grow() throws SQLException {
        grow(DATABASE, ROWS_OF_THE_BIG_AGENT);
        connection = DATABASE.connect();
        ground = ground(DATABASE, connection);
    }

    private static Ground ground(TestDatabase database, Connection session) throws SQLException {
        long epoch = database.database()
                .leases()
                .acquire("poller", "test", Duration.ofHours(1))
                .orElseThrow();
        return new Ground(database, new LaneStore(ExecutedPlans.collect(session)), epoch);
    }

    private static void grow(TestDatabase database, int rowsOfTheBigAgent) {
        for (var table : List.of("runs", "claims", "leases")) {
            database.execute("ALTER TABLE " + table + " SET (autovacuum_enabled = false)");
        }
        insert(database, "'big'", "'queued', n % 3, NULL", rowsOfTheBigAgent);
        insert(database, "'small ' || n % " + SMALL_AGENTS, "'queued', n % 2, NULL", 10 * SMALL_AGENTS);
        insert(database, "'over'", "'succeeded', 0, now() - interval '1 h'", 20_000);
        insert(database, "'big'", "'running', 0, NULL", RUNNING);
        // Among as many that expire later.
        insert(database, "'small 1'", "'scheduled', 0, now() - interval '1 h'", EXPIRED);
        insert(database, "'small 1'", "'scheduled', 0, now() + interval '1 h'", 20_000);
        // As if claimed: the next runs of the big agent, and runs that are gone.
        database.execute("INSERT INTO claims (node_id, epoch, run_ids, attempts)"
                + " SELECT gen_random_uuid(), 1, array_agg(id), array_agg(attempts) FROM ("
                + "   SELECT id, attempts, row_number() OVER (ORDER BY -priority, created_at, id) / 10 AS claim FROM runs"
                + "   WHERE status = 'queued' AND agent_id = 'big' ORDER BY -priority, created_at, id LIMIT 1000) AS r"
                + " GROUP BY claim");
        database.execute("INSERT INTO claims (node_id, epoch, run_ids, attempts)"
                + " SELECT gen_random_uuid(), 1, array_fill(gen_random_uuid(), '{8}'), array_fill(0, '{8}')"
                + " FROM generate_series(1, 20) n");
    }

    private static void insert(TestDatabase database, String agent, String statusPriorityAndExpiry, int rows) {
        database.execute(
                "INSERT INTO runs (agent_id, plan, created_at, attempts, status, priority, expires_at)"
                        + " SELECT " + agent + ", '{\"steps\": [{\"skill\": \"noop\"}]}',"
                        + " now() - n * interval '1 millisecond', 0, " + statusPriorityAndExpiry
                        + " FROM generate_series(1, ?) n",
                rows);
    }

    @AfterAll
    static void close() throws SQLException {
        connection.close();
    }

    @ParameterizedTest
    @EnumSource
    void noStatementReadsMoreThanItReturns(Knowledge knowledge) {
        knowledge.assumeIn(DATABASE);
        assertThatNoStatementReadsMoreThanItReturns(ground);
    }

    private static void assertThatNoStatementReadsMoreThanItReturns(Ground ground) {
        var lanes = ground.lanes();
        var agents = read(SMALL_AGENTS + 1, () -> lanes.active(false, 1000));
        assertThat(agents).hasSize(SMALL_AGENTS + 1);
        var byPriority = read(SMALL_AGENTS + 3, () -> lanes.active(true, 1000));
        // Of an even number of agents, each has runs of one priority only.
        assertThat(byPriority).hasSize(SMALL_AGENTS + 3);
        assertThat(read(2, () -> lanes.active(false, 2))).hasSize(2);

        for (boolean withSkills : new boolean[] {false, true}) {
            var found = read(8, () -> lanes.peek(List.of(new LaneStore.Look(BIG, BIG.start(), 8)), withSkills));
            assertThat(found.getFirst()).hasSize(8);
        }
        var all = read(2 * agents.size(), () -> lanes.peek(looks(agents, 2), true));
        assertThat(all).allSatisfy(found -> assertThat(found).hasSize(2));
        read(2 * byPriority.size(), () -> lanes.peek(looks(byPriority, 2), true));
        var middle = new LanePlace(-1, null, new UUID(0, 0));
        var fromTheMiddle = read(500, () -> lanes.peek(List.of(new LaneStore.Look(BIG, middle, 500)), false))
                .getFirst();
        assertThat(fromTheMiddle).hasSize(500);
        var onward = fromTheMiddle.getLast().place();
        assertThat(read(8, () -> lanes.peek(List.of(new LaneStore.Look(BIG, onward, 8)), false))
                        .getFirst())
                .hasSize(8);
        assertThat(read(1, () -> lanes.peek(looks(List.of(new Lane("nobody", null)), 8), true)))
                .containsExactly(List.of());

        // A claim writes, too.
        for (int size : new int[] {1, 8, 500}) {
            var picks = fromTheMiddle.subList(0, size);
            var spent = List.of(new Bucket(Limit.Kind.AGENT, "big", 1));
            assertThat(read(size + 20, () -> lanes.claim(ground.epoch(), NODE, picks, spent, 3)))
                    .isInstanceOf(ClaimResult.Claimed.class);
            ground.database().execute("DELETE FROM claims WHERE node_id = ?", NODE);
        }

        for (boolean withSkills : new boolean[] {false, true}) {
            assertThat(read(
                            1000 + RUNNING + 200,
                            () -> lanes.inUse(ground.epoch(), withSkills, true).orElseThrow()))
                    .hasSize(1000 + RUNNING);
        }

        // Half of them, for each is written anew, into each index. And what is claimed is read.
        assertThat(read(EXPIRED * 10 + 200, () -> lanes.expire(ground.epoch(), EXPIRED / 2)))
                .hasSize(EXPIRED / 2);
        ground.database()
                .execute("UPDATE runs SET status = 'scheduled', completed_at = NULL, error_message = NULL"
                        + " WHERE status = 'cancelled'");
    }

    private static List<LaneStore.Look> looks(List<Lane> lanes, int most) {
        return lanes.stream()
                .map(it -> new LaneStore.Look(it, it.start(), most))
                .toList();
    }

    /** It looks up no more than so many rows. */
    private static <T> T read(int rows, Supplier<T> statement) {
        PLANS.clear();
        var result = statement.get();
        // Where it is counted what is in use, the lease is locked too.
        assertThat(PLANS).hasSizeBetween(1, 2);
        assertThat(PLANS)
                .filteredOn(plan -> plan.findValuesAsText("Relation Name").contains("runs"))
                .hasSize(1);
        PLANS.forEach(plan -> assertReads(rows, plan));
        return result;
    }

    private static void assertReads(int rows, JsonNode plan) {
        var text = plan.toPrettyString();
        for (var node : ExecutedPlans.nodes(plan)) {
            if (!node.path("Relation Name").asText().equals("runs")
                    || node.path("Node Type").asText().equals("ModifyTable")) {
                continue;
            }
            assertThat(node.path("Node Type").asText()).as(text).isEqualTo("Index Scan");
            double loops = node.path("Actual Loops").asDouble();
            assertThat(loops * node.path("Actual Rows").asDouble()).as(text).isLessThanOrEqualTo(rows);
            assertThat(loops * node.path("Rows Removed by Filter").asDouble())
                    .as("looked at in vain: " + text)
                    .isLessThanOrEqualTo(rows);
        }
        assertThat(ExecutedPlans.nodes(plan))
                .as(text)
                .noneMatch(node -> node.path("Node Type").asText().contains("Sort")
                        && node.path("Actual Rows").asDouble() > rows)
                .noneMatch(node -> node.path("Rows Removed by Join Filter").asLong() > rows);
        assertThat(ExecutedPlans.blocks(plan)).as(text).isLessThanOrEqualTo(20L + (long) rows * BLOCKS_OF_A_LOOK);
    }

    /** Those of a node that has been there since the table was created. */
    @Test
    void norDoesItWithThePlansOfAnEmptyTable() throws SQLException {
        try (var database = TestDatabase.create();
                var session = database.connect()) {
            session.unwrap(PGConnection.class).setPrepareThreshold(SessionSource.ONLY_WHO_ASKS);
            var store = new LaneStore(Database.withArrays(Jdbi.create(session)));
            database.execute(
                    "INSERT INTO leases (name, owner, epoch, expires_at) VALUES ('poller', 'before', 0, '-infinity')");
            store.active(false, 1);
            store.peek(List.of(), false);
            store.claim(0, NODE, List.of(), List.of(), 3);
            assertThat(store.inUse(0, false, true)).isPresent();
            store.expire(0, 1);
            grow(database, 50_000);

            assertThatNoStatementReadsMoreThanItReturns(ground(database, session));

            int prepared = Jdbi.create(session)
                    .withHandle(handle -> handle.createQuery("SELECT count(*) FROM pg_prepared_statements"
                                    + " WHERE generic_plans > 1 AND custom_plans = 0 AND statement LIKE '%runs%'")
                            .mapTo(Integer.class)
                            .one());
            assertThat(prepared).as("prepared, and planned once").isEqualTo(5);
        }
    }
}
