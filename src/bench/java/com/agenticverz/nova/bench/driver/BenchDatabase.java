package com.agenticverz.nova.bench.driver;

import com.agenticverz.nova.store.DatabaseUrl;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The database of one measurement, and a connection of the driver to it. */
final class BenchDatabase implements AutoCloseable {

    /** How often the driver looks whether the last job is done: as seldom as the figures allow. */
    private static final Duration PAUSE = Duration.ofMillis(1);

    private final DatabaseUrl url;
    private final Connection connection;

    BenchDatabase(DatabaseUrl url) {
        this.url = url;
        this.connection = connect(url);
    }

    static Connection connect(DatabaseUrl url) {
        var login = new Properties();
        if (url.user() != null) {
            login.setProperty("user", url.user());
        }
        if (url.password() != null) {
            login.setProperty("password", url.password());
        }
        try {
            return DriverManager.getConnection(url.jdbcUrl(), login);
        } catch (SQLException e) {
            throw new BenchFailure("the database " + url + ": " + e.getMessage(), e);
        }
    }

    /** For {@code DATABASE_URL}, as every contestant reads it. */
    String url() {
        var login = url.user() == null ? "" : encode(url.user());
        if (url.password() != null) {
            login += ":" + encode(url.password());
        }
        var parameters = url.parameters().entrySet().stream()
                .map(parameter -> parameter.getKey() + "=" + encode(parameter.getValue()))
                .collect(Collectors.joining("&"));
        return "postgresql://" + (login.isEmpty() ? "" : login + "@") + url.hosts() + "/" + encode(url.database())
                + (parameters.isEmpty() ? "" : "?" + parameters);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    void execute(String sql) {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new BenchFailure("the database: " + e.getMessage(), e);
        }
    }

    /** The one number that a query yields. */
    long number(String query) {
        try (var statement = connection.createStatement();
                var result = statement.executeQuery(query)) {
            if (!result.next()) {
                throw new BenchFailure("no row from " + query);
            }
            return result.getLong(1);
        } catch (SQLException e) {
            throw new BenchFailure("the database: " + e.getMessage(), e);
        }
    }

    /** How many rows a query yields. */
    long rows(String query) {
        return number("SELECT count(*) FROM (" + query + ") AS rows");
    }

    /**
     * Waits until a query yields no row.
     *
     * @return the moment at which it was so, by {@link System#nanoTime}
     */
    long awaitNone(String query, Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        var exists = "SELECT EXISTS (" + query + ")::int";
        while (number(exists) != 0) {
            if (System.nanoTime() > end) {
                throw new BenchFailure(rows(query) + " jobs are not done after " + limit.toSeconds() + " s");
            }
            pause(PAUSE);
        }
        return System.nanoTime();
    }

    static void pause(Duration duration) {
        try {
            TimeUnit.NANOSECONDS.sleep(duration.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchFailure("interrupted", e);
        }
    }

    /** A session that holds a snapshot of this database from now on, as a forgotten transaction does. */
    HeldSnapshot holdSnapshot() {
        return new HeldSnapshot(connect(url));
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new BenchFailure("the database: " + e.getMessage(), e);
        }
    }
}
