package com.agenticverz.nova.store;

import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/**
 * Who changes what steers the cluster, as the table {@code audit_log} names them.
 *
 * @param name such as {@code ada@host (nova)} or {@code api 127.0.0.1}; what is longer than 200 characters is cut off
 */
public record Actor(String name) {

    private static final int LONGEST = 200;

    /** Without characters that a line does not have. */
    public Actor {
        name = name.replaceAll("\\p{Cntrl}", " ").strip();
        name = name.substring(0, Math.min(LONGEST, name.length()));
    }

    /** Statements in one transaction, whose triggers name this actor. */
    <T extends @Nullable Object, X extends Exception> T does(Jdbi jdbi, HandleCallback<T, X> statements) throws X {
        return jdbi.inTransaction(handle -> {
            actsIn(handle);
            return statements.withHandle(handle);
        });
    }

    /** From here on to the end of a transaction that is open. */
    void actsIn(Handle handle) {
        handle.createQuery(Sql.named("set_actor"))
                .bind("actor", name)
                .mapTo(String.class)
                .one();
    }
}
