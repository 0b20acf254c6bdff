package com.agenticverz.nova.store;

import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.transaction.TransactionIsolationLevel;

/**
 * A session that holds a snapshot: as long as it does, nothing that died in this database since then can be vacuumed. It
 * locks no table.
 */
public final class OldSnapshot implements AutoCloseable {

    private final Handle session;
    private final String since;

    private OldSnapshot(Handle session) {
        this.session = session;
        session.begin();
        session.setTransactionIsolationLevel(TransactionIsolationLevel.REPEATABLE_READ);
        this.since = ask();
    }

    /** Takes one. */
    public static OldSnapshot take(DatabaseUrl url) {
        var session = BenchSchema.session(url);
        try {
            return new OldSnapshot(session);
        } catch (RuntimeException e) {
            session.close();
            throw e;
        }
    }

    private String ask() {
        return session.createQuery(Sql.named("bench_snapshot"))
                .mapTo(String.class)
                .one();
    }

    /**
     * Whether it has been the same all the while.
     *
     * @throws RuntimeException when its session is gone
     */
    public boolean isHeld() {
        return since.equals(ask());
    }

    @Override
    public void close() {
        try {
            session.rollback();
        } finally {
            session.close();
        }
    }
}
