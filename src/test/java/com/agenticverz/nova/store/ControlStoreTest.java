package com.agenticverz.nova.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What people steer the cluster by, what of it is written down, and what the tables refuse. */
class ControlStoreTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    private static final Actor ADA = new Actor("ada@host (nova)");
    private static final List<String> ALL_COLUMNS = ControlStore.LIMIT_COLUMNS;

    private final ControlStore store = DATABASE.database().control();

    @BeforeEach
    void empty() {
        DATABASE.empty("limits, pauses, queue_waits, audit_log, runs");
    }

    // --- limits

    @Test
    void aLimitIsSetAndWhatIsNotGivenStays() {
        assertThat(store.setLimit(ADA, limit("acme-*", 3, null, null), List.of("max_running")))
                .isEqualTo("{\"kind\":\"agent\",\"pattern\":\"acme-*\",\"max_running\":3,\"max_starts\":null,"
                        + "\"per_seconds\":null,\"burst\":null,\"weight\":null}");

        store.setLimit(ADA, limit("acme-*", null, 50, 1.0), List.of("max_starts", "per_seconds"));
        assertThat(rows()).containsExactly(row("acme-*", 3, 50, 1.0));

        store.setLimit(ADA, limit("acme-*", null, 60, 60.0), ALL_COLUMNS);
        assertThat(rows()).containsExactly(row("acme-*", null, 60, 60.0));

        store.setLimit(ADA, new Limit(Limit.Kind.AGENT, "acme-*", null, null, null, 5, null), List.of("burst"));
        assertThat(DATABASE.one(Integer.class, "SELECT burst FROM limits")).isEqualTo(5);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "agent | x | -1 | - | - | - | - | max_running: '-1' is out of range; allowed: 0 or more",
                "agent | x | - | 0 | 1 | - | - | max_starts: '0' is out of range; allowed: 1 to 1000000",
                "agent | x | - | 5 | 0 | - | - | per_seconds: '0.0' is out of range; allowed: 0.001 to 31536000",
                "agent | x | - | 5 | 1 | 0 | - | burst: '0' is out of range; allowed: 1 to 1000000",
                "agent | x | - | - | - | - | 0 | weight: '0.0' is out of range; allowed: 0.001 to 1000",
                "agent | x | - | 5 | - | - | - | max_starts and per_seconds go together: so many starts in so long",
                "agent | x | - | - | - | 5 | - | burst goes with max_starts and per_seconds",
                "skill | x | - | - | - | - | 2 | weight is of agents only",
                "key | '' | 1 | - | - | - | - | the pattern is empty or too long; allowed: 1 to 1000 bytes",
            })
    void whatTheTableDoesNotAllowIsOneLine(
            String kind,
            String pattern,
            @Nullable Integer maxRunning,
            @Nullable Integer maxStarts,
            @Nullable Double perSeconds,
            @Nullable Integer burst,
            @Nullable Double weight,
            String says) {
        var limit = new Limit(
                Limit.Kind.valueOf(kind.toUpperCase()), pattern, maxRunning, maxStarts, perSeconds, burst, weight);

        assertThatThrownBy(() -> store.setLimit(ADA, limit, ALL_COLUMNS))
                .isInstanceOf(RefusedChangeException.class)
                .hasMessage(says);
        assertThat(rows()).isEmpty();
        assertThat(log()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "acme-1, acme-1",
        "acme-2, acme-*",
        "acme-b2, acme-b*",
        "acme, a*e",
        "ace, a*e",
        "a%e, a%e",
        "axe, a*e",
        "a_!, *!",
        "zz, *",
        "'', *",
        "b*, b*",
        "bc, b*",
    })
    void theMostSpecificLimitHolds(String name, String pattern) {
        // By its length a*e is as long as a%e; it is the name itself that counts.
        for (var each : List.of("*", "acme-*", "acme-b*", "acme-1", "a*e", "a%e", "*!", "b*")) {
            store.setLimit(ADA, limit(each, 1, null, null), ALL_COLUMNS);
        }

        assertThat(store.limitOf(Limit.Kind.AGENT, name))
                .hasValueSatisfying(row -> assertThat(row).contains("\"pattern\":\"" + pattern + "\""));
        assertThat(store.limitOf(Limit.Kind.SKILL, name)).isEmpty();
    }

    @Test
    void aWiderLimitSaysWhichOthersAreNarrower() {
        for (var each : List.of("*", "acme-*", "acme-1", "other", "o*ther")) {
            store.setLimit(ADA, limit(each, 1, null, null), ALL_COLUMNS);
        }

        assertThat(store.narrowerLimits(Limit.Kind.AGENT, "*")).containsExactly("acme-*", "acme-1", "o*ther", "other");
        assertThat(store.narrowerLimits(Limit.Kind.AGENT, "o*ther")).containsExactly("other");
        assertThat(store.narrowerLimits(Limit.Kind.AGENT, "acme-*")).containsExactly("acme-1");
        assertThat(store.narrowerLimits(Limit.Kind.AGENT, "acme-1")).isEmpty();
    }

    // --- pauses

    @Test
    void whatIsPausedStaysSoUntilItIsResumed() {
        var acme = new Pause(Pause.Kind.AGENT, "acme");
        assertThat(store.pause(ADA, acme, "floods").isNew()).isTrue();
        assertThat(store.pause(ADA, acme, null)).satisfies(again -> {
            assertThat(again.isNew()).isFalse();
            assertThat(again.rowJson()).contains("\"reason\":\"floods\"");
        });
        assertThat(store.pause(ADA, acme, "still floods").rowJson()).contains("\"reason\":\"still floods\"");
        assertThat(store.pause(ADA, Pause.ALL, null).isNew()).isTrue();
        assertThat(DATABASE.database().policy().read(true))
                .satisfies(policy -> assertThat(policy.allPaused()).isTrue())
                .satisfies(policy -> assertThat(policy.pausedAgents()).containsExactly("acme"));

        assertThat(store.resume(ADA, Pause.ALL)).isPresent();
        assertThat(store.resume(ADA, Pause.ALL)).isEmpty();
        assertThat(store.pauses())
                .singleElement()
                .satisfies(row -> assertThat(row)
                        .startsWith(
                                "{\"kind\":\"agent\",\"name\":\"acme\",\"reason\":\"still floods\",\"paused_at\":"));
        assertThatThrownBy(() -> store.pause(ADA, new Pause(Pause.Kind.SKILL, "ä".repeat(501)), null))
                .isInstanceOf(RefusedChangeException.class)
                .hasMessage("the name of the skill is too long; allowed: at most 1000 bytes");
    }

    // --- the audit log

    @Test
    void whoChangesByANameIsWrittenDownByIt() {
        store.setLimit(ADA, limit("acme", 3, null, null), ALL_COLUMNS);
        store.setLimit(new Actor("api 127.0.0.1\n"), limit("acme", 4, null, null), ALL_COLUMNS);
        store.deleteLimit(ADA, Limit.Kind.AGENT, "acme");
        store.pause(ADA, Pause.ALL, "why");

        assertThat(log())
                .containsExactly(
                        "ada@host (nova) insert limits agent acme -> 3",
                        "api 127.0.0.1 update limits agent acme 3 -> 4",
                        "ada@host (nova) delete limits agent acme 4 ->",
                        "ada@host (nova) insert pauses all ->");
        // The name ends with the transaction, though the connection goes back to the pool.
        assertThat(store.audit(null, null, 100)).hasSize(4);
        assertThat(store.audit("pauses", null, 100))
                .singleElement()
                .satisfies(row -> assertThat(row).contains("\"reason\": \"why\""));
        assertThat(store.audit("acme", null, 2))
                .hasSize(2)
                .first()
                .satisfies(row -> assertThat(row).contains("\"action\":\"delete\""));
    }

    @Test
    void whoChangesBySqlIsWrittenDownAsTheUserOfTheDatabase() {
        var user = DATABASE.one(String.class, "SELECT session_user::text");
        DATABASE.execute("INSERT INTO limits (kind, pattern, max_running) VALUES ('agent', 'acme', 3)");
        DATABASE.execute("UPDATE limits SET max_running = 3");
        DATABASE.execute("UPDATE limits SET max_running = 5");
        DATABASE.execute("DELETE FROM limits");

        assertThat(log())
                .containsExactly(
                        user + " insert limits agent acme -> 3",
                        user + " update limits agent acme 3 -> 5",
                        user + " delete limits agent acme 5 ->");
    }

    @Test
    void whatIsRolledBackWasNotDone() throws SQLException {
        try (var connection = DATABASE.connect();
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("INSERT INTO pauses (kind) VALUES ('all')");
            connection.rollback();
        }
        assertThat(log()).isEmpty();
    }

    @Test
    void whoMayWriteLimitsNeedNotBeAbleToWriteTheLog() throws SQLException {
        DATABASE.execute("DROP ROLE IF EXISTS nova_limiter");
        DATABASE.execute("CREATE ROLE nova_limiter; GRANT SELECT, INSERT, UPDATE, DELETE ON limits TO nova_limiter");
        try (var connection = DATABASE.connect();
                var statement = connection.createStatement()) {
            statement.execute("SET SESSION AUTHORIZATION nova_limiter");
            statement.execute("INSERT INTO limits (kind, pattern, max_running) VALUES ('skill', 'http_call', 2)");
            assertThatThrownBy(() -> statement.execute("DELETE FROM audit_log"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("permission denied for table audit_log");
        } finally {
            DATABASE.execute("DROP OWNED BY nova_limiter; DROP ROLE nova_limiter");
        }
        assertThat(log()).containsExactly("nova_limiter insert limits skill http_call -> 2");
    }

    // --- what runs wait for

    @Test
    void whatRunsWaitForComesWithHowManyNeedASkillThatIsMissing() {
        DATABASE.execute(
                "INSERT INTO queue_waits (kind, name) VALUES ('agent_limit', 'acme'), ('skill_missing', 'greet')");
        DATABASE.insertRun("{\"steps\": [{\"skill\": \"greet\"}, {\"skill\": \"greet\"}]}");
        DATABASE.insertRun("{\"steps\": [{\"skill\": \"noop\"}]}");
        DATABASE.insertRun("{\"steps\": 7}");

        assertThat(store.waits())
                .satisfiesExactly(
                        row -> assertThat(row)
                                .startsWith("{\"reason\":\"agent_limit\",\"name\":\"acme\",\"since\":")
                                .endsWith("\"runs\":null,\"runs_are_all\":null}"),
                        row -> assertThat(row)
                                .startsWith("{\"reason\":\"skill_missing\",\"name\":\"greet\",")
                                .endsWith("\"runs\":1,\"runs_are_all\":true}"));

        DATABASE.execute("INSERT INTO runs (agent_id, plan, priority)"
                + " SELECT 'a', '{\"steps\": [{\"skill\": \"noop\"}]}', 1 FROM generate_series(1, 10000)");
        assertThat(store.waits().getLast()).endsWith("\"runs\":0,\"runs_are_all\":false}");
    }

    // --- how it is asked

    private static Limit limit(
            String pattern, @Nullable Integer maxRunning, @Nullable Integer maxStarts, @Nullable Double perSeconds) {
        return new Limit(Limit.Kind.AGENT, pattern, maxRunning, maxStarts, perSeconds, null, null);
    }

    private static List<Map<String, @Nullable Object>> rows() {
        return DATABASE.rows("SELECT pattern, max_running, max_starts, per_seconds FROM limits ORDER BY 1");
    }

    private static Map<String, @Nullable Object> row(
            String pattern, @Nullable Integer maxRunning, @Nullable Integer maxStarts, @Nullable Double perSeconds) {
        var row = new LinkedHashMap<String, @Nullable Object>();
        row.put("pattern", pattern);
        row.put("max_running", maxRunning);
        row.put("max_starts", maxStarts);
        row.put("per_seconds", perSeconds);
        return row;
    }

    private static List<String> log() {
        return DATABASE
                .rows("SELECT actor, action, subject_kind, subject, detail #>> '{was,max_running}' AS was,"
                        + " detail #>> '{is,max_running}' AS becomes FROM audit_log ORDER BY id")
                .stream()
                .map(row -> (row.get("actor") + " " + row.get("action") + " " + row.get("subject_kind") + " "
                                + row.get("subject") + " " + (row.get("was") == null ? "" : row.get("was") + " ")
                                + "-> " + (row.get("becomes") == null ? "" : row.get("becomes")))
                        .strip())
                .toList();
    }
}
