package com.agenticverz.nova.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.agenticverz.nova.run.NewRun;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatabaseTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    @ParameterizedTest
    @CsvSource({
        "22P05, true", // a value that cannot be stored
        "23514, true", // a violated constraint
        "54000, true", // too large
        "40P01, false", // deadlock
        "40001, false", // serialization
        "57P01, false", // the server is stopped
        "08006, false", // the connection is lost
        "53300, false", // too many connections
        "42P01, false", // no such table: not the values
        "25006, false" // read-only: a standby
    })
    void onlyWhatTheValuesCausedIsARefusal(String sqlState, boolean refusal) {
        var failure = new IllegalStateException("wrapped", new SQLException("reason", sqlState));

        assertThat(Database.isRefusal(failure)).isEqualTo(refusal);
        assertThat(Database.sqlState(failure)).isEqualTo(sqlState);
    }

    /** What is dropped on such a failure must not be lost to a server that was demoted, or to somebody who held a lock. */
    @ParameterizedTest
    @CsvSource({
        "22P05, true", // a value that cannot be stored
        "23514, true", // a violated constraint
        "42P01, true", // no such table
        "08006, false", // the connection is lost
        "25006, false", // read-only: a standby
        "40001, false", // serialization
        "40P01, false", // deadlock
        "53300, false", // too many connections
        "55P03, false", // the lock was not to be had in time
        "57P01, false" // the server is stopped
    })
    void onlyWhatWouldEndTheSameOnceMoreIsAnAnswer(String sqlState, boolean answer) {
        var failure = new IllegalStateException("wrapped", new SQLException("reason", sqlState));

        assertThat(Database.hasAnswered(failure)).isEqualTo(answer);
    }

    @Test
    void aFailureThatIsNotTheDatabasesIsNoRefusal() {
        assertThat(Database.isRefusal(new IllegalStateException("of our own"))).isFalse();
        assertThat(Database.hasAnswered(new IllegalStateException("of our own")))
                .isFalse();
        assertThat(Database.sqlState(new IllegalStateException("of our own"))).isNull();
    }

    @Test
    void aServerThatRefusesIsQuotedInOneLineWithoutTheStatement() {
        var failure = catchThrowable(() -> DATABASE.database()
                .runs()
                .enqueue(NewRun.with("agent", "{}").priority(Integer.MAX_VALUE).build()));

        assertThat(Database.isRefusal(failure)).isTrue();
        assertThat(Database.reason(failure))
                .isEqualTo("ERROR: new row for relation \"runs\" violates check constraint \"runs_priority_in_range\"");
    }

    @Test
    void aServerThatIsNotThereIsSaidToBeSo() {
        var nowhere = DatabaseUrl.parse("url", "postgresql://nova@127.0.0.1:1/nova");
        try (var database = Database.open(nowhere, nowhere)) {
            var failure = catchThrowable(() -> database.runs().readBack(List.of(UUID.randomUUID())));

            assertThat(Database.isRefusal(failure)).isFalse();
            assertThat(Database.reason(failure)).contains("127.0.0.1:1", "refused");
        }
    }

    /** Through a pooler it must not be: see PgBouncerIT, where what is prepared would be missed at once. */
    @Test
    void whereAConnectionLeadsToOneSessionStatementsArePrepared() throws SQLException {
        try (var session = Database.sessions(DATABASE.url(), "test", 10).getConnection();
                var other = DATABASE.connect()) {
            assertThat(SessionSource.leadsToOneSession(session)).isTrue();
            assertThat(SessionSource.leadsToOneSession(other)).isFalse();
        }
    }

    @Test
    void aFailureWithoutAMessageIsNamed() {
        assertThat(Database.reason(new IllegalStateException())).isEqualTo("IllegalStateException");
        assertThat(Database.reason(new IllegalStateException("first line\nsecond line")))
                .isEqualTo("first line");
    }
}
