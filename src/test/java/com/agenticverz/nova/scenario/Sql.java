package com.agenticverz.nova.scenario;

import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.util.PGobject;

/** Statements on one database, each on a connection of its own, so that none minds a restart of the server. */
final class Sql {

    private static final Duration POLL = Duration.ofMillis(50);

    private final PGSimpleDataSource source = new PGSimpleDataSource();

    Sql(int port, String database) {
        source.setServerNames(new String[] {"127.0.0.1"});
        source.setPortNumbers(new int[] {port});
        source.setUser("postgres");
        source.setDatabaseName(database);
        source.setApplicationName("scenario");
        source.setConnectTimeout(5);
    }

    /** A connection of the caller's own. */
    Connection connect() throws SQLException {
        return source.getConnection();
    }

    /** Any number of statements, as they stand. */
    void execute(String statements) {
        try (var connection = connect();
                var statement = connection.createStatement()) {
            statement.execute(statements);
        } catch (SQLException e) {
            throw new IllegalStateException(statements, e);
        }
    }

    /** All rows; JSON as text, moments as {@link OffsetDateTime}. The statement may change something too. */
    List<Map<String, @Nullable Object>> rows(String query, @Nullable Object... params) {
        try (var connection = connect();
                var statement = connection.prepareStatement(query)) {
            for (int i = 0; i < params.length; i++) {
                statement.setObject(i + 1, params[i]);
            }
            var rows = new ArrayList<Map<String, @Nullable Object>>();
            try (var result = statement.executeQuery()) {
                var columns = result.getMetaData();
                while (result.next()) {
                    var row = new LinkedHashMap<String, @Nullable Object>();
                    for (int i = 1; i <= columns.getColumnCount(); i++) {
                        var value = columns.getColumnTypeName(i).equals("timestamptz")
                                ? result.getObject(i, OffsetDateTime.class)
                                : result.getObject(i);
                        row.put(columns.getColumnLabel(i), value instanceof PGobject json ? json.getValue() : value);
                    }
                    rows.add(row);
                }
            }
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException(query, e);
        }
    }

    /** The first column of all rows. */
    <T> List<T> column(Class<T> type, String query, @Nullable Object... params) {
        return rows(query, params).stream()
                .map(row -> type.cast(row.values().iterator().next()))
                .toList();
    }

    /** The first column of the one row. */
    <T> T one(Class<T> type, String query, @Nullable Object... params) {
        var values = column(type, query, params);
        if (values.size() != 1) {
            throw new AssertionError("one row expected, got " + values + " from " + query);
        }
        return values.getFirst();
    }

    /** A count. */
    long count(String query, @Nullable Object... params) {
        return one(Number.class, query, params).longValue();
    }

    /** Waits until a query that yields one truth value yields true. */
    void awaitTrue(Duration atMost, String query, @Nullable Object... params) {
        await(query).atMost(atMost).pollInterval(POLL).until(() -> one(Boolean.class, query, params));
    }

    // --- runs

    /** Enqueues a run with one step. */
    UUID insert(String skill, String paramsJson) {
        return insert(skill, paramsJson, "");
    }

    /**
     * Enqueues a run with one step.
     *
     * @param columns values of further columns, such as {@code priority = 5, max_attempts = 2}
     */
    UUID insert(String skill, String paramsJson, String columns) {
        var names = new StringBuilder("agent_id, plan");
        var values = new StringBuilder("'agent', jsonb_build_object('steps', jsonb_build_array("
                + "jsonb_build_object('skill', ?::text, 'params', ?::jsonb)))");
        for (var column : columns.isBlank() ? new String[0] : columns.split(", ")) {
            var nameAndValue = column.split(" = ", 2);
            names.append(", ").append(nameAndValue[0]);
            values.append(", ").append(nameAndValue[1]);
        }
        return one(
                UUID.class, "INSERT INTO runs (" + names + ") VALUES (" + values + ") RETURNING id", skill, paramsJson);
    }

    /** Enqueues a run that sleeps. */
    UUID insertSleep(double seconds) {
        return insert("sleep", "{\"seconds\": " + seconds + "}");
    }

    /** Its row. */
    Map<String, @Nullable Object> run(UUID id) {
        return rows("SELECT * FROM runs WHERE id = ?", id).getFirst();
    }

    /** Waits until a run has this status. */
    void awaitStatus(Duration atMost, UUID id, String status) {
        awaitTrue(atMost, "SELECT status = '" + status + "' FROM runs WHERE id = ?", id);
    }

    /** Waits until so many runs have this status. */
    void awaitCount(Duration atMost, String status, int runs) {
        awaitTrue(atMost, "SELECT count(*) = " + runs + " FROM runs WHERE status = '" + status + "'");
    }
}
