package com.agenticverz.nova.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyStoreTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    private final PolicyStore policy = DATABASE.database().policy();
    private long epoch;

    @BeforeEach
    void startAfresh() {
        DATABASE.execute("DELETE FROM limits; DELETE FROM limit_buckets; DELETE FROM pauses; DELETE FROM queue_waits;"
                + " DELETE FROM nodes; DELETE FROM leases");
        epoch = DATABASE.database()
                .leases()
                .acquire("poller", "test", Duration.ofHours(1))
                .orElseThrow();
    }

    @Test
    void whereNobodyHasSaidAnythingNothingSteers() {
        assertThat(policy.read(true)).isEqualTo(Policy.NONE);
    }

    @Test
    void limitsAreReadAsTheyStand() {
        DATABASE.execute(
                "INSERT INTO limits VALUES ('agent', 'a*', 3, 50, 0.5, 10, 2.5), ('skill', '*', 0, NULL, NULL, NULL, NULL),"
                        + " ('key', 'k', NULL, 1, 60, NULL, NULL), ('agent', '''\\', NULL, NULL, NULL, NULL, NULL)");

        assertThat(policy.read(true).limits())
                .containsExactlyInAnyOrder(
                        new Limit(Limit.Kind.AGENT, "a*", 3, 50, 0.5, 10, 2.5),
                        new Limit(Limit.Kind.SKILL, "*", 0, null, null, null, null),
                        new Limit(Limit.Kind.KEY, "k", null, 1, 60.0, null, null),
                        new Limit(Limit.Kind.AGENT, "'\\", null, null, null, null, null));
    }

    @Test
    void whatIsPausedIsReadByItsKind() {
        DATABASE.execute("INSERT INTO pauses (kind, name) VALUES ('agent', 'x'), ('skill', 'x'), ('skill', 'all')");

        var read = policy.read(true);

        assertThat(read.allPaused()).isFalse();
        assertThat(read.pausedAgents()).containsExactly("x");
        assertThat(read.pausedSkills()).containsExactlyInAnyOrder("x", "all");
        DATABASE.execute("INSERT INTO pauses (kind) VALUES ('all')");
        assertThat(policy.read(true).allPaused()).isTrue();
        assertThat(policy.read(true).pausedSkills()).hasSize(2);
    }

    @Test
    void aNodeHasTheSkillsThatItSaysAndOneThatSaysNothingIsSilent() {
        var some = node("'{\"noop\": \"1\", \"a b\": null, \"ü\\\"\\\\\": {\"version\": 2}, \"\": 1}'");
        var none = node("'{}'");
        var silent = node("NULL");

        assertThat(policy.read(true).skillsOfNodes())
                .isEqualTo(Map.of(some, Set.of("noop", "a b", "ü\"\\", ""), none, Set.of()));
        assertThat(policy.read(true).silentNodes()).containsExactly(silent);
    }

    /** Somebody wrote it by hand, or a version to come does. The poller has to go on. */
    @ParameterizedTest
    @ValueSource(strings = {"null", "[]", "[\"noop\"]", "1", "\"noop\"", "true"})
    void aNodeWhoseSkillsCannotBeReadIsSilent(String skills) {
        var odd = node("'" + skills + "'");
        var good = node("'{\"noop\": \"1\"}'");

        assertThat(policy.read(true).silentNodes()).containsExactly(odd);
        assertThat(policy.read(true).skillsOfNodes()).isEqualTo(Map.of(good, Set.of("noop")));
    }

    @Test
    void bucketsAreReadForWhoeverAsksForThem() {
        DATABASE.execute("INSERT INTO limit_buckets VALUES ('agent', 'a', clock_timestamp() + interval '1 hour')");

        assertThat(policy.read(false).buckets()).isNull();
        assertThat(policy.read(true).buckets()).hasSize(1);
    }

    @Test
    void bucketsThatAreNotFullAreReadAndThoseThatHaveBeenForLongGo() {
        DATABASE.execute("INSERT INTO limit_buckets VALUES"
                + " ('agent', 'a', clock_timestamp() + interval '1 hour'),"
                + " ('skill', 's', clock_timestamp() - interval '1 s'),"
                + " ('key', 'k', clock_timestamp() - interval '2 min'), ('key', 'old', '-infinity'),"
                + " ('key', 'for ever', 'infinity')");

        assertThat(policy.read(true).buckets())
                .singleElement()
                .satisfies(it -> assertThat(it.kind()).isEqualTo(Limit.Kind.AGENT))
                .satisfies(it -> assertThat(it.name()).isEqualTo("a"))
                .satisfies(it -> assertThat(it.fullInMicros()).isBetween(3_500_000_000L, 3_600_000_000L));
        assertThat(DATABASE.rows("SELECT name FROM limit_buckets ORDER BY name"))
                .extracting(row -> row.get("name"))
                .containsExactly("a", "for ever", "s");
    }

    /** A newer version may share the database: what it alone knows is its own. */
    @Test
    void kindsThatThisVersionDoesNotKnowAreLeftOut() {
        DATABASE.execute("ALTER TABLE limits DROP CONSTRAINT limits_kind_is_known;"
                + " ALTER TABLE pauses DROP CONSTRAINT pauses_kind_is_known;"
                + " INSERT INTO limits VALUES ('tenant', 't', 1), ('agent', 'a', 1);"
                + " INSERT INTO pauses VALUES ('tenant', 't'), ('agent', 'a');"
                + " INSERT INTO limit_buckets VALUES ('tenant', 't', now() + interval '1 hour');"
                + " INSERT INTO queue_waits VALUES ('tenant_limit', 't'), ('agent_limit', 'a')");
        try {
            var read = policy.read(true);

            assertThat(read.limits()).extracting(Limit::pattern).containsExactly("a");
            assertThat(read.pausedAgents()).containsExactly("a");
            assertThat(read.pausedSkills()).isEmpty();
            assertThat(read.buckets()).isEmpty();
            assertThat(policy.queueWaits()).containsExactly(new QueueWait(QueueWait.Reason.AGENT_LIMIT, "a"));
        } finally {
            DATABASE.execute(
                    "DELETE FROM limits; DELETE FROM pauses;"
                            + " ALTER TABLE limits ADD CONSTRAINT limits_kind_is_known CHECK (kind IN ('agent', 'skill', 'key'));"
                            + " ALTER TABLE pauses ADD CONSTRAINT pauses_kind_is_known CHECK (kind IN ('all', 'agent', 'skill'))");
        }
    }

    // waits

    @Test
    void whatIsSaidOfTheQueueTakesThePlaceOfWhatWasSaidBefore() {
        var paused = new QueueWait(QueueWait.Reason.PAUSED, "");
        var limit = new QueueWait(QueueWait.Reason.AGENT_LIMIT, "a '\\,{}");
        var missing = new QueueWait(QueueWait.Reason.SKILL_MISSING, "new");
        policy.sayQueueWaits(epoch, List.of(paused, limit, limit));
        assertThat(policy.queueWaits()).containsExactlyInAnyOrder(paused, limit);
        DATABASE.execute("UPDATE queue_waits SET since = '2020-01-01Z'");

        policy.sayQueueWaits(epoch, List.of(missing, limit));

        assertThat(policy.queueWaits()).containsExactlyInAnyOrder(missing, limit);
        assertThat(DATABASE.rows("SELECT kind FROM queue_waits WHERE since = '2020-01-01Z'"))
                .as("since when it waits")
                .containsExactly(Map.of("kind", "agent_limit"));
        policy.sayQueueWaits(epoch, List.of());
        assertThat(policy.queueWaits()).isEmpty();
    }

    @Test
    void everyReasonIsReadAsItWasSaid() {
        var all = Arrays.stream(QueueWait.Reason.values())
                .map(reason -> new QueueWait(reason, "x"))
                .toList();

        policy.sayQueueWaits(epoch, all);

        assertThat(policy.queueWaits()).containsExactlyInAnyOrderElementsOf(all);
    }

    @Test
    void aDeposedPollerSaysNothing() {
        var said = new QueueWait(QueueWait.Reason.PAUSED, "");
        policy.sayQueueWaits(epoch, List.of(said));

        policy.sayQueueWaits(epoch - 1, List.of(new QueueWait(QueueWait.Reason.KEY_RATE, "k")));
        policy.sayQueueWaits(epoch + 1, List.of());

        assertThat(policy.queueWaits()).containsExactly(said);
    }

    /** Somebody looks at them in psql, in a transaction, and is called away. */
    @Test
    void whatSomebodyHasLockedHoldsUpNobodyForLong() throws SQLException {
        policy.sayQueueWaits(epoch, List.of(new QueueWait(QueueWait.Reason.PAUSED, "")));
        DATABASE.execute(
                "INSERT INTO limit_buckets VALUES ('key', 'locked', '-infinity'), ('key', 'old', '-infinity')");
        try (var session = DATABASE.connect();
                var statement = session.createStatement()) {
            session.setAutoCommit(false);
            statement.execute("SELECT 1 FROM queue_waits FOR UPDATE");
            statement.execute("SELECT 1 FROM limit_buckets WHERE name = 'locked' FOR UPDATE");

            assertThat(policy.read(true)).isEqualTo(Policy.NONE);
            assertThat(DATABASE.rows("SELECT name FROM limit_buckets")).containsExactly(Map.of("name", "locked"));
            assertThatThrownBy(() -> policy.sayQueueWaits(epoch, List.of()))
                    .satisfies(it -> assertThat(Database.isLockTimeout(it)).isTrue());
            session.rollback();
        }
    }

    private static UUID node(String skills) {
        var id = UUID.randomUUID();
        DATABASE.execute(
                "INSERT INTO nodes (id, address, app_version, concurrency, skills) VALUES (?, 'h:1', 'v', 4, " + skills
                        + ")",
                id);
        return id;
    }
}
