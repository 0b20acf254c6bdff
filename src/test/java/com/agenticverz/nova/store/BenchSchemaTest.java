package com.agenticverz.nova.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BenchSchemaTest {

    @RegisterExtension
    static final TestDatabase DB = TestDatabase.create();

    private static List<Object> schemas() {
        return DB.rows("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'nova%' ORDER BY nspname").stream()
                .map(row -> row.get("nspname"))
                .toList();
    }

    @Test
    void aNameHasItsNumber() {
        assertThat(BenchSchema.numberOf("nova_bench_1")).isEqualTo(1);
        assertThat(BenchSchema.numberOf("nova_bench_999999999")).isEqualTo(999_999_999);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nova_bench_",
                "nova_bench_0",
                "nova_bench_01",
                "nova_bench_1234567890",
                "nova_benchmark_1",
                "runs"
            })
    void otherNamesAreNoSchemasOfABench(String name) {
        assertThatThrownBy(() -> BenchSchema.numberOf(name)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void oneInUseStaysAndOneLeftOverGoes() {
        DB.execute("CREATE SCHEMA nova_bench_4711");
        DB.execute("CREATE TABLE nova_bench_4711.runs (id int)");
        DB.execute("CREATE SCHEMA nova_benchmark");
        try (var used = BenchSchema.create(DB.url())) {
            assertThat(BenchSchema.removeLeftOver(DB.url()))
                    .isEqualTo(new BenchSchema.LeftOver(List.of("nova_bench_4711"), List.of()));
            assertThat(schemas()).containsExactlyInAnyOrder(used.name(), "nova_benchmark");
        }
        assertThat(schemas()).containsExactly("nova_benchmark");
        DB.execute("DROP SCHEMA nova_benchmark");
    }

    @Test
    void oneThatCannotBeRemovedIsSaidAndTheOthersGo() {
        DB.execute("CREATE ROLE other LOGIN");
        DB.execute("CREATE SCHEMA nova_bench_1");
        DB.execute("CREATE SCHEMA nova_bench_2 AUTHORIZATION other");
        var url = DB.url();
        var asOther = new DatabaseUrl(url.hosts(), url.database(), "other", null, url.parameters());
        try {
            var leftOver = BenchSchema.removeLeftOver(asOther);
            assertThat(leftOver.removed()).containsExactly("nova_bench_2");
            assertThat(leftOver.kept()).containsExactly("nova_bench_1: ERROR: must be owner of schema nova_bench_1");
            assertThatThrownBy(() -> BenchSchema.create(asOther))
                    .satisfies(e -> assertThat(BenchSchema.isRefused((RuntimeException) e))
                            .isTrue());
        } finally {
            DB.execute("DROP SCHEMA nova_bench_1");
            DB.execute("DROP ROLE other");
        }
    }
}
