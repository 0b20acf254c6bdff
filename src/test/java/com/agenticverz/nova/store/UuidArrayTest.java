package com.agenticverz.nova.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UuidArrayTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    @ParameterizedTest
    @CsvSource({"0, true", "1, true", "1000, true", "0, false", "1, false", "1000, false"})
    void theServerReadsWhatWasSent(int size, boolean binary) throws SQLException {
        var ids = Stream.concat(Stream.of(new UUID(-1, -1), new UUID(0, 0)), Stream.generate(UUID::randomUUID))
                .limit(size)
                .toList();
        var source = Database.dataSource(DATABASE.url(), "test", 10);
        if (!binary) {
            source.setBinaryTransferEnable("");
        }
        try (var connection = source.getConnection();
                var statement = connection.prepareStatement(
                        "SELECT i::text FROM unnest(?::uuid[]) WITH ORDINALITY AS u (i, n)" + " ORDER BY n")) {
            statement.setObject(1, UuidArray.of(ids, Function.identity()));
            var rows = statement.executeQuery();
            for (var id : ids) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getString(1)).isEqualTo(id.toString());
            }
            assertThat(rows.next()).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({"0, {}", "1, {00000000-0000-0001-0000-000000000002}"})
    void asTextItIsAnArrayToo(int size, String text) {
        assertThat(UuidArray.of(List.of(new UUID(1, 2)).subList(0, size), Function.identity())
                        .getValue())
                .isEqualTo(text);
    }
}
