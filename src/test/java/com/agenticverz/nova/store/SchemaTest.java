package com.agenticverz.nova.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaTest {

    @Test
    void anEmptyDatabaseIsBroughtUpToDateOnce() {
        try (var database = TestDatabase.createEmpty()) {
            var schema = database.database().schema();
            assertThat(schema.version().current()).isEmpty();
            assertThat(schema.version().pending()).isEqualTo(4);

            assertThat(schema.migrate()).isEqualTo(4);
            assertThat(schema.migrate()).isZero();

            assertThat(database.database().schema().version()).isEqualTo(new Schema.Version("4", "4", 0));
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

                assertThat(migrations).extracting(Future::get).containsExactlyInAnyOrder(4, 0, 0, 0, 0, 0, 0, 0);
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
            assertThat(database.database().schema().version()).isEqualTo(new Schema.Version("4", "4", 0));
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

            assertThat(database.database().schema().version()).isEqualTo(new Schema.Version("999", "4", 0));
            database.insertRun();
        }
    }
}
