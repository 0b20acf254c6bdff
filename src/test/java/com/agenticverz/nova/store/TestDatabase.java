package com.agenticverz.nova.store;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.postgresql.util.PGobject;

/**
 * A database for one test class, on the one embedded PostgreSQL of this JVM.
 *
 * <p>{@link #create()} clones a database that is migrated once, which takes a few hundredths of a second. As a static
 * {@code @RegisterExtension} it is dropped after the class; in a try-with-resources, at its end.
 */
public final class TestDatabase implements AutoCloseable, AfterAllCallback {

    /** A plan of one step, for runs that only need some plan. */
    public static final String PLAN = "{\"steps\": [{\"skill\": \"noop\"}]}";

    private static final int[] VERSIONS = Arrays.stream(
                    Objects.requireNonNull(Path.of("src/main/resources/com/agenticverz/nova/store/migrations")
                            .toFile()
                            .list((_, file) -> file.endsWith(".sql"))))
            .mapToInt(file -> Integer.parseInt(file.substring(1, file.indexOf("__"))))
            .sorted()
            .toArray();

    /** How many migrations there are. */
    public static final int MIGRATIONS = VERSIONS.length;

    /** The version of the last of them. */
    public static final String NEWEST = Integer.toString(VERSIONS[MIGRATIONS - 1]);

    private static final AtomicInteger CREATED = new AtomicInteger();

    private final DatabaseUrl url;
    private final String name;
    private final Connection connection;
    private final Database database;

    private TestDatabase(String name) throws SQLException {
        this.name = name;
        this.url = urlOf(name);
        this.connection = connect();
        this.database = Database.open(url, url);
    }

    /** A new database with the schema of today. */
    public static TestDatabase create() {
        return create("nova_" + CREATED.incrementAndGet(), Server.TEMPLATE);
    }

    /** A new database with nothing in it. */
    public static TestDatabase createEmpty() {
        return create("empty_" + CREATED.incrementAndGet(), "template0");
    }

    private static TestDatabase create(String name, String template) {
        try {
            Server.administer("CREATE DATABASE " + name + " TEMPLATE " + template);
            return new TestDatabase(name);
        } catch (SQLException e) {
            throw new IllegalStateException("no test database", e);
        }
    }

    /** Where it is; good for pooled and direct connections alike. */
    public DatabaseUrl url() {
        return url;
    }

    /** Opened, and closed together with this. */
    public Database database() {
        return database;
    }

    /** A connection of the caller's own, set up like Nova's. */
    public Connection connect() {
        try {
            return Database.dataSource(url, "nova-test", 0).getConnection();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Runs a statement with {@code ?} for each parameter. */
    public synchronized void execute(String sql, @Nullable Object... params) {
        try (var statement = prepare(sql, params)) {
            statement.execute();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The first column of the one row of a query; null where it is NULL. */
    public synchronized <T> @Nullable T one(Class<T> type, String sql, @Nullable Object... params) {
        var rows = rows(sql, params);
        if (rows.size() != 1) {
            throw new AssertionError("one row expected, got " + rows + " from " + sql);
        }
        var value = rows.getFirst().values().iterator().next();
        if (value instanceof Number number) {
            if (type == Long.class) {
                return type.cast(number.longValue());
            }
            if (type == Integer.class) {
                return type.cast(Math.toIntExact(number.longValue()));
            }
            if (type == Double.class) {
                return type.cast(number.doubleValue());
            }
        }
        return type.cast(value);
    }

    /** All rows of a query; JSON as text, moments as {@link OffsetDateTime}. */
    public synchronized List<Map<String, @Nullable Object>> rows(String sql, @Nullable Object... params) {
        try (var statement = prepare(sql, params);
                var result = statement.executeQuery()) {
            var rows = new ArrayList<Map<String, @Nullable Object>>();
            while (result.next()) {
                rows.add(row(result));
            }
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private PreparedStatement prepare(String sql, @Nullable Object... params) throws SQLException {
        var statement = connection.prepareStatement(sql);
        for (int i = 0; i < params.length; i++) {
            statement.setObject(i + 1, params[i]);
        }
        return statement;
    }

    private static Map<String, @Nullable Object> row(ResultSet result) throws SQLException {
        var columns = result.getMetaData();
        var row = new LinkedHashMap<String, @Nullable Object>();
        for (int i = 1; i <= columns.getColumnCount(); i++) {
            var value = columns.getColumnTypeName(i).equals("timestamptz")
                    ? result.getObject(i, OffsetDateTime.class)
                    : result.getObject(i);
            row.put(columns.getColumnLabel(i), value instanceof PGobject json ? json.getValue() : value);
        }
        return row;
    }

    /** Empties tables. */
    public void empty(String tables) {
        // A statement of an actor that was stopped may still be on its way, and the two may meet in a deadlock.
        Awaitility.await().ignoreExceptions().until(() -> {
            execute("TRUNCATE " + tables);
            return true;
        });
    }

    /** A run that is ready. */
    public UUID insertRun() {
        return insertRun(PLAN);
    }

    /** A run that is ready, with this plan. */
    public UUID insertRun(String planJson) {
        var id = one(UUID.class, "INSERT INTO runs (agent_id, plan) VALUES ('agent', ?::jsonb) RETURNING id", planJson);
        if (id == null) {
            throw new AssertionError("a run without an id");
        }
        return id;
    }

    @Override
    public void close() {
        database.close();
        try {
            connection.close();
            Server.administer("DROP DATABASE " + name + " WITH (FORCE)");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        close();
    }

    private static DatabaseUrl urlOf(String database) {
        return urlOf(Server.POSTGRES, database);
    }

    /** The one place that knows how an address is written. */
    static DatabaseUrl urlOf(EmbeddedPostgres server, String database) {
        return DatabaseUrl.parse("url", server.getJdbcUrl("postgres", database));
    }

    /** Started by the first test that needs it; ends with the JVM. */
    private static final class Server {

        static final EmbeddedPostgres POSTGRES = start();
        static final String TEMPLATE = migratedTemplate();

        private static EmbeddedPostgres start() {
            try {
                return EmbeddedPostgres.builder()
                        .setServerConfig("shared_buffers", "256MB")
                        .setServerConfig("max_wal_size", "4GB")
                        .setServerConfig("fsync", "off")
                        .setServerConfig("full_page_writes", "off")
                        .start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static String migratedTemplate() {
            var template = "nova_template";
            try {
                administer("CREATE DATABASE " + template + " TEMPLATE template0");
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
            var url = urlOf(template);
            try (var database = Database.open(url, url)) {
                database.schema().migrate();
            }
            return template;
        }

        static void administer(String sql) throws SQLException {
            try (var connection = POSTGRES.getPostgresDatabase().getConnection();
                    var statement = connection.createStatement()) {
                statement.execute(sql);
            }
        }
    }
}
