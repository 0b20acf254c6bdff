package com.agenticverz.nova.bench.driver;

import java.sql.Connection;
import java.sql.SQLException;

/** An old snapshot: as long as it is there, no vacuum removes what has died since. */
final class HeldSnapshot implements AutoCloseable {

    private final Connection connection;

    HeldSnapshot(Connection connection) {
        this.connection = connection;
        try {
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            connection.setAutoCommit(false);
            // The first statement takes the snapshot.
            try (var statement = connection.createStatement()) {
                statement.execute("SELECT count(*) FROM pg_class");
            }
        } catch (SQLException e) {
            throw new BenchFailure("the session that holds a snapshot: " + e.getMessage(), e);
        }
    }

    /** Whether it held until now. */
    @Override
    public void close() {
        try (connection;
                var statement = connection.createStatement()) {
            statement.execute("SELECT 1");
        } catch (SQLException e) {
            throw new BenchFailure("the session that held a snapshot: " + e.getMessage(), e);
        }
    }
}
