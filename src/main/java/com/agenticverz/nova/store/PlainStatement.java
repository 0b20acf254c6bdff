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
    private static final int UUID_CHARS = 37;

    private final Connection connection;
    private final PreparedStatement statement;
    private final Map<String, List<Integer>> places;
    private final boolean byIndex;

    private PlainStatement(Connection connection, Text text, boolean byIndex) throws SQLException {
        this.connection = connection;
        this.statement = connection.prepareStatement(text.sql());
        this.places = text.places();
        this.byIndex = byIndex;
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
        var array = connection.unwrap(PGConnection.class).createArrayOf(type, values);
        for (int place : places(name)) {
            statement.setArray(place, array);
        }
        return this;
    }

    /** A column of ids; the driver has no fast way for them. */
    <T> PlainStatement uuids(String name, List<T> rows, Function<T, UUID> id) throws SQLException {
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
    <T> PlainStatement longs(String name, List<T> rows, ToLong<T> value) throws SQLException {
        var values = new long[rows.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = value.of(rows.get(i));
        }
        return array(name, "int8", values);
    }

    /** A column of whole numbers, and of nulls. */
    <T> PlainStatement maybeLongs(String name, List<T> rows, Function<T, @Nullable Long> value) throws SQLException {
        var values = new Long[rows.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = value.apply(rows.get(i));
        }
        return array(name, "int8", values);
    }

    /** A column of small whole numbers. */
    <T> PlainStatement ints(String name, List<T> rows, ToLong<T> value) throws SQLException {
        var values = new int[rows.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (int) value.of(rows.get(i));
        }
        return array(name, "int4", values);
    }

    /** A column of numbers. */
    <T> PlainStatement doubles(String name, List<T> rows, ToDouble<T> value) throws SQLException {
        var values = new double[rows.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = value.of(rows.get(i));
        }
        return array(name, "float8", values);
    }

    /** A column of answers. */
    <T> PlainStatement booleans(String name, List<T> rows, ToBoolean<T> value) throws SQLException {
        var values = new boolean[rows.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = value.of(rows.get(i));
        }
        return array(name, "bool", values);
    }

    /** A column of texts, and of nulls. */
    <T> PlainStatement texts(String name, List<T> rows, Function<T, @Nullable String> value) throws SQLException {
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
        if (byIndex && !statement.getMoreResults()) {
            throw new SQLException("the statement returned nothing");
        }
        return statement.getResultSet();
    }

    @Override
    public void close() throws SQLException {
        statement.close();
    }
}
