package com.agenticverz.nova.enqueue;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * PostgreSQL has not enqueued what {@link RunClient} was to enqueue: it refuses it, or does not answer. The message says
 * why, in one line. The transaction of the connection can only be rolled back, or to a savepoint before.
 */
public final class EnqueueException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final @Nullable String sqlState;

    EnqueueException(SQLException cause) {
        super(
                "not enqueued: "
                        + String.valueOf(cause.getMessage()).lines().findFirst().orElse(""),
                cause);
        this.sqlState = cause.getSQLState();
    }

    /**
     * Why, as a code of PostgreSQL: {@code 22…} and {@code 23…} are what it refuses, {@code 08…} a lost connection, {@code
     * 40…} a transaction that may be tried again; null: there is none.
     */
    public @Nullable String sqlState() {
        return sqlState;
    }
}
