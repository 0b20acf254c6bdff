package com.agenticverz.nova.cli;

import com.agenticverz.nova.node.Settings;
import com.agenticverz.nova.node.StartFailure;
import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.DatabaseSettings;
import com.agenticverz.nova.store.DatabaseUrl;
import com.agenticverz.nova.store.Server;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** The flags of the database. Each stands for the environment variable that its description names, and wins over it. */
public final class DatabaseFlags {

    @ArgGroup(validate = false, heading = "%nDatabase:%n", exclusive = false)
    private @Nullable Flags flags = new Flags();

    /** As text: the settings say what is wrong with a value, for flags and variables alike. */
    static final class Flags {
        @Option(
                names = "--database-url",
                paramLabel = "URL",
                description = "DATABASE_URL; required: postgresql://user:password@host:5432/database.")
        @Nullable
        String databaseUrl;

        @Option(
                names = "--database-direct-url",
                paramLabel = "URL",
                description = "DATABASE_DIRECT_URL; around a PgBouncer, for LISTEN, leases and migrations.")
        @Nullable
        String databaseDirectUrl;

        @Option(
                names = "--database-start-timeout",
                paramLabel = "SECONDS",
                description = "DATABASE_START_TIMEOUT; default 60. How long worker and migrate wait for a database"
                        + " that is not there yet.")
        @Nullable
        String databaseStartTimeout;
    }

    /** The flags that were given, by their names. */
    public Map<String, String> given() {
        var given = new LinkedHashMap<String, String>();
        var it = flags;
        if (it == null) {
            return given;
        }
        put(given, "--database-url", it.databaseUrl);
        put(given, "--database-direct-url", it.databaseDirectUrl);
        put(given, "--database-start-timeout", it.databaseStartTimeout);
        return given;
    }

    /** The settings of the database, of flags and environment. */
    DatabaseSettings settings() {
        return Settings.loadDatabase(System.getenv(), given());
    }

    /**
     * The direct address, for a command that people wait for: it answers now or not at all.
     *
     * @throws StartFailure when it does not answer, or is too old
     */
    public DatabaseUrl direct() {
        var settings = settings();
        var url = settings.directUrl();
        var what = (url.equals(settings.url()) ? "DATABASE_URL: " : "DATABASE_DIRECT_URL: ") + url;
        Server server;
        try {
            server = Database.ask(url);
        } catch (RuntimeException e) {
            throw new StartFailure(what + ": " + Problems.of(e), e);
        }
        if (server.versionNumber() < Server.OLDEST_VERSION_NUMBER) {
            throw new StartFailure(what + " is PostgreSQL " + server.version() + ", but Nova needs 14 or newer");
        }
        return url;
    }

    /**
     * Opens the database for a command that people wait for: it answers now or not at all.
     *
     * @throws StartFailure when it does not answer
     */
    public Database open() {
        var settings = settings();
        try {
            Database.ask(settings.url());
        } catch (RuntimeException e) {
            throw new StartFailure("DATABASE_URL: " + settings.url() + ": " + Problems.of(e), e);
        }
        return Database.open(settings.url(), settings.directUrl());
    }

    private static void put(Map<String, String> given, String flag, @Nullable String value) {
        if (value != null) {
            given.put(flag, value);
        }
    }
}
