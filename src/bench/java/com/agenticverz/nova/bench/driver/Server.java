package com.agenticverz.nova.bench.driver;

import com.agenticverz.nova.setting.SettingException;
import com.agenticverz.nova.store.DatabaseUrl;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The PostgreSQL server on which all are measured, and a connection that makes and drops databases. */
final class Server implements AutoCloseable {

    private static final String PREFIX = "nova_bench_";
    private static final String INSUFFICIENT_PRIVILEGE = "42501";

    private final DatabaseUrl url;
    private final @Nullable EmbeddedPostgres embedded;
    private final Connection connection;

    private Server(DatabaseUrl url, @Nullable EmbeddedPostgres embedded) {
        this.url = url;
        this.embedded = embedded;
        this.connection = BenchDatabase.connect(url);
    }

    /** One that is there already, by the URL of somebody who may create databases. */
    static Server at(String url) {
        try {
            return new Server(DatabaseUrl.parse("DATABASE_URL", url), null);
        } catch (SettingException e) {
            throw new BenchFailure(String.valueOf(e.getMessage()).replace(" Nova did not start.", ""), e);
        }
    }

    /** Starts one for this run, as durable as PostgreSQL is by default, with memory for the tables of a benchmark. */
    static Server start(Path data) {
        try {
            var postgres = EmbeddedPostgres.builder()
                    .setDataDirectory(data)
                    .setCleanDataDirectory(true)
                    .setPGStartupWait(Duration.ofSeconds(60))
                    .setServerConfig("shared_buffers", "1GB")
                    .setServerConfig("max_wal_size", "8GB")
                    // The library that starts it has other ideas of these.
                    .setServerConfig("fsync", "on")
                    .setServerConfig("synchronous_commit", "on")
                    .setServerConfig("full_page_writes", "on")
                    .setServerConfig("max_connections", "100")
                    .start();
            return new Server(
                    DatabaseUrl.parse(
                            "DATABASE_URL", "postgresql://postgres@127.0.0.1:" + postgres.getPort() + "/postgres"),
                    postgres);
        } catch (IOException | IllegalStateException e) {
            throw new BenchFailure("PostgreSQL did not start: " + e.getMessage(), e);
        }
    }

    /** A new database for a contestant. A checkpoint before that, so that none pays for what another has written. */
    BenchDatabase createDatabase(String contestant) {
        var name = database(contestant);
        dropDatabase(contestant);
        execute("CREATE DATABASE " + name + " TEMPLATE template0");
        checkpoint();
        return new BenchDatabase(new DatabaseUrl(url.hosts(), name, url.user(), url.password(), url.parameters()));
    }

    /** Where the role may: on a server of somebody else it often may not. */
    private void checkpoint() {
        try (var statement = connection.createStatement()) {
            statement.execute("CHECKPOINT");
        } catch (SQLException e) {
            if (!INSUFFICIENT_PRIVILEGE.equals(e.getSQLState())) {
                throw new BenchFailure("the database: " + e.getMessage(), e);
            }
        }
    }

    void dropDatabase(String contestant) {
        execute("DROP DATABASE IF EXISTS " + database(contestant) + " WITH (FORCE)");
    }

    private static String database(String contestant) {
        return PREFIX + contestant.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "_");
    }

    private void execute(String sql) {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new BenchFailure("the database: " + e.getMessage(), e);
        }
    }

    /** Its version, each setting that is not the default, and those that the table shows. */
    ObjectNode about() {
        var about = new ObjectMapper().createObjectNode();
        try (var statement = connection.createStatement()) {
            try (var version = statement.executeQuery("SHOW server_version")) {
                version.next();
                about.put("version", version.getString(1));
            }
            var settings = about.putObject("settings");
            try (var rows = statement.executeQuery("""
                    SELECT name, current_setting(name) FROM pg_settings
                    WHERE source IN ('configuration file', 'command line', 'environment variable')
                       OR name IN ('fsync', 'synchronous_commit', 'shared_buffers', 'max_wal_size')
                    ORDER BY name
                    """)) {
                while (rows.next()) {
                    settings.put(rows.getString(1), rows.getString(2));
                }
            }
        } catch (SQLException e) {
            throw new BenchFailure("the database: " + e.getMessage(), e);
        }
        return about;
    }

    @Override
    public void close() {
        try {
            connection.close();
            if (embedded != null) {
                embedded.close();
            }
        } catch (SQLException | IOException e) {
            throw new BenchFailure("PostgreSQL did not stop: " + e.getMessage(), e);
        }
    }
}
