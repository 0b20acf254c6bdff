package com.agenticverz.nova.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScheduleStoreTest {

    @RegisterExtension
    static final TestDatabase DB = TestDatabase.create();

    private static final Instant TICK = Instant.parse("2026-01-31T10:00:00Z");
    private static final Actor ADA = new Actor("ada");
    private static long epoch;

    private final ScheduleStore schedules = DB.database().schedules();

    @BeforeAll
    static void lead() {
        epoch = DB.database()
                .leases()
                .acquire("poller", "test", Duration.ofHours(1))
                .orElseThrow();
    }

    @BeforeEach
    void empty() {
        DB.empty("runs, schedules, audit_log");
    }

    // --- a tick

    @Test
    void aTickIsARunWithAKeyAndTheScheduleMovesOn() {
        var due = due("queue");

        var ticked = schedules.tick(epoch, due, tick(0));

        assertThat(DB.rows("SELECT id, agent_id, goal, plan ->> 'steps' AS steps, priority, max_attempts, status,"
                        + " idempotency_key FROM runs"))
                .containsExactly(Map.of(
                        "id",
                        ticked.run(),
                        "agent_id",
                        "me",
                        "goal",
                        "of 2026-01-31T10:00:00Z",
                        "steps",
                        "[{\"skill\": \"echo\", \"params\": {\"day\": \"2026-01-31T10:00:00Z\"}}]",
                        "priority",
                        5,
                        "max_attempts",
                        3,
                        "status",
                        "queued",
                        "idempotency_key",
                        "schedule:s:2026-01-31T10:00:00Z"));
        assertThat(moment("next_tick_at")).isEqualTo(TICK.plusSeconds(60));
        assertThat(moment("last_tick_at")).isEqualTo(TICK);
        assertThat(DB.one(UUID.class, "SELECT last_run_id FROM schedules")).isEqualTo(ticked.run());
    }

    /** Its answer was lost, or another poller has done it. */
    @Test
    void theSameTickOnceMoreDoesNothing() {
        var due = due("queue");
        schedules.tick(epoch, due, tick(0));

        assertThat(schedules.tick(epoch, due, tick(0))).isEqualTo(new Ticked(true, false, null, null));

        assertThat(runs()).isEqualTo(1);
    }

    @Test
    void aTickThatWasDoneIsNotDoneAgainWhereSomebodyMovesTheScheduleBack() {
        var due = due("queue");
        schedules.tick(epoch, due, tick(0));
        DB.execute("UPDATE schedules SET next_tick_at = ?::timestamptz", TICK.toString());

        assertThat(schedules.tick(epoch, due, tick(0))).isEqualTo(new Ticked(true, true, null, null));

        assertThat(runs()).isEqualTo(1);
        assertThat(moment("next_tick_at")).isEqualTo(TICK.plusSeconds(60));
    }

    @Test
    void aDeposedPollerWritesNothing() {
        var due = due("queue");

        assertThat(schedules.tick(epoch - 1, due, tick(0))).isEqualTo(new Ticked(false, false, null, null));
        assertThat(schedules.sayError(epoch - 1, due, "bad")).isFalse();

        assertThat(runs()).isZero();
        assertThat(moment("next_tick_at")).isEqualTo(TICK);
        assertThat(DB.one(String.class, "SELECT error FROM schedules")).isNull();
    }

    @ParameterizedTest
    @CsvSource({"paused = true", "cron = '5 * * * *'", "time_zone = 'Europe/Berlin'"})
    void whatWasChangedSinceItWasReadIsLeftAlone(String change) {
        var due = due("queue");
        DB.execute("UPDATE schedules SET " + change);

        assertThat(schedules.tick(epoch, due, tick(0)).moved()).isFalse();
        // Not computed yet is not computed yet, before and after.
        assertThat(schedules.tick(epoch, due, new Tick(null, null, null, TICK)).moved())
                .isFalse();

        assertThat(runs()).isZero();
    }

    @Test
    void whatSomebodyElseHasLockedHoldsUpNobody() throws SQLException {
        var due = due("queue");
        try (var other = DB.connect();
                var statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("UPDATE schedules SET goal = 'another'");

            assertThat(schedules.tick(epoch, due, tick(0)).moved()).isFalse();
            assertThat(schedules.sayError(epoch, due, "bad")).isFalse();
            other.rollback();
        }
        assertThat(schedules.tick(epoch, due, tick(0)).moved()).isTrue();
    }

    @Test
    void whereThereIsNoTickItOnlyMoves() {
        schedules.tick(epoch, due("queue"), new Tick(TICK, null, null, TICK.plusSeconds(60)));

        assertThat(runs()).isZero();
        assertThat(moment("next_tick_at")).isEqualTo(TICK.plusSeconds(60));
        assertThat(DB.one(OffsetDateTime.class, "SELECT last_tick_at FROM schedules"))
                .isNull();
    }

    @Test
    void withJitterTheRunIsDueLater() {
        var later = Instant.parse("2100-01-31T10:00:00Z");
        schedules.tick(epoch, due("queue"), new Tick(TICK, TICK, later, TICK.plusSeconds(60)));

        assertThat(DB.rows("SELECT status, next_attempt_at FROM runs").toString())
                .contains("scheduled", "2100-01-31T10:00");
    }

    // --- overlap

    @Test
    void queueEnqueuesWhateverGoesOn() {
        assertThat(twoTicks("queue", "running").run()).isNotNull();
        assertThat(statuses()).containsExactly("running", "queued");
    }

    @Test
    void skipEnqueuesNothingWhileTheLastRunGoesOnButRemembersTheTick() {
        assertThat(twoTicks("skip", "running")).isEqualTo(new Ticked(true, true, null, null));
        assertThat(statuses()).containsExactly("running");
        assertThat(moment("last_tick_at")).isEqualTo(TICK.plusSeconds(60));
        DB.execute("UPDATE runs SET status = 'failed'");

        assertThat(schedules.tick(epoch, read(), tick(2)).run()).isNotNull();
    }

    @Test
    void cancelPreviousCancelsTheRunThatGoesOn() {
        var ticked = twoTicks("cancel_previous", "running");

        assertThat(ticked.cancelled()).isNotNull();
        assertThat(DB.rows("SELECT status, error_message FROM runs WHERE id = ?", ticked.cancelled()))
                .containsExactly(Map.of(
                        "status",
                        "cancelled",
                        "error_message",
                        "the next tick of schedule s came before it had ended"));
        assertThat(statuses()).containsExactly("cancelled", "queued");
    }

    @Test
    void cancelPreviousLeavesAloneWhatHasEnded() {
        assertThat(twoTicks("cancel_previous", "succeeded").cancelled()).isNull();
        assertThat(statuses()).containsExactly("succeeded", "queued");
    }

    /** Its node writes how it ended, or somebody has it by hand. */
    @Test
    void cancelPreviousWaitsForWhoeverWritesThatRun() throws SQLException {
        schedules.tick(epoch, due("cancel_previous"), tick(0));
        try (var other = DB.connect();
                var statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("UPDATE runs SET status = 'succeeded'");

            assertThat(schedules.tick(epoch, read(), tick(1))).isEqualTo(new Ticked(true, false, null, null));
            other.commit();
        }
        assertThat(schedules.tick(epoch, read(), tick(1)).moved()).isTrue();
        assertThat(statuses()).containsExactly("succeeded", "queued");
    }

    // --- what is due

    @Test
    void whatIsDueSoonOrNotComputedYetIsFoundButNotWhatIsPausedOrWrong() {
        insert("new", "");
        insert("late", "");
        insert("far", "");
        insert("paused", "");
        insert("wrong", "");
        DB.execute("UPDATE schedules SET next_tick_at = now() - interval '1 h' WHERE name IN ('late', 'paused')");
        DB.execute("UPDATE schedules SET next_tick_at = now() + interval '1 h' WHERE name = 'far'");
        DB.execute("UPDATE schedules SET paused = true WHERE name = 'paused'");
        DB.execute("UPDATE schedules SET error = 'bad' WHERE name = 'wrong'");

        assertThat(names(schedules.due(Duration.ofSeconds(5), false, 10))).containsExactly("new", "late");
        assertThat(names(schedules.due(Duration.ofSeconds(5), true, 10))).containsExactly("new", "late", "wrong");
        assertThat(names(schedules.due(Duration.ofHours(2), false, 10))).containsExactly("new", "late", "far");
        assertThat(names(schedules.due(Duration.ofHours(2), true, 1))).containsExactly("new");
    }

    private static List<String> names(ScheduleStore.Look look) {
        return look.schedules().stream().map(DueSchedule::name).toList();
    }

    // --- changes

    @Test
    void aChangeOfTheExpressionOrTheZoneOrTheEndOfAPauseBeginsAnew() {
        for (var change : List.of("cron = '1 * * * *'", "time_zone = 'Asia/Tokyo'", "paused = false")) {
            insertDue("queue");
            DB.execute("UPDATE schedules SET error = 'bad', paused = ?", change.startsWith("paused"));
            var before = moment("ticks_after");

            DB.execute("UPDATE schedules SET " + change);

            assertThat(DB.rows("SELECT next_tick_at, error FROM schedules").toString())
                    .as(change)
                    .isEqualTo("[{next_tick_at=null, error=null}]");
            assertThat(moment("ticks_after")).isAfter(before);
            DB.empty("schedules");
        }
    }

    @Test
    void anotherChangeLeavesTheNextTickAsItIs() {
        insertDue("queue");

        DB.execute("UPDATE schedules SET priority = 9, overlap = 'skip'");

        assertThat(moment("next_tick_at")).isEqualTo(TICK);
    }

    /** People's changes are in the log with their names, and the poller's own are not. */
    @Test
    void theAuditLogHasWhatPeopleChange() {
        schedules.set(ADA, schedule("0 * * * *"));
        DB.execute("UPDATE schedules SET next_tick_at = ?::timestamptz", TICK.toString());
        schedules.tick(epoch, read(), tick(0));
        schedules.sayError(epoch, read(), "bad");
        assertThat(schedules.set(ADA, schedule("0 * * * *")).created()).isFalse();
        schedules.set(ADA, schedule("1 * * * *"));
        assertThat(schedules.pause(ADA, "s", true)).isTrue();
        assertThat(schedules.pause(ADA, "nobody", true)).isFalse();
        assertThat(schedules.delete(ADA, "s")).isTrue();
        assertThat(schedules.delete(ADA, "s")).isFalse();

        assertThat(DB.rows(
                        "SELECT actor || ' ' || action || ' ' || subject_kind || ' ' || subject AS entry FROM audit_log"
                                + " ORDER BY id"))
                .map(it -> it.get("entry"))
                .containsExactly(
                        "ada insert schedules s",
                        "ada update schedules s",
                        "ada update schedules s",
                        "ada delete schedules s");
    }

    @Test
    void settingAScheduleAgainLeavesItPausedUnlessThatIsSaid() {
        schedules.set(ADA, schedule("0 * * * *"));
        schedules.pause(ADA, "s", true);

        assertThat(schedules.set(ADA, schedule("1 * * * *")).json())
                .contains("\"paused\": true", "\"cron\": \"1 * * * *\"");
        assertThat(schedules.schedule("s"))
                .hasValueSatisfying(it -> assertThat(it).contains("\"name\": \"s\""));
        assertThat(schedules.all()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    name = 'a b'          | schedules_name_is_allowed
                    overlap = 'replace'   | schedules_overlap_is_known
                    catch_up = 'some'     | schedules_catch_up_is_known
                    jitter_seconds = -1   | schedules_jitter_in_range
                    plan = '[]'           | schedules_plan_is_an_object
                    next_tick_at = 'infinity' | schedules_next_tick_at_finite
                    """)
    void whatCanBeToldInSqlIsRefusedThere(String change, String constraint) {
        insertDue("queue");

        assertThatThrownBy(() -> DB.execute("UPDATE schedules SET " + change)).hasStackTraceContaining(constraint);
    }

    private static NewSchedule schedule(String cron) {
        return new NewSchedule(
                "s",
                cron,
                "UTC",
                "me",
                TestDatabase.PLAN,
                null,
                0,
                null,
                null,
                null,
                Overlap.QUEUE,
                CatchUp.LAST,
                0,
                null);
    }

    // --- what they are made of

    private Ticked twoTicks(String overlap, String statusOfTheFirst) {
        schedules.tick(epoch, due(overlap), tick(0));
        DB.execute("UPDATE runs SET status = ?", statusOfTheFirst);
        return schedules.tick(epoch, read(), tick(1));
    }

    private DueSchedule due(String overlap) {
        insertDue(overlap);
        return read();
    }

    private void insertDue(String overlap) {
        insert("s", overlap);
        DB.execute("UPDATE schedules SET next_tick_at = ?::timestamptz", TICK.toString());
    }

    private static void insert(String name, String overlap) {
        DB.execute(
                "INSERT INTO schedules (name, cron, agent_id, plan, goal, priority, max_attempts, overlap)"
                        + " VALUES (?, '* * * * *', 'me', '{\"steps\": [{\"skill\": \"echo\", \"params\":"
                        + " {\"day\": \"{{tick}}\"}}]}', 'of {{tick}}', 5, 3, ?)",
                name,
                overlap.isEmpty() ? "queue" : overlap);
    }

    private DueSchedule read() {
        return schedules.due(Duration.ofDays(3650), true, 10).schedules().getFirst();
    }

    private static Tick tick(int minutes) {
        var at = TICK.plus(Duration.ofMinutes(minutes));
        return new Tick(at, at, null, at.plusSeconds(60));
    }

    private static @Nullable Instant moment(String column) {
        var moment = DB.one(OffsetDateTime.class, "SELECT " + column + " FROM schedules");
        return moment == null ? null : moment.toInstant();
    }

    private static long runs() {
        return DB.rows("SELECT 1 FROM runs").size();
    }

    private static List<Object> statuses() {
        return DB.rows("SELECT status FROM runs ORDER BY idempotency_key").stream()
                .map(it -> it.get("status"))
                .toList();
    }
}
