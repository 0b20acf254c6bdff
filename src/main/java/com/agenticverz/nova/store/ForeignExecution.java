package com.agenticverz.nova.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/** One statement on its way through a {@link ForeignSource}, on a thread of its own. */
final class ForeignExecution implements Callable<ForeignRows> {

    /** Beyond its time: for a node that is not there any more, and cannot cancel. */
    private static final long SERVER_GRACE_MILLIS = 5_000;

    private static final long CANCEL_AGAIN_MILLIS = 250;
    private static final int CANCELS = 20;
    private static final int FETCH_ROWS = 50;

    /** What the driver says of more bytes than it may take. */
    private static final String TOO_MANY_BYTES = "maxResultBuffer";

    private final ForeignSource source;
    private final ForeignStatement text;
    private final List<? extends @Nullable Object> bound;
    private final ForeignSource.Limits limits;
    private final CountDownLatch ended = new CountDownLatch(1);
    private @Nullable Thread thread;
    private @Nullable Connection connection;
    private boolean connected;
    private boolean givenUp;

    ForeignExecution(
            ForeignSource source,
            ForeignStatement text,
            List<? extends @Nullable Object> bound,
            ForeignSource.Limits limits) {
        this.source = source;
        this.text = text;
        this.bound = bound;
        this.limits = limits;
    }

    synchronized void start(Runnable task) {
        thread = Thread.ofVirtual().name("sql-query").start(task);
    }

    @Override
    public ForeignRows call() throws ForeignFailure, InterruptedException {
        try {
            source.free().acquire();
            try {
                return inConnection();
            } finally {
                source.free().release();
            }
        } finally {
            ended.countDown();
        }
    }

    private ForeignRows inConnection() throws ForeignFailure {
        var open = source.connect();
        boolean clean = false;
        try {
            connected(open);
            var rows = inTransaction(open);
            clean(open);
            clean = true;
            return rows;
        } catch (SQLException e) {
            throw failure(e);
        } finally {
            leave(open, clean);
        }
    }

    private ForeignFailure failure(SQLException e) {
        if (String.valueOf(e.getMessage()).contains(TOO_MANY_BYTES)) {
            return tooLarge();
        }
        var texts = new ArrayList<String>();
        bound.forEach(it -> ForeignValues.texts(it, texts));
        return ForeignFailure.of(e, texts);
    }

    private ForeignRows inTransaction(Connection open) throws SQLException, ForeignFailure {
        open.setAutoCommit(false);
        begin(open);
        var rows = execute(open);
        if (source.settings().readOnly()) {
            open.rollback();
        } else {
            open.commit();
        }
        return rows;
    }

    private void begin(Connection open) throws SQLException {
        try (var begin = PlainStatement.prepare(open, Sql.named("foreign_begin"))) {
            begin.value("timeout", Long.toString(source.settings().timeoutMillis() + SERVER_GRACE_MILLIS))
                    .value("read_only", source.settings().readOnly() ? "on" : "off")
                    .execute();
        }
    }

    private ForeignRows execute(Connection open) throws SQLException, ForeignFailure {
        var types = types(open);
        try (var statement = open.prepareStatement(text.sql())) {
            for (int i = 0; i < bound.size(); i++) {
                source.values().bind(statement, i + 1, bound.get(i), types.isEmpty() ? null : types.get(i));
            }
            statement.setFetchSize(Math.min(FETCH_ROWS, limits.rows() + 1));
            statement.setMaxRows(limits.rows() + 1);
            if (statement.execute()) {
                return rows(statement.getResultSet());
            }
            return new ForeignRows(List.of(), List.of(), Math.max(0, statement.getLargeUpdateCount()));
        }
    }

    /** What the statement has in each place, where the form of a value depends on it; otherwise nothing. */
    private List<String> types(Connection open) throws SQLException {
        if (bound.stream().noneMatch(ForeignValues::isStructured)) {
            return List.of();
        }
        try (PreparedStatement statement = open.prepareStatement(text.sql())) {
            var places = statement.getParameterMetaData();
            var types = new ArrayList<String>();
            for (int i = 1; i <= bound.size(); i++) {
                types.add(places.getParameterTypeName(i));
            }
            return types;
        }
    }

