package com.agenticverz.nova.console;

import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.RefusedChangeException;
import io.javalin.http.HttpStatus;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How all of the API gets at the database: by a few connections at most, and a failure of the database is a problem. */
final class StoreAccess {

    private static final Pattern DATABASE_IS_AWAY = Pattern.compile("(08|40|53|57|58).*");

    private static final int PATIENCE_SECONDS = 2;

    /** The connections are those of the node's own work, of which there are few. */
    private final Semaphore connections = new Semaphore(2);

    private final Supplier<@Nullable Database> database;

    /** @param database null: it is not there yet */
    StoreAccess(Supplier<@Nullable Database> database) {
        this.database = database;
    }

    /**
     * Does something with the database.
     *
     * @throws Problem when there is none yet, it does not answer, or other requests keep the node busy
     * @throws RuntimeException what the statement throws when the database has answered
     */
    <T> T use(Function<Database, T> statement) {
        var opened = database.get();
        if (opened == null) {
            throw unavailable("the node has no database yet");
        }
        if (!acquired()) {
            throw unavailable("the node is busy with other requests");
        }
        try {
            return statement.apply(opened);
        } catch (Problem | RefusedChangeException e) {
            throw e;
        } catch (RuntimeException e) {
            if (isAway(e)) {
                throw unavailable("the database does not answer; whether it was done is not known");
            }
            throw e;
        } finally {
            connections.release();
        }
    }

    private static boolean isAway(RuntimeException failure) {
        var state = Database.sqlState(failure);
        // A bad argument was refused before the database was asked; what else has no state has not reached it.
        return state == null
                ? !(failure instanceof IllegalArgumentException)
                : DATABASE_IS_AWAY.matcher(state).matches();
    }

    private boolean acquired() {
        try {
            return connections.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static Problem unavailable(String detail) {
        return new Problem(HttpStatus.SERVICE_UNAVAILABLE, detail + "; try again").withHeader("Retry-After", "5");
    }
}
