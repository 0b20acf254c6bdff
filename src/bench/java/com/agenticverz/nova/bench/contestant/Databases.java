package com.agenticverz.nova.bench.contestant;

import com.agenticverz.nova.store.DatabaseUrl;
import com.zaxxer.hikari.HikariDataSource;
import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Connections to the database that the driver made for this contestant. */
final class Databases {

    private Databases() {}

    /** A pool on {@code DATABASE_URL}. */
    static HikariDataSource pool(int connections) {
        var url = DatabaseUrl.parse("DATABASE_URL", System.getenv("DATABASE_URL"));
        var pool = new HikariDataSource();
        pool.setJdbcUrl(url.jdbcUrl());
        pool.setUsername(url.user());
        pool.setPassword(url.password());
        pool.setMaximumPoolSize(connections);
        return pool;
    }

    /** Where every connection is the one given, which its user cannot close: what is done through it is one transaction. */
    static DataSource always(Connection connection) {
        var unclosable = (Connection) Proxy.newProxyInstance(
                Connection.class.getClassLoader(), new Class<?>[] {Connection.class}, (_, method, arguments) -> {
                    if (method.getName().equals("close")) {
                        return null;
                    }
                    try {
                        return method.invoke(connection, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        return new One(unclosable);
    }

    /** What autovacuum does some time after a table has grown. */
    static void analyze(Connection connection, String table) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("ANALYZE " + table);
        }
    }

    private record One(Connection connection) implements DataSource {
        @Override
        public Connection getConnection() {
            return connection;
        }

        @Override
        public Connection getConnection(String user, String password) {
            return connection;
        }

        @Override
        public @Nullable PrintWriter getLogWriter() {
            return null;
        }

        @Override
        public void setLogWriter(PrintWriter out) {}

        @Override
        public void setLoginTimeout(int seconds) {}

        @Override
        public int getLoginTimeout() {
            return 0;
        }

        @Override
        public Logger getParentLogger() {
            return Logger.getGlobal();
        }

        @Override
        public <T> T unwrap(Class<T> type) throws SQLException {
            throw new SQLException("wraps nothing");
        }

        @Override
        public boolean isWrapperFor(Class<?> type) {
            return false;
        }
    }
}
