package com.agenticverz.nova.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.jdbc.PreferQueryMode;

/**
 * A PostgreSQL database of the user, for statements that Nova knows nothing about.
 *
 * <p>A statement is a transaction of its own. On a read-only source the transaction is read-only, so that the server
 * refuses what changes data, whoever is connected; it is rolled back in any case. On another one it is committed when its
 * rows have been read. What it left in the session is discarded before anybody else gets the connection.
 *
 * <p>A statement is executed on a thread of its own, because a read of the driver cannot be interrupted: it would end the
 * connection, and the server would go on. Whoever waits for it is free at once when interrupted or out of time; see
 * {@link ForeignExecution#giveUp} for the rest.
 *
 * <p>The connections are apart from Nova's, and opened when they are needed. Thread-safe.
 */
public final class ForeignSource implements AutoCloseable {

    private static final int CONNECT_TIMEOUT_SECONDS = 5;

    /** Short, because the pool tries again until then, and rests ever longer; a run is tried again anyway. */
    private static final long POOL_TIMEOUT_MILLIS = 3_000;

    private static final long IDLE_TIMEOUT_MILLIS = 60_000;
    private static final int CANCEL_TIMEOUT_SECONDS = 2;

    /** Longer than a statement may take, by which time it has been cancelled and the connection cut. */
    private static final int SOCKET_GRACE_SECONDS = 60;

    /** What the server sends at a time may have so many bytes: more than the characters of an output could hold. */
    private static final String FETCH_BYTES = "64M";

    private final Settings settings;
    private final ForeignValues values;
    private final Semaphore free;
    private @Nullable HikariDataSource pool;
    private boolean closed;

    /**
     * Which database, and how it may be used.
     *
     * @param readOnly whether the server is to refuse what changes data
     * @param timeoutMillis for one statement, from the wait for a connection to the last row
     * @param poolSize statements at a time, and connections
     */
    public record Settings(DatabaseUrl url, boolean readOnly, long timeoutMillis, int poolSize) {}

    /**
     * The most that a statement may return.
     *
     * @param rows more are a failure
     * @param chars of its rows as JSON; more are a failure
     */
    public record Limits(int rows, int chars) {}

    /** Prepares one; it connects on first use. */
    public ForeignSource(Settings settings, ForeignJson json) {
        this.settings = settings;
        this.values = new ForeignValues(json);
        this.free = new Semaphore(settings.poolSize(), true);
    }

    /**
     * Executes a statement.
     *
     * @param bound a JSON value for each of its places
     * @throws ForeignFailure when it fails; nothing was changed then, unless the connection broke while it was committed
     * @throws InterruptedException when the thread was interrupted; the statement is cancelled
     */
    public ForeignRows execute(ForeignStatement statement, List<? extends @Nullable Object> bound, Limits limits)
            throws ForeignFailure, InterruptedException {
        var execution = new ForeignExecution(this, statement, bound, limits);
        var task = new FutureTask<>(execution);
        execution.start(task);
        try {
            return task.get(settings.timeoutMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            execution.giveUp();
            throw ForeignFailure.retryable(
                    (execution.wasConnected() ? "timed out after " : "had no free connection within ")
                            + settings.timeoutMillis() / 1000.0 + " s");
        } catch (InterruptedException e) {
            execution.giveUp();
            throw e;
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case ForeignFailure failure -> throw failure;
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                case null, default -> throw new IllegalStateException(e.getCause());
            }
        }
    }

    Settings settings() {
        return settings;
    }

    ForeignValues values() {
        return values;
    }

    /** One for each connection: who has one waits for nobody else's statement. */
    Semaphore free() {
        return free;
    }

    Connection connect() throws ForeignFailure {
        try {
            return pool().getConnection();
        } catch (SQLException e) {
            throw ForeignFailure.retryable("cannot be reached at " + settings.url() + ": " + Database.reason(e));
        }
    }

    void evict(Connection connection) {
        try {
            pool().evictConnection(connection);
        } catch (ForeignFailure e) {
            // The pool is closed, and with it the connection.
        }
    }

    private synchronized HikariDataSource pool() throws ForeignFailure {
        if (closed) {
            throw ForeignFailure.retryable("is closed: the node ends");
        }
        if (pool == null) {
            pool = new HikariDataSource(config());
        }
        return pool;
    }

    private HikariConfig config() {
        var config = new HikariConfig();
        config.setPoolName("nova-sql-query");
        config.setDataSource(dataSource());
        config.setReadOnly(settings.readOnly());
        config.setMaximumPoolSize(settings.poolSize());
        config.setMinimumIdle(0);
        config.setIdleTimeout(IDLE_TIMEOUT_MILLIS);
        config.setConnectionTimeout(POOL_TIMEOUT_MILLIS);
        // Nothing fails because the server is away, until somebody needs it.
        config.setInitializationFailTimeout(-1);
        return config;
    }

    /** What the safety of a source rests on is not left to the parameters of its URL. */
    private PGSimpleDataSource dataSource() {
        var seconds = (int) Math.ceilDiv(settings.timeoutMillis(), 1000) + SOCKET_GRACE_SECONDS;
        var source = Database.dataSource(settings.url(), "nova-sql-query", seconds);
        source.setConnectTimeout(CONNECT_TIMEOUT_SECONDS);
        source.setCancelSignalTimeout(CANCEL_TIMEOUT_SECONDS);
        source.setPreferQueryMode(PreferQueryMode.EXTENDED);
        source.setReadOnlyMode("transaction");
        source.setStringType("unspecified");
        source.setBinaryTransfer(false);
        source.setBinaryTransferEnable("");
        source.setMaxResultBuffer(FETCH_BYTES);
        return source;
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (pool != null) {
            pool.close();
        }
    }
}
