package com.agenticverz.nova.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;
import org.jdbi.v3.core.ConnectionFactory;
import org.jspecify.annotations.Nullable;

/**
 * One connection that is kept open, for one user at a time: for statements that must not wait behind others.
 *
 * <p>Not a pool of one: a pool that has lost its server waits up to seconds before it looks for it again, and a heartbeat
 * that comes so much later than it could looks like a death.
 */
final class OwnConnection implements ConnectionFactory, AutoCloseable {

    private final ReentrantLock inUse = new ReentrantLock(true);
    private final DataSource source;
    private @Nullable Connection connection;
    private volatile boolean closed;

    OwnConnection(DataSource source) {
        this.source = source;
    }

    @Override
    public Connection openConnection() throws SQLException {
        inUse.lock();
        try {
            if (closed) {
                throw new SQLException("closed");
            }
            var open = connection;
            // The driver closes a connection on which reading or writing failed.
            if (open == null || open.isClosed()) {
                open = source.getConnection();
                connection = open;
            }
            return open;
        } catch (SQLException | RuntimeException e) {
            inUse.unlock();
            throw e;
        }
    }

    @Override
    public void closeConnection(Connection used) {
        inUse.unlock();
    }

    @Override
    public void close() {
        closed = true;
        inUse.lock();
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (SQLException e) {
            // It is gone either way.
        } finally {
            inUse.unlock();
        }
    }
}