    private ForeignRows rows(ResultSet result) throws SQLException, ForeignFailure {
        var columns = columns(result);
        var rows = new ArrayList<Map<String, @Nullable Object>>();
        long chars = 0;
        while (result.next()) {
            if (rows.size() == limits.rows()) {
                throw ForeignFailure.permanent("returns more than " + limits.rows() + " rows");
            }
            var row = new LinkedHashMap<String, @Nullable Object>();
            for (int i = 0; i < columns.size(); i++) {
                row.put(columns.get(i), source.values().read(result, i + 1));
            }
            chars += ForeignValues.chars(row) + 1;
            if (chars > limits.chars()) {
                throw tooLarge();
            }
            rows.add(row);
        }
        return new ForeignRows(columns, rows, rows.size());
    }

    private ForeignFailure tooLarge() {
        return ForeignFailure.permanent("returns rows of more than " + limits.chars() + " characters, as JSON");
    }

    private static List<String> columns(ResultSet result) throws SQLException, ForeignFailure {
        var columns = new LinkedHashSet<String>();
        var all = result.getMetaData();
        for (int i = 1; i <= all.getColumnCount(); i++) {
            if (!columns.add(all.getColumnLabel(i))) {
                throw ForeignFailure.permanent("returns two columns called '" + all.getColumnLabel(i)
                        + "', and a row has one value of that name: give one another by AS");
            }
        }
        return List.copyOf(columns);
    }

    private static void clean(Connection open) throws SQLException {
        open.setAutoCommit(true);
        try (var end = open.prepareStatement(Sql.named("foreign_end"))) {
            end.execute();
        }
    }

    /** A connection in which nothing of this execution is left goes to the next one; any other one is closed. */
    private void leave(Connection open, boolean clean) {
        boolean reusable = clean || cleaned(open);
        // A cancel that is late would hit the statement of somebody else.
        if (disconnected() || !reusable) {
            source.evict(open);
        }
        try {
            open.close();
        } catch (SQLException e) {
            // It is gone either way.
        }
    }

    private static boolean cleaned(Connection open) {
        try {
            open.rollback();
            clean(open);
            return true;
        } catch (SQLException e) {
            return false;
        }
    }

    // --- giving up

    private synchronized void connected(Connection open) throws ForeignFailure {
        if (givenUp) {
            throw ForeignFailure.retryable("was given up");
        }
        connection = open;
        connected = true;
    }

    /** Whether it was given up. */
    private synchronized boolean disconnected() {
        connection = null;
        return givenUp;
    }

    /** Whether it had a connection, so that its time went by in the database. */
    synchronized boolean wasConnected() {
        return connected;
    }

    /**
     * Cancels the statement on the server, again and again until it has ended, and cuts the connection if it does not. One
     * that is waiting yet is interrupted. Returns at once.
     */
    void giveUp() {
        Thread.ofVirtual().name("sql-cancel").start(() -> {
            try {
                for (int i = 0; i < CANCELS; i++) {
                    cancel();
                    if (ended.await(CANCEL_AGAIN_MILLIS, TimeUnit.MILLISECONDS)) {
                        return;
                    }
                }
                abort();
            } catch (InterruptedException e) {
                abort();
            }
        });
    }

    private synchronized void cancel() {
        givenUp = true;
        try {
            if (connection != null) {
                connection.unwrap(PGConnection.class).cancelQuery();
            } else if (thread != null) {
                thread.interrupt();
            }
        } catch (SQLException e) {
            // The server does not answer. It is asked again, and the connection cut in the end.
        }
    }

    private synchronized void abort() {
        try {
            if (connection != null) {
                connection.abort(Runnable::run);
            }
        } catch (SQLException e) {
            // It is gone either way.
        }
    }
}
