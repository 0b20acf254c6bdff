package com.agenticverz.nova.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TestDatabaseTest {

    @Test
    void aDatabaseIsMigratedAndItsOwn() {
        try (var one = TestDatabase.create();
                var other = TestDatabase.create()) {
            var id = one.insertRun();

            assertThat(one.one(String.class, "SELECT status FROM runs WHERE id = ?", id))
                    .isEqualTo("queued");
            assertThat(other.one(Long.class, "SELECT count(*) FROM runs")).isZero();
        }
    }

    @Test
    void anEmptyDatabaseHasNoTable() {
        try (var empty = TestDatabase.createEmpty()) {
            assertThat(empty.rows("SELECT 1 FROM pg_tables WHERE schemaname = 'public'"))
                    .isEmpty();
        }
    }
}
