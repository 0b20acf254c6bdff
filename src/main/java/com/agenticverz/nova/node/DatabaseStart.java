package com.agenticverz.nova.node;

import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.DatabaseSettings;
import com.agenticverz.nova.store.DatabaseUrl;
import com.agenticverz.nova.store.Server;
import com.agenticverz.nova.telemetry.Events;
import java.time.Duration;
import java.util.Set;
import java.util.function.LongSupplier;

/** The first contact with the database: waits for one that is not there yet, and says plainly what will never work. */
public final class DatabaseStart {

    private static final Duration BETWEEN_TRIES = Duration.ofSeconds(1);

    /**
     * SQLSTATEs that waiting may mend: no connection, starting up, shutting down, too many connections. PgBouncer says
     * 08P01 for whatever goes wrong behind it.
     */
    private static final Set<String> PASSING = Set.of("57P01", "57P02", "57P03", "53300");

    /** Says that the server wants something else: a password, another way to authenticate, TLS or none. */
    private static final String REJECTED = "08004";

    private DatabaseStart() {}

    /**
     * Waits until the database answers, at most the start timeout.
     *
     * @return the server behind {@code DATABASE_URL}
     * @throws StartFailure when it does not, or waiting is of no use
     */
    public static Server await(DatabaseSettings settings, LongSupplier nanoTime) {
        var server = await(settings.url(), "DATABASE_URL", settings.startTimeout(), nanoTime);
        if (!settings.directUrl().equals(settings.url())) {
            await(settings.directUrl(), "DATABASE_DIRECT_URL", settings.startTimeout(), nanoTime);
        }
        return server;
    }

    private static Server await(DatabaseUrl url, String variable, Duration timeout, LongSupplier nanoTime) {
        long started = nanoTime.getAsLong();
        boolean said = false;
        while (true) {
            try {
                return supported(Database.ask(url), url, variable);
            } catch (StartFailure e) {
                throw e;
            } catch (RuntimeException e) {
                var left = timeout.minusNanos(nanoTime.getAsLong() - started);
                var what = variable + ": " + url + ": " + Database.reason(e).replaceFirst("\\.$", "");
                if (!mayPass(e)) {
                    throw new StartFailure(what + ". Nova did not start.", e);
                }
                if (left.isNegative() || left.isZero()) {
                    throw new StartFailure(
                            what + ". Nova tried for " + timeout.toSeconds()
                                    + " s (DATABASE_START_TIMEOUT) and did not start.",
                            e);
                }
                if (!said) {
                    said = true;
                    Events.databaseWaiting(what, left);
                }
                pause();
            }
        }
    }

    private static Server supported(Server server, DatabaseUrl url, String variable) {
        if (server.versionNumber() < Server.OLDEST_VERSION_NUMBER) {
            throw new StartFailure(variable + ": " + url + " is PostgreSQL " + server.version()
                    + ", but Nova needs 14 or newer. Nova did not start.");
        }
        return server;
    }

    private static boolean mayPass(RuntimeException failure) {
        var state = Database.sqlState(failure);
        return state == null || state.startsWith("08") && !state.equals(REJECTED) || PASSING.contains(state);
    }

    private static void pause() {
        try {
            Thread.sleep(BETWEEN_TRIES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartFailure("interrupted while waiting for the database", e);
        }
    }
}
