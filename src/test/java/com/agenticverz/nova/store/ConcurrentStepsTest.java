package com.agenticverz.nova.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Outcome;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The argument of the package's design note, tried: each step beside each other step, from each state that a run can be
 * in, one after the other and truly at once.
 *
 * <p>At once: the first statement has run in a transaction that is still open, so it holds its row locks; the second
 * runs in another session until it is over or seen to wait for the first; then the first commits. A trigger of the
 * test's own writes every change of a row down, and the assertions read what it wrote.
 */
class ConcurrentStepsTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    private static final UUID A = new UUID(0, 0xa);
    private static final UUID B = new UUID(0, 0xb);
    private static final UUID LAST_NODE = new UUID(0, 0xc);
    private static final int DEFAULT_MAX_ATTEMPTS = 5;
    private static final Duration LONG_AGO = Duration.ofHours(2);

    private static Session first;
    private static Session second;
    private static ExecutorService other;

    /** A connection, and the stores on it. */
    private record Session(Connection connection, int pid, RunStore runs, LeaseStore leases) {

        static Session open() throws SQLException {
            var connection = DATABASE.connect();
            var jdbi = Database.withArrays(Jdbi.create(connection));
            try (var statement = connection.createStatement();
                    var result = statement.executeQuery("SELECT pg_backend_pid()")) {
                result.next();
                return new Session(connection, result.getInt(1), new RunStore(jdbi), new LeaseStore(jdbi));
            }
        }

        int update(String sql, Object... params) {
            try (var statement = prepare(sql, params)) {
                return statement.executeUpdate();
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }

        long count(String sql, Object... params) {
            try (var statement = prepare(sql, params);
                    var result = statement.executeQuery()) {
                result.next();
                return result.getLong(1);
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }

        private PreparedStatement prepare(String sql, Object... params) throws SQLException {
            var statement = connection.prepareStatement(sql);
            for (int i = 0; i < params.length; i++) {
                statement.setObject(i + 1, params[i]);
            }
            return statement;
        }
    }

    /**
     * Who may still try to do what to the run under test.
     *
     * @param run the run
     * @param epoch of the poller that made the claims
     * @param fence of node A, which holds the run, held it, or believes that it does
     * @param finished what A's writes say about its claim: gone with them, or still needed by its other run
     * @param otherFence of node B, where the run was claimed a second time
     */
    private record Scene(
            UUID run,
            long epoch,
            Fence fence,
            List<Long> finished,
            @Nullable Fence otherFence) {}

    /** Where the run stands when the pair of steps begins. */
    private enum State {
        /** Claimed by A, which has not marked it, together with another run: the claim outlives the writes to this. */
        CLAIMED,
        /** Claimed by A alone, so that the claim goes with the first write, on the last attempt that the run has. */
        CLAIMED_FOR_THE_LAST_ATTEMPT,
        /** Claimed by A and then by B, as after a message that was lost. */
        CLAIMED_TWICE,
        /** A's claim was let go; A does not know. */
        RELEASED,
        MARKED,
        MARKED_FOR_THE_LAST_ATTEMPT,
        /** Marked by A, and claimed by B before that. */
        MARKED_AND_CLAIMED_TWICE,
        /** Handed back by A, whose claim still lists it. */
        HANDED_BACK,
        /** Marked by A and reset by hand; A does not know. */
        RESET_BY_HAND,
        /** A's attempt failed, the next one is due; A's claim still lists it. */
        RETRY_DUE,
        /** And it was promoted. */
        RETRY_PROMOTED,
        /** Rescued from A, which is alive. */
        RESCUED;

        Scene arrange() {
            var runs = first.runs();
            DATABASE.execute(
                    "DELETE FROM claims; DELETE FROM runs; DELETE FROM nodes; DELETE FROM steps; DELETE FROM claims_made;"
                            + " UPDATE leases SET expires_at = '-infinity'");
            var epoch = first.leases().acquire("poller", "one", LONG_AGO).orElseThrow();
            var lastAttempt = this == CLAIMED_FOR_THE_LAST_ATTEMPT || this == MARKED_FOR_THE_LAST_ATTEMPT;
            var run = insertRun(lastAttempt ? 1 : 3);
            if (!lastAttempt) {
                insertRun(3);
            }
            var fence = claim(runs, epoch, A, run);
            var otherFence =
                    this == CLAIMED_TWICE || this == MARKED_AND_CLAIMED_TWICE ? claim(runs, epoch, B, run) : null;
            var scene = new Scene(run, epoch, fence, lastAttempt ? List.of(fence.claimId()) : List.of(), otherFence);
            switch (this) {
                case CLAIMED, CLAIMED_FOR_THE_LAST_ATTEMPT, CLAIMED_TWICE -> {}
                case RELEASED -> Step.RELEASE.apply(first, scene);
                case MARKED, MARKED_FOR_THE_LAST_ATTEMPT, MARKED_AND_CLAIMED_TWICE -> Step.MARK.apply(first, scene);
                case HANDED_BACK -> {
                    Step.MARK.apply(first, scene);
                    Step.HAND_BACK.apply(first, scene);
                }
                case RESET_BY_HAND -> {
                    Step.MARK.apply(first, scene);
                    Step.RESET.apply(first, scene);
                }
                case RETRY_DUE -> Step.SETTLE_RETRY.apply(first, scene);
                case RETRY_PROMOTED -> {
                    Step.SETTLE_RETRY.apply(first, scene);
                    Step.PROMOTE.apply(first, scene);
                }
                case RESCUED -> Step.RESCUE.apply(first, scene);
            }
            return scene;
        }

        /** What may happen in it: the other node has something to say only where it has a claim. */
        Set<Step> steps() {
            return this == CLAIMED_TWICE || this == MARKED_AND_CLAIMED_TWICE
                    ? EnumSet.allOf(Step.class)
                    : EnumSet.complementOf(EnumSet.of(Step.MARK_BY_THE_OTHER, Step.SETTLE_BY_THE_OTHER));
        }

        private static UUID insertRun(int maxAttempts) {
            return Objects.requireNonNull(DATABASE.one(
                    UUID.class,
                    "INSERT INTO runs (agent_id, plan, max_attempts) VALUES ('agent', '{}', ?) RETURNING id",
                    maxAttempts));
        }

        private static Fence claim(RunStore runs, long epoch, UUID node, UUID run) {
            var claimed =
                    (ClaimResult.Claimed) runs.claim(epoch, node, 10, Position.START, List.of(), DEFAULT_MAX_ATTEMPTS);
            return claimed.runs().stream()
                    .filter(it -> it.id().equals(run))
                    .findFirst()
                    .orElseThrow()
                    .under(claimed.claimId());
        }
    }

    /** One thing that may happen. A step that is fenced says whether its write counted. */
    private enum Step {
        CLAIM {
            @Override
            @Nullable
            Boolean apply(Session session, Scene scene) {
                session.runs().claim(scene.epoch(), B, 10, Position.START, List.of(), DEFAULT_MAX_ATTEMPTS);
                return null;
            }
        },
        MARK {
            @Override
            Boolean apply(Session session, Scene scene) {
                return session.runs()
                        .mark(A, List.of(new Mark(scene.fence(), LONG_AGO)), scene.finished())
                        .contains(scene.run());
            }
        },
        /** Changes what is kept of the run, and never the run. */
        CHECKPOINT {
            @Override
            @Nullable
            Boolean apply(Session session, Scene scene) {
                checkpoint(session, scene);
                return null;
            }
        },
        SETTLE {
            @Override
            Boolean apply(Session session, Scene scene) {
                return settle(session, A, scene, scene.fence(), new Outcome.Succeeded("{}"));
            }
        },
        SETTLE_RETRY {
            @Override
            Boolean apply(Session session, Scene scene) {
                return settle(session, A, scene, scene.fence(), new Outcome.Retry("not yet", Duration.ZERO));
            }
        },
        MARK_BY_THE_OTHER {
            @Override
            @Nullable
            Boolean apply(Session session, Scene scene) {
                return scene.otherFence() == null
                        ? null
                        : session.runs()
                                .mark(B, List.of(new Mark(scene.otherFence(), LONG_AGO)), List.of())
                                .contains(scene.run());
            }
        },
        SETTLE_BY_THE_OTHER {
            @Override
            @Nullable
            Boolean apply(Session session, Scene scene) {
                return scene.otherFence() == null
                        ? null
                        : settle(session, B, scene, scene.otherFence(), new Outcome.Succeeded("{}"));
            }
        },
        HAND_BACK {
            @Override
            Boolean apply(Session session, Scene scene) {
                return session.runs()
                        .handBack(List.of(scene.fence()), scene.finished())
                        .contains(scene.run());
            }
        },
        RELEASE {
            @Override
            @Nullable
            Boolean apply(Session session, Scene scene) {
                session.runs().release(A, List.of(scene.fence().claimId()));
                return null;
            }
        },
        RESCUE {
            @Override
            Boolean apply(Session session, Scene scene) {
                var rescued = session.runs().rescue(A, DEFAULT_MAX_ATTEMPTS);
                return rescued.requeued().contains(scene.run())
                        || rescued.failed().contains(scene.run());
            }
        },
        PROMOTE {
            @Override
            Boolean apply(Session session, Scene scene) {
                return session.runs().promote(10, OffsetDateTime.MIN).promoted() > 0;
            }
        },
        CHANGE_OF_POLLER {
            @Override
            @Nullable
            Boolean apply(Session session, Scene scene) {
                session.leases().release("poller", "one", scene.epoch());
                session.leases().acquire("poller", "two", LONG_AGO);
                return null;
            }
        },
        /** The runbook's. */
        RESET {
            @Override
            Boolean apply(Session session, Scene scene) {
                return session.update("UPDATE runs SET status = 'queued', started_at = NULL WHERE status = 'running'"
                                + " AND started_at < now() - interval '60 minutes'")
                        > 0;
            }
        },
        CANCEL {
            @Override
            Boolean apply(Session session, Scene scene) {
                return session.update(
                                "UPDATE runs SET status = 'cancelled', completed_at = now()"
                                        + " WHERE id = ? AND status NOT IN ('succeeded', 'failed', 'cancelled')",
                                scene.run())
                        > 0;
            }
        },
        DELETE {
            @Override
            Boolean apply(Session session, Scene scene) {
                return session.update("DELETE FROM runs WHERE id = ?", scene.run()) > 0;
            }
        };

        /** Whether it changed the run; null where it never does. */
        abstract @Nullable Boolean apply(Session session, Scene scene);

        /** Whether it was kept. */
        static boolean checkpoint(Session session, Scene scene) {
            var step = new Checkpoint(scene.fence(), "a", "noop", "{}", null, 1, Duration.ZERO, Duration.ZERO);
            return session.runs().checkpoint(List.of(step)).contains(scene.run());
        }

        private static Boolean settle(Session session, UUID node, Scene scene, Fence fence, Outcome outcome) {
            // Open on both sides, as where the acknowledgement of the mark is missing: every other settlement matches
            // less.
            var settlement = new Settlement(fence, true, true, outcome, Duration.ofMillis(5), Duration.ZERO);
            var finished = fence.equals(scene.fence()) ? scene.finished() : List.<Long>of();
            return session.runs().settle(node, List.of(settlement), finished).contains(scene.run());
        }
    }

    @BeforeAll
    static void writeEveryChangeDown() throws SQLException {
        DATABASE.execute("""
                CREATE TABLE steps (
                  n bigint GENERATED ALWAYS AS IDENTITY, pid int NOT NULL, run uuid NOT NULL, max_attempts int,
                  before text NOT NULL, after text, attempts_before int NOT NULL, attempts_after int);
                CREATE FUNCTION write_down() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                  IF TG_OP = 'DELETE' THEN
                    INSERT INTO steps (pid, run, before, attempts_before)
                    VALUES (pg_backend_pid(), OLD.id, OLD.status, OLD.attempts);
                  ELSE
                    INSERT INTO steps (pid, run, max_attempts, before, after, attempts_before, attempts_after)
                    VALUES (pg_backend_pid(), OLD.id, NEW.max_attempts, OLD.status, NEW.status, OLD.attempts,
                            NEW.attempts);
                  END IF;
                  RETURN NULL;
                END
                $$;
                CREATE TRIGGER write_down AFTER UPDATE OR DELETE ON runs FOR EACH ROW EXECUTE FUNCTION write_down();
                CREATE TABLE claims_made (run uuid NOT NULL);
                CREATE FUNCTION write_claim_down() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                  INSERT INTO claims_made SELECT unnest(NEW.run_ids);
                  RETURN NULL;
                END
                $$;
                CREATE TRIGGER write_down AFTER INSERT ON claims FOR EACH ROW EXECUTE FUNCTION write_claim_down();
                """);
        first = Session.open();
        second = Session.open();
        other = Executors.newSingleThreadExecutor();
    }

    @AfterAll
    static void close() throws SQLException {
        other.shutdownNow();
        first.connection().close();
        second.connection().close();
    }

    static Stream<Arguments> pairs() {
        return Stream.of(State.values())
                .flatMap(state -> state.steps().stream()
                        .flatMap(one -> state.steps().stream().map(two -> Arguments.of(state, one, two))));
    }

    @ParameterizedTest(name = "{0}: {1}, then {2}")
    @MethodSource("pairs")
    void oneAfterTheOtherNothingIsLostOrEndedTwice(State state, Step one, Step two) {
        var scene = state.arrange();

        applyAndCheckItsAnswer(one, first, scene);
        applyAndCheckItsAnswer(two, second, scene);

        assertNothingIsLost();
        assertEverythingEndsOnce(scene, true);
        assertTheStory(state, one, two);
    }

    @ParameterizedTest(name = "{0}: {1} beside {2}")
    @MethodSource("pairs")
    void atTheSameMomentNothingIsLostOrEndedTwice(State state, Step one, Step two) throws Exception {
        var scene = state.arrange();

        first.connection().setAutoCommit(false);
        try {
            applyAndCheckItsAnswer(one, first, scene);
            var beside = other.submit(() -> applyAndCheckItsAnswer(two, second, scene));
            untilOverOrWaiting(beside);
            first.connection().commit();
            beside.get(10, TimeUnit.SECONDS);
        } finally {
            first.connection().rollback();
            first.connection().setAutoCommit(true);
        }

        assertNothingIsLost();
        assertEverythingEndsOnce(scene, false);
        assertTheStory(state, one, two);
    }

    @Test
    void aMarkThatIsTriedAgainBesideItselfIsAcknowledgedBothTimes() throws Exception {
        var scene = State.CLAIMED.arrange();

        first.connection().setAutoCommit(false);
        try {
            assertThat(Step.MARK.apply(first, scene)).isTrue();
            var again = other.submit(() -> Step.MARK.apply(second, scene));
            untilOverOrWaiting(again);
            first.connection().commit();
            assertThat(again.get(10, TimeUnit.SECONDS)).isTrue();
        } finally {
            first.connection().rollback();
            first.connection().setAutoCommit(true);
        }

        assertThat(DATABASE.one(Integer.class, "SELECT attempts FROM runs WHERE id = ?", scene.run()))
                .isEqualTo(1);
    }

    /** A rescue locks claims and then runs; a write that did it the other way round deadlocked with it. */
    @ParameterizedTest
    @EnumSource(names = {"MARK", "SETTLE", "HAND_BACK"})
    void aRescueInTheMiddleOfAWriteWaitsForItsEnd(Step step) throws Exception {
        var scene = (step == Step.HAND_BACK ? State.MARKED : State.CLAIMED).arrange();
        var finishing = new Scene(
                scene.run(), scene.epoch(), scene.fence(), List.of(scene.fence().claimId()), null);
        // The write stops when it holds the row of the run, until the test lets it go on.
        DATABASE.execute("""
                CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                  PERFORM pg_advisory_xact_lock(1);
                  RETURN NEW;
                END
                $$;
                CREATE TRIGGER stop BEFORE UPDATE ON runs FOR EACH ROW EXECUTE FUNCTION stop();
                SELECT pg_advisory_lock(1);
                """);
        try (var threads = Executors.newFixedThreadPool(2)) {
            var write = threads.submit(() -> step.apply(first, finishing));
            var test = Objects.requireNonNull(DATABASE.one(Integer.class, "SELECT pg_backend_pid()"));
            untilWaiting(first.pid(), test);
            var rescue = threads.submit(() -> Step.RESCUE.apply(second, finishing));
            untilWaiting(second.pid(), first.pid());
            DATABASE.execute("SELECT pg_advisory_unlock(1)");

            assertThat(write.get(10, TimeUnit.SECONDS)).isTrue();
            assertThat(rescue.get(10, TimeUnit.SECONDS)).isFalse();
        } finally {
            DATABASE.execute("SELECT pg_advisory_unlock_all()");
            DATABASE.execute("DROP TRIGGER stop ON runs; DROP FUNCTION stop()");
        }
    }

    /** Or whoever executes the run next would read its steps before the last of them is there. */
    @Test
    void aRescueBesideACheckpointWaitsForIt() throws Exception {
        var scene = State.MARKED.arrange();

        besideTheFirst(
                () -> assertThat(Step.checkpoint(first, scene)).isTrue(), () -> Step.RESCUE.apply(second, scene));

        assertThat(first.count("SELECT count(*) FROM run_steps WHERE run_id = ?", scene.run()))
                .isEqualTo(1);
    }

    @Test
    void aCheckpointBesideARescueIsFencedOut() throws Exception {
        var scene = State.MARKED.arrange();

        besideTheFirst(
                () -> assertThat(Step.RESCUE.apply(first, scene)).isTrue(), () -> Step.checkpoint(second, scene));

        assertThat(first.count("SELECT count(*) FROM run_steps WHERE run_id = ?", scene.run()))
                .isZero();
    }

    private static void besideTheFirst(Runnable one, Callable<Boolean> two) throws Exception {
        DATABASE.execute("DELETE FROM run_steps");
        first.connection().setAutoCommit(false);
        try {
            one.run();
            var beside = other.submit(two);
            untilOverOrWaiting(beside);
            assertThat(beside).as("it waits").isNotDone();
            first.connection().commit();
            beside.get(10, TimeUnit.SECONDS);
        } finally {
            first.connection().rollback();
            first.connection().setAutoCommit(true);
        }
    }

    private static void untilWaiting(int waiting, int forWhom) {
        await().pollInterval(Duration.ofMillis(1))
                .until(() -> DATABASE.one(Boolean.class, "SELECT ? = ANY (pg_blocking_pids(?))", forWhom, waiting));
    }

    /** A step says that it changed the run exactly when it did: who is fenced out learns of it. */
    private static void applyAndCheckItsAnswer(Step step, Session session, Scene scene) {
        var before = session.count("SELECT coalesce(max(n), 0) FROM steps");
        var answer = step.apply(session, scene);
        var changes = session.count(
                "SELECT count(*) FROM steps WHERE n > ? AND pid = ? AND run = ?", before, session.pid(), scene.run());
        assertThat(changes)
                .as("changes made by a %s that answered %s", step, answer)
                .isEqualTo(Boolean.TRUE.equals(answer) ? 1 : 0);
    }

    private static void untilOverOrWaiting(Future<?> beside) {
        while (!beside.isDone()
                && !Boolean.TRUE.equals(DATABASE.one(
                        Boolean.class, "SELECT ? = ANY (pg_blocking_pids(?))", first.pid(), second.pid()))) {
            Thread.onSpinWait();
        }
    }

    private static void assertNothingIsLost() {
        assertThat(first.count(
                        "SELECT count(*) FROM runs WHERE status = 'running'"
                                + " AND (claimed_by IS NULL OR claim_id IS NULL OR claimed_by NOT IN (?, ?))",
                        A,
                        B))
                .as("running, and held by nobody")
                .isZero();
    }

    /** Both nodes go, the last one does what there is to do, and those that are gone learn nothing of it. */
    private static void assertEverythingEndsOnce(Scene scene, boolean marked) {
        var runs = first.runs();
        DATABASE.execute("UPDATE leases SET expires_at = '-infinity'");
        var epoch = first.leases().acquire("poller", "last", LONG_AGO).orElseThrow();
        for (var holder : DATABASE.database().nodes().holders(true)) {
            runs.rescue(holder.node(), DEFAULT_MAX_ATTEMPTS);
        }
        runs.promote(10, OffsetDateTime.MIN);
        var open = first.count("SELECT count(*) FROM runs WHERE status NOT IN ('succeeded', 'failed', 'cancelled')");
        assertThat(first.count("SELECT count(*) FROM claims")).isZero();

        var claim = runs.claim(epoch, LAST_NODE, 10, Position.START, List.of(), DEFAULT_MAX_ATTEMPTS);
        var fences = claim instanceof ClaimResult.Claimed(var claimId, var claimed, var _)
                ? claimed.stream().map(run -> run.under(claimId)).toList()
                : List.<Fence>of();
        if (marked) {
            var marks =
                    fences.stream().map(fence -> new Mark(fence, Duration.ZERO)).toList();
            assertThat(runs.mark(LAST_NODE, marks, List.of())).hasSameSizeAs(fences);
        }
        assertZombiesAreFencedOut(scene);
        var settlements = fences.stream()
                .map(fence -> new Settlement(
                        fence, !marked, marked, new Outcome.Succeeded("{}"), Duration.ZERO, Duration.ZERO))
                .toList();
        assertThat(runs.settle(LAST_NODE, settlements, List.of())).hasSize(Math.toIntExact(open));
    }

    private static void assertZombiesAreFencedOut(Scene scene) {
        var before = first.count("SELECT count(*) FROM steps");
        for (var step : List.of(
                Step.MARK,
                Step.SETTLE,
                Step.HAND_BACK,
                Step.MARK_BY_THE_OTHER,
                Step.SETTLE_BY_THE_OTHER,
                Step.RESCUE)) {
            assertThat(step.apply(first, scene))
                    .as("%s of a node that is gone", step)
                    .isNotEqualTo(true);
        }
        assertThat(first.count("SELECT count(*) FROM steps")).isEqualTo(before);
    }

    /** What the trigger wrote down, from the first step to the last. */
    private static void assertTheStory(State state, Step one, Step two) {
        var steps = List.of(one, two);
        // Whoever resets by hand, or retries after the last attempt, grants one more.
        var granted = state == State.RESET_BY_HAND || steps.contains(Step.RESET) || steps.contains(Step.SETTLE_RETRY);
        var givenBack = Stream.of(state == State.HANDED_BACK, one == Step.HAND_BACK, two == Step.HAND_BACK)
                .filter(it -> it)
                .count();
        assertThat(DATABASE.rows("""
                        WITH step AS MATERIALIZED (
                          SELECT *, before IN ('succeeded', 'failed', 'cancelled') AS had_ended,
                                 after IN ('succeeded', 'failed', 'cancelled') AS has_ended FROM steps
                        )
                        SELECT 'has not ended exactly once' AS violation, id::text AS step FROM runs
                        WHERE (SELECT count(*) FROM step WHERE run = id AND has_ended AND NOT had_ended) <> 1
                           OR status NOT IN ('succeeded', 'failed', 'cancelled')
                        UNION ALL
                        SELECT 'ended twice', run::text FROM step WHERE has_ended GROUP BY run HAVING count(*) > 1
                        UNION ALL
                        SELECT 'changed after its end', step::text FROM step WHERE had_ended AND after IS NOT NULL
                        UNION ALL
                        SELECT 'charged otherwise than once', step::text FROM step
                        WHERE after IS NOT NULL AND attempts_after - attempts_before <> CASE
                          -- marked; settled without a mark; rescued without a mark
                          WHEN before = 'queued' AND after <> 'cancelled' THEN 1
                          -- handed back; or rescued, or reset by hand
                          WHEN before = 'running' AND after = 'queued' AND attempts_after < attempts_before THEN -1
                          ELSE 0 END
                        UNION ALL
                        SELECT 'charged more often than claimed', run::text FROM step
                        GROUP BY run HAVING sum(attempts_after - attempts_before)
                                            > (SELECT count(*) FROM claims_made c WHERE c.run = step.run)
                        UNION ALL
                        SELECT 'more attempts than allowed', step::text FROM step WHERE attempts_after > max_attempts + ?
                        UNION ALL
                        SELECT 'given back more often than handed back', count(*)::text FROM step
                        WHERE attempts_after < attempts_before HAVING count(*) > ?
                        """, granted ? 1 : 0, givenBack)).isEmpty();
    }
}
