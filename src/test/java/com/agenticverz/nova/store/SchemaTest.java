package com.agenticverz.nova.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaTest {

    @Test
    void anEmptyDatabaseIsBroughtUpToDateOnce() {
        try (var database = TestDatabase.createEmpty()) {
            var schema = database.database().schema();
            assertThat(schema.version().current()).isEmpty();
            assertThat(schema.version().pending()).isEqualTo(TestDatabase.MIGRATIONS);

            assertThat(schema.migrate()).isEqualTo(TestDatabase.MIGRATIONS);
            assertThat(schema.migrate()).isZero();

            assertThat(database.database().schema().version())
                    .isEqualTo(new Schema.Version(TestDatabase.NEWEST, TestDatabase.NEWEST, 0));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void eightThatMigrateAtTheSameMomentDoItOnce(boolean amongForeignTables) throws Exception {
        try (var database = TestDatabase.createEmpty()) {
            if (amongForeignTables) {
                database.execute("CREATE TABLE agents (id int)");
            }
            var ready = new CyclicBarrier(8);
            try (var threads = Executors.newFixedThreadPool(8)) {
                var migrations = threads.invokeAll(IntStream.range(0, 8)
                        .<Callable<Integer>>mapToObj(_ -> () -> {
                            var schema = database.database().schema();
                            ready.await();
                            return schema.migrate();
                        })
                        .toList());

                assertThat(migrations)
                        .extracting(Future::get)
                        .containsExactlyInAnyOrder(TestDatabase.MIGRATIONS, 0, 0, 0, 0, 0, 0, 0);
            }
            database.insertRun();
        }
    }

    @Test
    void foreignTablesInTheSameSchemaAreLeftAlone() {
        try (var database = TestDatabase.createEmpty()) {
            database.execute("CREATE TABLE agents (id int)");
            database.execute("INSERT INTO agents VALUES (1)");

            database.database().schema().migrate();

            assertThat(database.one(Long.class, "SELECT count(*) FROM agents")).isEqualTo(1);
            assertThat(database.database().schema().version())
                    .isEqualTo(new Schema.Version(TestDatabase.NEWEST, TestDatabase.NEWEST, 0));
        }
    }

    /** It waited for the table itself, and every insert waited behind it. */
    @Test
    void besideATransactionThatStaysOpenItMigratesLaterAndHoldsUpNobodyForLong() throws Exception {
        try (var database = TestDatabase.createEmpty();
                // Ends last: it waits for the migration, and that for the open transaction.
                var threads = Executors.newFixedThreadPool(1);
                var open = database.connect();
                var dump = open.createStatement()) {
            Flyway.configure(Schema.class.getClassLoader())
                    .dataSource(Database.dataSource(database.url(), "test", 0))
                    .locations("classpath:com/agenticverz/nova/store/migrations")
                    .table("nova_schema_history")
                    .target("4")
                    .load()
                    .migrate();
            int pending = database.database().schema().version().pending();
            open.setAutoCommit(false);
            dump.execute("LOCK TABLE runs IN ACCESS SHARE MODE");

            var migration = threads.submit(database.database().schema()::migrate);
            await().until(() -> database.one(
                    Boolean.class,
                    "SELECT EXISTS (SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted"
                            + " AND relation = 'runs'::regclass)"));
            database.execute("SET lock_timeout = '15s'");
            database.insertRun();
            assertThat(migration).as("it waits").isNotDone();
            open.rollback();

            assertThat(migration.get()).isPositive().isEqualTo(pending);
            database.insertRun();
        }
    }

    @Test
    void aNewerSchemaIsLeftAloneAndWorks() {
        try (var database = TestDatabase.create()) {
            database.execute("""
                    INSERT INTO nova_schema_history
                      (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success)
                    VALUES (99, '999', 'of the next Nova', 'SQL', 'V999__of_the_next_nova.sql', 1, 'test', 1, true)
                    """);

            assertThat(database.database().schema().migrate()).isZero();

            assertThat(database.database().schema().version())
                    .isEqualTo(new Schema.Version("999", TestDatabase.NEWEST, 0));
            database.insertRun();
        }
    }
}
