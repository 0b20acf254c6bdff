package com.agenticverz.nova.store;

import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Connections that know whether they lead to one session of the server. What is prepared there does not survive a pooler
 * that hands each transaction to another session.
 *
 * <p>A pooler makes up the process id that the server tells a client when it connects, because it cannot know yet which
 * session will do the work; so the two are compared. Where they are the same, {@link PlainStatement} prepares.
 */
final class SessionSource extends PGSimpleDataSource {

    private static final long serialVersionUID = 1L;

    /** Executions after which the driver prepares a statement of such a connection that does not ask for it: never. */
    static final int ONLY_WHO_ASKS = Integer.MAX_VALUE;

    @Override
    public Connection getConnection(@Nullable String user, @Nullable String password) throws SQLException {
        var connection = super.getConnection(user, password);
        try {
            var driver = connection.unwrap(PGConnection.class);
            if (driver.getBackendPID() == serverProcess(connection)) {
                driver.setPrepareThreshold(ONLY_WHO_ASKS);
            }
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    private static int serverProcess(Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery(Sql.named("server_process"))) {
            row.next();
            return row.getInt(1);
        }
    }

    /** Whether a connection of this class leads to one session. Of any other connection: no. */
    static boolean leadsToOneSession(Connection connection) throws SQLException {
        return connection.isWrapperFor(PGConnection.class)
                && connection.unwrap(PGConnection.class).getPrepareThreshold() == ONLY_WHO_ASKS;
    }
}
