package com.agenticverz.nova.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGStatement;

/**
 * One of the statements that all runs go through, over plain JDBC: its columns are arrays of their own types, which the
 * driver encodes many times faster than arrays of objects.
 */
final class PlainStatement implements AutoCloseable {

    /** A statement as JDBC takes it, and where in it its names stand. */
    private record Text(String sql, Map<String, List<Integer>> places) {

        static Text of(String named) {
            var positional = Positional.of(named);
            var places = IntStream.range(0, positional.names().size())
                    .boxed()
                    .collect(Collectors.groupingBy(
                            positional.names()::get, Collectors.mapping(it -> it + 1, Collectors.toList())));
            return new Text(positional.sql(), places);
        }
    }

    private static final Map<String, Text> PLAIN = new ConcurrentHashMap<>();
    private static final Map<String, Text> BY_INDEX = new ConcurrentHashMap<>();
    private static final Map<String, Text> WAITING_BRIEFLY = new ConcurrentHashMap<>();

    private final Connection connection;
    private final PreparedStatement statement;
    private final Map<String, List<Integer>> places;
    private final boolean afterSettings;

    private PlainStatement(Connection connection, Text text, boolean afterSettings) throws SQLException {
        this.connection = connection;
        this.statement = connection.prepareStatement(text.sql());
        if (SessionSource.leadsToOneSession(connection)) {
            // Planned once for each connection, and again when what the plan was made from changes.
            statement.unwrap(PGStatement.class).setPrepareThreshold(1);
        }
        this.places = text.places();
        this.afterSettings = afterSettings;
    }

    /** The statement as it stands in its file. */
    static PlainStatement prepare(Connection connection, String named) throws SQLException {
        return new PlainStatement(connection, PLAIN.computeIfAbsent(named, Text::of), false);
    }

    /** Together with {@code by_index.sql}: see there. */
    static PlainStatement byIndex(Connection connection, String named) throws SQLException {
        var text = BY_INDEX.computeIfAbsent(named, it -> Text.of(Sql.named("by_index") + ";\n" + it));
        return new PlainStatement(connection, text, true);
    }

    /** Together with {@code brief_lock.sql}: see there. */
    static PlainStatement waitingBriefly(Connection connection, String named) throws SQLException {
        var text = WAITING_BRIEFLY.computeIfAbsent(named, it -> Text.of(Sql.named("brief_lock") + ";\n" + it));
        return new PlainStatement(connection, text, true);
    }

    /** What is done with a statement. */
    interface Use<T extends @Nullable Object> {
        T of(PlainStatement statement) throws SQLException;
    }

    /** Uses a statement {@link #waitingBriefly}, on a connection that is taken for it. */
    static <T extends @Nullable Object> T waitingBriefly(Jdbi jdbi, String named, Use<T> use) {
        return jdbi.withHandle(handle -> {
            try (var statement = waitingBriefly(handle.getConnection(), named)) {
                return use.of(statement);
            } catch (SQLException e) {
                throw new StatementFailure(e);
            }
        });
    }

    private List<Integer> places(String name) {
        var found = places.get(name);
        if (found == null) {
            throw new IllegalArgumentException("the statement has no :" + name);
        }
        return found;
    }

    /** A single value. */
    PlainStatement value(String name, @Nullable Object value) throws SQLException {
        for (int place : places(name)) {
            statement.setObject(place, value);
        }
        return this;
    }

    /**
     * A column.
     *
     * @param type of its elements
     * @param values an array of a type that the driver knows for that one
     */
    PlainStatement array(String name, String type, Object values) throws SQLException {
        // Of a connection that does not show the driver's, the values are objects.
        var array = connection.isWrapperFor(PGConnection.class)
                ? connection.unwrap(PGConnection.class).createArrayOf(type, values)
                : connection.createArrayOf(type, (Object[]) values);
        for (int place : places(name)) {
            statement.setArray(place, array);
        }
        return this;
    }

    /** A column of ids; the driver has no fast way for them. */
    <T> PlainStatement uuids(String name, List<T> rows, Function<T, UUID> id) throws SQLException {
        return value(name, UuidArray.of(rows, id));
    }

    /** A column of whole numbers. */
    <T> PlainStatement longs(String name, List<T> rows, ToLongFunction<T> value) throws SQLException {
        return array(name, "int8", rows.stream().mapToLong(value).toArray());
    }

    /** A column of whole numbers, and of nulls. */
    <T> PlainStatement maybeLongs(String name, List<T> rows, Function<T, @Nullable Long> value) throws SQLException {
        return array(name, "int8", rows.stream().map(value).toArray(Long[]::new));
    }

    /** A column of small whole numbers. */
    <T> PlainStatement ints(String name, List<T> rows, ToIntFunction<T> value) throws SQLException {
        return array(name, "int4", rows.stream().mapToInt(value).toArray());
    }

    /** A column of small whole numbers, and of nulls. */
    <T> PlainStatement maybeInts(String name, List<T> rows, Function<T, @Nullable Integer> value) throws SQLException {
        return array(name, "int4", rows.stream().map(value).toArray(Integer[]::new));
    }

    /** A column of numbers. */
    <T> PlainStatement doubles(String name, List<T> rows, ToDoubleFunction<T> value) throws SQLException {
        return array(name, "float8", rows.stream().mapToDouble(value).toArray());
    }

    /** A column of numbers, and of nulls. */
    <T> PlainStatement maybeDoubles(String name, List<T> rows, Function<T, @Nullable Double> value)
            throws SQLException {
        return array(name, "float8", rows.stream().map(value).toArray(Double[]::new));
    }

    /** A column of answers. */
    <T> PlainStatement booleans(String name, List<T> rows, Predicate<T> value) throws SQLException {
        return array(name, "bool", rows.stream().map(value::test).toArray(Boolean[]::new));
    }

    /** A column of texts, and of nulls. */
    <T> PlainStatement texts(String name, List<T> rows, Function<T, @Nullable String> value) throws SQLException {
        return array(name, "text", rows.stream().map(value).toArray(String[]::new));
    }

    /** Executes it; the rows end with this. */
    ResultSet execute() throws SQLException {
        statement.execute();
        // The first result is that of by_index.sql or brief_lock.sql.
        return afterSettings ? following() : statement.getResultSet();
    }

    /** The rows of the next statement, of several that were executed in one message; those before end with this. */
    ResultSet following() throws SQLException {
        if (!statement.getMoreResults()) {
            throw new SQLException("the statement returned nothing");
        }
        return statement.getResultSet();
    }

    /** Executes it; returns how many rows it has changed. */
    int update() throws SQLException {
        statement.execute();
        if (afterSettings) {
            statement.getMoreResults();
        }
        return statement.getUpdateCount();
    }

    @Override
    public void close() throws SQLException {
        statement.close();
    }
}
