package com.agenticverz.nova.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetentionStoreTest {

    @RegisterExtension
    static final TestDatabase DB = TestDatabase.create();

    private static final UUID FIRST = new UUID(0, 0);
    private static final Retention A_DAY = new Retention(Duration.ofDays(1), Duration.ofDays(1), null);
    private static long epoch;

    private final RetentionStore store = DB.database().retention();

    @BeforeAll
    static void takeTheLease() {
        epoch = DB.database()
                .leases()
                .acquire("poller", "test", Duration.ofHours(1))
                .orElseThrow();
    }

    @BeforeEach
    void empty() {
        DB.empty("runs");
    }

    @ParameterizedTest
    @CsvSource({
        "succeeded, 25 hours, true",
        "succeeded, 23 hours, false",
        "cancelled, 25 hours, true",
        "cancelled, 23 hours, false",
        "failed, 1000 days, false",
        "queued, 1000 days, false",
        "scheduled, 1000 days, false",
        "retry, 1000 days, false",
        "running, 1000 days, false",
        "succeeded, , false",
    })
    void onlyWhatHasEndedLongEnoughAgoGoes(String status, String ended, boolean goes) {
        run(status, ended);

        assertThat(sweep(A_DAY).deleted()).isEqualTo(goes ? 1 : 0);
        assertThat(left()).hasSize(goes ? 0 : 1);
    }

    @Test
    void failedRunsGoWhereThatIsWanted() {
        run("failed", "2 hours");
        run("succeeded", "2 hours");

        assertThat(sweep(new Retention(null, null, Duration.ofHours(1)))).isEqualTo(new Swept(2, 1, null));
        assertThat(DB.one(String.class, "SELECT status FROM runs")).isEqualTo("succeeded");
    }

    @Test
    void nothingGoesWithoutTheLease() {
        run("succeeded", "1000 days");

        assertThat(store.sweep(epoch - 1, A_DAY, FIRST, 1000)).isEqualTo(new Swept(1, 0, null));
        assertThat(left()).hasSize(1);
    }

    @Test
    void whatStandsBesideARunGoesWithItAndNothingElse() {
        var old = run("succeeded", "2 days");
        var young = run("succeeded", "2 hours");
        for (var run : List.of(old, young)) {
            DB.execute("INSERT INTO run_steps VALUES (?, 'a', 'echo', '1', NULL, 1, 1, now(), now())", run);
            DB.execute("INSERT INTO step_progress VALUES (?, 'a', 0.5, 'half', NULL, 1, now())", run);
            DB.execute("INSERT INTO run_signals (run_id, name, payload) VALUES (?, 'go', '1')", run);
            DB.execute("INSERT INTO run_waits (run_id, step_id, name) VALUES (?, 'a', 'go')", run);
        }

        sweep(A_DAY);

        assertThat(left()).containsExactly(young);
        for (var table : List.of("run_steps", "step_progress", "run_signals", "run_waits")) {
            assertThat(DB.rows("SELECT run_id FROM " + table))
                    .as(table)
                    .singleElement()
                    .satisfies(row -> assertThat(row).containsEntry("run_id", young));
        }
    }

    @Test
    void aReRunStaysAsLongAsWhatItRepeats() {
        var failed = run("failed", "2 days");
        var again = run("succeeded", "2 days");
        DB.execute("UPDATE runs SET parent_run_id = ? WHERE id = ?", failed, again);

        assertThat(sweep(A_DAY).deleted()).isZero();

        DB.execute("DELETE FROM runs WHERE id = ?", failed);
        assertThat(sweep(A_DAY).deleted()).isEqualTo(1);
    }

    @Test
    void aRunThatIsLockedStaysAndHoldsUpNothing() throws SQLException {
        var locked = run("succeeded", "2 days");
        run("succeeded", "2 days");
        try (var other = DB.connect();
                var statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("SELECT FROM runs WHERE id = '" + locked + "' FOR UPDATE");

            assertThat(sweep(A_DAY).deleted()).isEqualTo(1);
            other.rollback();
        }
        assertThat(left()).containsExactly(locked);
        assertThat(sweep(A_DAY).deleted()).isEqualTo(1);
    }

    @Test
    void aPassGoesThroughIdsOfAnyKind() {
        DB.execute(
                "INSERT INTO runs (id, agent_id, plan, status, completed_at)"
                        + " SELECT gen_random_uuid(), 'a', '{}', 'succeeded', now() - interval '2 days' FROM generate_series(1, 50)");
        run("succeeded", "2 days");
        DB.execute("INSERT INTO runs (id, agent_id, plan, status, completed_at) VALUES"
                + " ('00000000-0000-0000-0000-000000000000', 'a', '{}', 'succeeded', now() - interval '2 days'),"
                + " ('ffffffff-ffff-ffff-ffff-ffffffffffff', 'a', '{}', 'succeeded', now() - interval '2 days')");

        int deleted = 0;
        UUID from = FIRST;
        while (from != null) {
            var swept = store.sweep(epoch, A_DAY, from, 7);
            deleted += swept.deleted();
            from = swept.next();
        }

        // The id that says it was made just now is passed over until a day has passed: nothing could have ended since.
        assertThat(deleted).isBetween(52, 53);
    }

    @Test
    void whatWasMadeTooLateToBeOldEnoughIsNotEvenLookedAt() {
        for (int i = 0; i < 10; i++) {
            DB.insertRun();
        }
        DB.execute("INSERT INTO runs (id, agent_id, plan) VALUES ('ffffffff-ffff-ffff-ffff-ffffffffffff', 'a', '{}')");

        var first = store.sweep(epoch, A_DAY, FIRST, 2);
        var second = store.sweep(epoch, A_DAY, Objects.requireNonNull(first.next()), 2);

        assertThat(first.looked()).isEqualTo(2);
        assertThat(second).isEqualTo(new Swept(1, 0, null));
    }

    /** @param ended how long ago; null: nobody knows */
    private static UUID run(String status, String ended) {
        return Objects.requireNonNull(DB.one(
                UUID.class,
                "INSERT INTO runs (agent_id, plan, status, created_at, completed_at)"
                        + " VALUES ('a', '{}', ?, now() - interval '2000 days', now() - ?::interval) RETURNING id",
                status,
                ended));
    }

    private Swept sweep(Retention retention) {
        return store.sweep(epoch, retention, FIRST, 1000);
    }

    private static List<UUID> left() {
        return DB.rows("SELECT id FROM runs").stream()
                .map(row -> (UUID) row.get("id"))
                .toList();
    }
}
