package com.agenticverz.nova.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * One of the statements that all runs go through, over plain JDBC: sent together with {@code by_index.sql}, and its
 * columns as arrays of their own types, which the driver encodes many times faster than arrays of objects.
 */
final class ByIndex implements AutoCloseable {

    private static final Map<String, Positional> STATEMENTS = new ConcurrentHashMap<>();
    private static final Map<String, Map<String, List<Integer>>> PLACES = new ConcurrentHashMap<>();

    private static final int UUID_CHARS = 37;

    private final Connection connection;
    private final PreparedStatement statement;
    private final Map<String, List<Integer>> places;

    private ByIndex(Connection connection, PreparedStatement statement, Map<String, List<Integer>> places) {
        this.connection = connection;
        this.statement = statement;
        this.places = places;
    }

    /**
     * Prepares it.
     *
     * @param text the statement, as it stands in its file
     */
    static ByIndex prepare(Connection connection, String text) throws SQLException {
        var positional = STATEMENTS.computeIfAbsent(text, it -> Positional.of(Sql.named("by_index") + ";\n" + it));
        var places = PLACES.computeIfAbsent(
                text,
                _ -> IntStream.range(0, positional.names().size())
                        .boxed()
                        .collect(Collectors.groupingBy(
                                positional.names()::get, Collectors.mapping(it -> it + 1, Collectors.toList()))));
        return new ByIndex(connection, connection.prepareStatement(positional.sql()), places);
    }

    private List<Integer> places(String name) {
        var found = places.get(name);
        if (found == null) {
            throw new IllegalArgumentException("the statement has no :" + name);
        }
        return found;
    }

    /** A single value. */
    ByIndex value(String name, Object value) throws SQLException {
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
    ByIndex array(String name, String type, Object values) throws SQLException {
        var array = connection.unwrap(PGConnection.class).createArrayOf(type, values);
        for (int place : places(name)) {
            statement.setArray(place, array);
        }
        return this;
    }

    /** A column of ids; the driver has no fast way for them. */
    <T> ByIndex uuids(String name, List<T> rows, Function<T, UUID> id) throws SQLException {
        var text = new StringBuilder(rows.size() * UUID_CHARS + 2).append('{');
        for (Iterator<T> it = rows.iterator(); it.hasNext(); ) {
            text.append(id.apply(it.next()));
            if (it.hasNext()) {
                text.append(',');
            }
        }
        var array = text.append('}').toString();
        for (int place : places(name)) {
            statement.setObject(place, array, Types.OTHER);
        }
        return this;
    }

    /** A column of whole numbers. */
    <T> ByIndex longs(String name, List<T> rows, ToLong<T> value) throws SQLException {
        var values = new long[rows.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = value.of(rows.get(i));
        }
        return array(name, "int8", values);
    }

    /** A column of whole numbers, and of nulls. */
    <T> ByIndex maybeLongs(String name, List<T> rows, Function<T, @Nullable Long> value) throws SQLException {
        var values = new Long[rows.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = value.apply(rows.get(i));
        }
        return array(name, "int8", values);
    }

    /** A column of small whole numbers. */
    <T> ByIndex ints(String name, List<T> rows, ToLong<T> value) throws SQLException {
        var values = new int[rows.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (int) value.of(rows.get(i));
        }
        return array(name, "int4", values);
    }

    /** A column of numbers. */
    <T> ByIndex doubles(String name, List<T> rows, ToDouble<T> value) throws SQLException {
        var values = new double[rows.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = value.of(rows.get(i));
        }
        return array(name, "float8", values);
    }

    /** A column of answers. */
    <T> ByIndex booleans(String name, List<T> rows, ToBoolean<T> value) throws SQLException {
        var values = new boolean[rows.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = value.of(rows.get(i));
        }
        return array(name, "bool", values);
    }

    /** A column of texts, and of nulls. */
    <T> ByIndex texts(String name, List<T> rows, Function<T, @Nullable String> value) throws SQLException {
        var values = new String[rows.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = value.apply(rows.get(i));
        }
        return array(name, "text", values);
    }

    interface ToLong<T> {
        long of(T row);
    }

    interface ToDouble<T> {
        double of(T row);
    }

    interface ToBoolean<T> {
        boolean of(T row);
    }

    /** Executes it; the rows end with this. */
    ResultSet execute() throws SQLException {
        statement.execute();
        // The first result is that of by_index.sql.
        if (!statement.getMoreResults()) {
            throw new SQLException("the statement returned nothing");
        }
        return statement.getResultSet();
    }

    @Override
    public void close() throws SQLException {
        statement.close();
    }
}
