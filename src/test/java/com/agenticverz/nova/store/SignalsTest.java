package com.agenticverz.nova.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Outcome;
import com.agenticverz.nova.store.SignalRefusedException.Reason;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A signal and the run that it is for: in every order, and at the same moment. */
class SignalsTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    private static final UUID NODE = new UUID(0, 0xa);
    private static final Duration LONG = Duration.ofDays(1);

    private static Connection connection;
    private static RunStore inTransaction;
    private static ExecutorService other;

    private final RunStore runs = DATABASE.database().runs();
    private long epoch;

    @BeforeAll
    static void connect() {
        connection = DATABASE.connect();
        inTransaction = new RunStore(Database.withArrays(Jdbi.create(connection)));
        other = Executors.newSingleThreadExecutor();
    }

    @AfterAll
    static void close() throws SQLException {
        other.shutdownNow();
        connection.close();
    }

    @BeforeEach
    void empty() {
        DATABASE.empty("runs, claims, nodes");
        DATABASE.execute("UPDATE leases SET expires_at = '-infinity', idle = false");
        epoch = DATABASE.database()
                .leases()
                .acquire("poller", "test", Duration.ofHours(1))
                .orElseThrow();
    }

    // --- one after the other

    @Test
    void oneThatComesWhileTheRunSleepsWakesItAndIsTaken() {
        var fence = running();
        assertThat(look(fence, "a", "go").payloadJson()).isNull();
        sleep(fence, Set.of("stop", "go"), 0);
        assertThat(row(fence)).containsEntry("status", "scheduled");
        assertThat(waitsFor(fence)).containsExactlyInAnyOrder("stop", "go");

        assertThat(signal(fence.runId(), "go", "{\"by\": \"Ada\"}")).isEqualTo(Signalled.WOKEN);

        assertThat(row(fence))
                .containsEntry("status", "queued")
                .containsEntry("attempts", 0)
                .containsEntry("waits_for", null)
                .containsEntry("signals", 1);
        var again = mark(claimed());
        assertThat(look(again, "a", "go").payloadJson()).isEqualTo("{\"by\": \"Ada\"}");
        assertThat(look(again, "a", "go").payloadJson()).as("again").isEqualTo("{\"by\": \"Ada\"}");
        assertThat(look(again, "b", "go").payloadJson()).as("another step").isNull();
    }

    @Test
    void oneThatComesBeforeIsKeptUntilTheRunAsks() {
        var id = DATABASE.insertRun();
        assertThat(signal(id, "go", "1")).isEqualTo(Signalled.KEPT);
        assertThat(signal(id, "go", "2")).isEqualTo(Signalled.KEPT);

        var fence = mark(claimed());

        assertThat(look(fence, "a", "go")).isEqualTo(new SignalLook("1", Duration.ZERO, 2));
        assertThat(look(fence, "b", "go").payloadJson()).isEqualTo("2");
        assertThat(look(fence, "c", "go").payloadJson()).isNull();
        assertThat(look(fence, "a", "other").payloadJson())
                .as("of another name")
                .isNull();
    }

    @Test
    void oneThatComesBetweenTheLookAndTheSleepEndsTheSleepBeforeItBegins() {
        var fence = running();
        int seen = look(fence, "a", "go").signalsSeen();
        assertThat(signal(fence.runId(), "go", "1")).isEqualTo(Signalled.KEPT);

        sleep(fence, Set.of("go"), seen);

        assertThat(row(fence))
                .containsEntry("status", "queued")
                .containsEntry("attempts", 0)
                .containsEntry("waits_for", null);
        assertThat(look(mark(claimed()), "a", "go").payloadJson()).isEqualTo("1");
    }

    @Test
    void whoHasSeenAllThereIsSleepsOverWhatIsNotForIt() {
        var fence = running();
        signal(fence.runId(), "other", "1");

        sleep(fence, Set.of("go"), look(fence, "a", "go").signalsSeen());

        assertThat(row(fence)).containsEntry("status", "scheduled");
        assertThat(signal(fence.runId(), "other", "2")).isEqualTo(Signalled.KEPT);
        assertThat(row(fence)).containsEntry("status", "scheduled");
    }

    @Test
    void whoHasNotLookedSleepsAndIsWokenByTheNext() {
        var fence = running();
        signal(fence.runId(), "go", "1");

        sleep(fence, Set.of("go"), null);

        assertThat(row(fence)).containsEntry("status", "scheduled");
        assertThat(signal(fence.runId(), "go", "2")).isEqualTo(Signalled.WOKEN);
    }

    @Test
    void aRunThatSleepsForATimeIsNotWoken() {
        var fence = running();
        assertThat(runs.snooze(List.of(new Sleeper(fence, LONG)), List.of())).hasSize(1);

        assertThat(signal(fence.runId(), "go", "1")).isEqualTo(Signalled.KEPT);

        assertThat(row(fence)).containsEntry("status", "scheduled").containsEntry("waits_for", null);
    }

    @Test
    void aRunOfWhichNothingWasExecutedMayYetExpire() {
        var started = running();
        var notStarted = running();
        DATABASE.execute("UPDATE runs SET expires_at = '2001-01-01'");

        runs.snooze(
                List.of(new Sleeper(started, LONG), new Sleeper(notStarted, LONG, Set.of(), null, false)), List.of());

        assertThat(row(started)).containsEntry("expires_at", null);
        assertThat(row(notStarted)).extractingByKey("expires_at").isNotNull();
    }

    @Test
    void whatIsDueIsPromotedAndNoLongerWaits() {
        var fence = running();
        runs.snooze(List.of(new Sleeper(fence, Duration.ZERO, Set.of("go"), 0, true)), List.of());

        await().until(() -> runs.promote(10, OffsetDateTime.MIN).promoted() == 1);

        assertThat(row(fence)).containsEntry("status", "queued").containsEntry("waits_for", null);
        assertThat(signal(fence.runId(), "go", "1")).isEqualTo(Signalled.KEPT);
    }

    @Test
    void thePollerIsToldOnlyWhileItIsIdle() throws Exception {
        try (var listener = DATABASE.connect();
                var listen = listener.createStatement()) {
            listen.execute("LISTEN nova_runs");
            var heard = listener.unwrap(org.postgresql.PGConnection.class);
            var busy = running();
            sleep(busy, Set.of("go"), 0);
            signal(busy.runId(), "go", "1");
            assertThat(heard.getNotifications(100)).isEmpty();
            DATABASE.execute("UPDATE runs SET status = 'cancelled'");
            var idle = running();
            sleep(idle, Set.of("go"), 0);
            runs.setIdle(epoch, true);

            signal(idle.runId(), "stop", "1");
            assertThat(heard.getNotifications(100)).as("nothing is to do").isEmpty();
            signal(idle.runId(), "go", "1");

            assertThat(heard.getNotifications(20_000)).hasSize(1);
        }
    }

    @Test
    void aNameIsTakenAsItIs() {
        var name = "it's \"a\\b\", {c} & %d; NULL";
        var fence = running();
        look(fence, "a", name);
        sleep(fence, Set.of(name), 0);

        assertThat(waitsFor(fence)).containsExactly(name);
        assertThat(signal(fence.runId(), name, "null")).isEqualTo(Signalled.WOKEN);
        assertThat(look(mark(claimed()), "a", name).payloadJson()).isEqualTo("null");
    }

    // --- doubled, late, refused

    @Test
    void whatIsSentTwiceWithTheSameKeyIsThereOnce() {
        var id = DATABASE.insertRun();
        var another = DATABASE.insertRun();
        var store = DATABASE.database().interventions();

        assertThat(store.signal(id, "go", "1", "k")).isEqualTo(Signalled.KEPT);
        assertThat(store.signal(id, "go", "2", "k")).isEqualTo(Signalled.KNOWN);
        assertThat(store.signal(another, "go", "3", "k")).as("another run").isEqualTo(Signalled.KEPT);

        assertThat(DATABASE.rows("SELECT payload FROM run_signals WHERE run_id = ?", id))
                .containsExactly(Map.of("payload", "1"));
        DATABASE.execute("UPDATE runs SET status = 'succeeded'");
        assertThat(store.signal(id, "go", "1", "k"))
                .as("the run has ended for it")
                .isEqualTo(Signalled.KNOWN);
    }

    @ParameterizedTest
    @ValueSource(strings = {"succeeded", "failed", "cancelled"})
    void aRunThatHasEndedTakesNone(String status) {
        var id = DATABASE.insertRun();
        DATABASE.execute("UPDATE runs SET status = ?, waits_for = '{go}'", status);

        assertRefused(
                id, "go", "1", null, Reason.RUN_HAS_ENDED, "run " + id + " is " + status + "; it takes no signal");
        assertThat(count("run_signals")).isZero();
    }

    static Stream<Arguments> refused() {
        var allowed = "'; allowed: 1 to 200 characters of visible ASCII and spaces";
        return Stream.of(
                Arguments.of("", "1", null, "the name of a signal is '" + allowed),
                Arguments.of("  ", "1", null, "the name of a signal is '  " + allowed),
                Arguments.of("grün", "1", null, "the name of a signal is 'grün" + allowed),
                Arguments.of("a\nb", "1", null, "the name of a signal is 'a"),
                Arguments.of("x".repeat(201), "1", null, "the name of a signal is '" + "x".repeat(200) + allowed),
                Arguments.of("go", "{", null, "invalid input syntax for type json"),
                Arguments.of("go", "\"\\u0000\"", null, "unsupported Unicode escape sequence"),
                Arguments.of(
                        "go",
                        "\"" + "x".repeat(999_999) + "\"",
                        null,
                        "the payload of a signal has 1000001 bytes; allowed: at most 1000000"),
                Arguments.of("go", "1", "", "the idempotency key of a signal has 0 bytes; allowed: 1 to 1000"),
                Arguments.of(
                        "go",
                        "1",
                        "k".repeat(1001),
                        "the idempotency key of a signal has 1001 bytes; allowed: 1 to 1000"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void whatIsNotAllowedChangesNothing(String name, String payload, @Nullable String key, String message) {
        var id = DATABASE.insertRun();

        assertRefused(id, name, payload, key, Reason.INVALID, message);

        assertThat(DATABASE.one(Integer.class, "SELECT signals FROM runs")).isNull();
        assertThat(count("run_signals")).isZero();
    }

    @Test
    void theLargestThatIsAllowedIsTaken() {
        var fence = running();
        var payload = "\"" + "x".repeat(999_998) + "\"";

        assertThat(DATABASE.database()
                        .interventions()
                        .signal(fence.runId(), "n".repeat(200), payload, "k".repeat(1000)))
                .isEqualTo(Signalled.KEPT);

        assertThat(look(fence, "a", "n".repeat(200)).payloadJson()).isEqualTo(payload);
    }

    @Test
    void aRunThatIsNotThereIsSaid() {
        var nobody = new UUID(0, 1);

        assertRefused(nobody, "go", "1", null, Reason.NO_SUCH_RUN, "there is no run " + nobody);
        assertThatThrownBy(() -> DATABASE.one(String.class, "SELECT nova_signal(NULL, 'go')"))
                .hasMessageContaining("there is no run NULL");
    }

    @Test
    void bySqlPayloadAndKeyNeedNotBeGiven() {
        var id = DATABASE.insertRun();

        assertThat(DATABASE.one(String.class, "SELECT nova_signal(?, 'go')", id))
                .isEqualTo("kept");
        assertThat(DATABASE.one(String.class, "SELECT nova_signal(?, 'go', NULL)", id))
                .isEqualTo("kept");
        assertThat(DATABASE.one(
                        String.class, "SELECT nova_signal(run_id => ?, name => 'go', idempotency_key => 'k')", id))
                .isEqualTo("kept");

        assertThat(DATABASE.rows("SELECT DISTINCT payload FROM run_signals"))
                .containsExactly(Map.of("payload", "null"));
    }

    @Test
    void signalsGoWithTheirRun() {
        var fence = running();
        look(fence, "a", "stop");
        signal(fence.runId(), "go", "1");
        var kept = running();
        signal(kept.runId(), "go", "1");

        DATABASE.execute("DELETE FROM runs WHERE id = ?", fence.runId());
        assertThat(DATABASE.one(UUID.class, "SELECT run_id FROM run_signals")).isEqualTo(kept.runId());
        assertThat(count("run_waits")).isZero();

        DATABASE.empty("runs");
        assertThat(count("run_signals")).isZero();
    }

    // --- whose it is

    @Test
    void whatAnAttemptTookThatDiedIsStillTheSteps() {
        var fence = running();
        signal(fence.runId(), "go", "1");
        look(fence, "a", "go");

        runs.rescue(NODE, 5);
        assertThat(runs.takeSignal(fence, "b", "go"))
                .as("of the attempt that died")
                .isEmpty();

        var again = mark(claimed());
        assertThat(look(again, "b", "go").payloadJson()).isNull();
        assertThat(look(again, "a", "go").payloadJson()).isEqualTo("1");
    }

    @Test
    void nobodyTakesOneWithoutTheMark() {
        var id = DATABASE.insertRun();
        signal(id, "go", "1");
        var claimed = claimed();
        assertThat(runs.takeSignal(claimed, "a", "go")).as("claimed").isEmpty();

        mark(claimed);
        var anothers = new Fence(id, claimed.claimId() + 1, 0);
        assertThat(runs.takeSignal(anothers, "a", "go"))
                .as("under another claim")
                .isEmpty();

        DATABASE.execute("UPDATE runs SET status = 'cancelled'");
        assertThat(runs.takeSignal(claimed, "a", "go")).as("cancelled").isEmpty();
        DATABASE.execute("DELETE FROM runs");
        assertThat(runs.takeSignal(claimed, "a", "go")).as("deleted").isEmpty();
        assertThat(count("run_waits")).isZero();
    }

    @Test
    void theWaitIsMeasuredFromTheFirstLookWhateverComesBetween() {
        var fence = running();
        assertThat(look(fence, "a", "go").waited()).isZero();
        DATABASE.execute("UPDATE run_waits SET since = since - interval '1 hour'");
        sleep(fence, Set.of("go"), 0);
        DATABASE.execute("UPDATE runs SET status = 'queued', next_attempt_at = NULL");

        var again = mark(claimed());

        assertThat(look(again, "a", "go").waited()).isBetween(Duration.ofHours(1), Duration.ofHours(2));
        assertThat(look(again, "b", "go").waited()).as("another step").isZero();
        signal(fence.runId(), "go", "1");
        assertThat(look(again, "a", "go").waited()).isGreaterThan(Duration.ofHours(1));
    }

    // --- at the same moment

    @Test
    void theSleepWaitsForWhoSignalsAndThenDoesNotBegin() throws Exception {
        var fence = running();
        int seen = look(fence, "a", "go").signalsSeen();

        beside(() -> signalInTransaction(fence, "go"), () -> sleep(fence, Set.of("go"), seen));

        assertThat(row(fence)).containsEntry("status", "queued").containsEntry("signals", 1);
    }

    @Test
    void whoSignalsWaitsForTheSleepAndThenEndsIt() throws Exception {
        var fence = running();
        int seen = look(fence, "a", "go").signalsSeen();

        var became = beside(
                () -> inTransaction.snooze(List.of(new Sleeper(fence, LONG, Set.of("go"), seen, true)), List.of()),
                () -> signal(fence.runId(), "go", "1"));

        assertThat(became).isEqualTo(Signalled.WOKEN);
        assertThat(row(fence)).containsEntry("status", "queued").containsEntry("signals", 1);
    }

    /** The look waits for the row of the run, and has looked at the signals before. */
    @Test
    void aLookBesideWhoSignalsDoesNotSeeWhatItDidNotCount() throws Exception {
        var fence = running();

        var look = beside(() -> signalInTransaction(fence, "go"), () -> look(fence, "a", "go"));

        boolean hasIt = look.payloadJson() != null;
        assertThat(look.signalsSeen()).isEqualTo(hasIt ? 1 : 0);
        assertThat(hasIt).as("or this shows nothing").isFalse();
        sleep(fence, Set.of("go"), look.signalsSeen());
        assertThat(row(fence)).containsEntry("status", "queued");
    }

    @Test
    void twoStepsThatLookAtTheSameMomentGetDifferentSignals() throws Exception {
        var fence = running();
        signal(fence.runId(), "go", "1");
        signal(fence.runId(), "go", "2");

        var second = beside(
                () -> assertThat(inTransaction
                                .takeSignal(fence, "a", "go")
                                .orElseThrow()
                                .payloadJson())
                        .isEqualTo("1"),
                () -> look(fence, "b", "go"));

        assertThat(second.payloadJson()).isEqualTo("2");
    }

    /** A try that timed out may still be on its way to the database when the next one looks. */
    @Test
    void twoTriesOfAStepThatLookAtTheSameMomentGetOne() throws Exception {
        var fence = running();
        signal(fence.runId(), "go", "1");
        signal(fence.runId(), "go", "2");

        var second = beside(() -> inTransaction.takeSignal(fence, "a", "go"), () -> {
            try {
                return look(fence, "a", "go").payloadJson();
            } catch (RuntimeException e) {
                return Database.sqlState(e);
            }
        });

        assertThat(second).as("refused, and asks again").isEqualTo("23505");
        assertThat(look(fence, "a", "go").payloadJson()).isEqualTo("1");
        assertThat(look(fence, "b", "go").payloadJson()).isEqualTo("2");
    }

    @Test
    void aRescueBesideALookWaitsForItAndALookBesideARescueIsFencedOut() throws Exception {
        var fence = running();
        signal(fence.runId(), "go", "1");

        beside(() -> inTransaction.takeSignal(fence, "a", "go"), () -> runs.rescue(NODE, 5));

        var again = mark(claimed());
        assertThat(look(again, "a", "go").payloadJson()).isEqualTo("1");
        var late = beside(() -> inTransaction.rescue(NODE, 5), () -> runs.takeSignal(again, "b", "go"));
        assertThat(late).isEmpty();
    }

    @Test
    void theSameSentTwiceAtTheSameMomentIsThereOnce() throws Exception {
        var fence = running();

        var second = beside(
                () -> execute("SELECT nova_signal('" + fence.runId() + "', 'go', '1', 'k')"),
                () -> DATABASE.database().interventions().signal(fence.runId(), "go", "1", "k"));

        assertThat(second).isEqualTo(Signalled.KNOWN);
        assertThat(count("run_signals")).isEqualTo(1);
    }

    @Test
    void aSettlementBesideASignalEndsTheRun() throws Exception {
        var fence = running();

        beside(
                () -> signalInTransaction(fence, "go"),
                () -> runs.settle(
                        NODE,
                        List.of(new Settlement(
                                fence, false, true, new Outcome.Succeeded("{}"), Duration.ZERO, Duration.ZERO)),
                        List.of()));

        assertThat(row(fence)).containsEntry("status", "succeeded").containsEntry("signals", 1);
    }

    private static void signalInTransaction(Fence fence, String name) {
        execute("SELECT nova_signal('" + fence.runId() + "', '" + name + "', '1')");
    }

    private static void execute(String sql) {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The first has run in a transaction that is open; the second waits for it; then the first commits. */
    private static <T> T beside(Runnable first, Callable<T> second) throws Exception {
        connection.setAutoCommit(false);
        try {
            first.run();
            var beside = other.submit(second);
            await().pollInterval(Duration.ofMillis(1))
                    .until(() -> beside.isDone()
                            || Boolean.TRUE.equals(DATABASE.one(
                                    Boolean.class,
                                    "SELECT EXISTS (SELECT FROM pg_stat_activity"
                                            + " WHERE datname = current_database() AND wait_event_type = 'Lock')")));
            assertThat(beside).as("it waits").isNotDone();
            connection.commit();
            return beside.get(20, TimeUnit.SECONDS);
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    private void assertRefused(
            UUID run, String name, String payload, @Nullable String key, Reason reason, String message) {
        assertThatThrownBy(() -> DATABASE.database().interventions().signal(run, name, payload, key))
                .isInstanceOfSatisfying(SignalRefusedException.class, it -> {
                    assertThat(it.getMessage()).startsWith(message);
                    assertThat(it.reason()).isEqualTo(reason);
                });
    }

    private static Signalled signal(UUID run, String name, String payload) {
        return DATABASE.database().interventions().signal(run, name, payload, null);
    }

    private SignalLook look(Fence fence, String step, String name) {
        return runs.takeSignal(fence, step, name).orElseThrow();
    }

    private boolean sleep(Fence fence, Set<String> signals, @Nullable Integer seen) {
        assertThat(runs.snooze(List.of(new Sleeper(fence, LONG, signals, seen, true)), List.of()))
                .containsExactly(fence.runId());
        return true;
    }

    private Fence running() {
        DATABASE.insertRun();
        return mark(claimed());
    }

    private Fence claimed() {
        var claimed = (ClaimResult.Claimed) runs.claim(epoch, NODE, 1, Position.START, List.of(), 5);
        return claimed.runs().getFirst().under(claimed.claimId());
    }

    private Fence mark(Fence fence) {
        assertThat(runs.mark(NODE, List.of(new Mark(fence, Duration.ZERO)), List.of()))
                .hasSize(1);
        return fence;
    }

    private static Map<String, @Nullable Object> row(Fence fence) {
        return DATABASE.rows("SELECT * FROM runs WHERE id = ?", fence.runId()).getFirst();
    }

    private static List<String> waitsFor(Fence fence) {
        return DATABASE.rows("SELECT unnest(waits_for) AS name FROM runs WHERE id = ?", fence.runId()).stream()
                .map(it -> Objects.toString(it.get("name")))
                .toList();
    }

    private static long count(String table) {
        return Objects.requireNonNull(DATABASE.one(Long.class, "SELECT count(*) FROM " + table));
    }
}
