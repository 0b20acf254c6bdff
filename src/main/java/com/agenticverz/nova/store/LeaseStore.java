package com.agenticverz.nova.store;

import java.time.Duration;
import java.util.OptionalLong;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Row leases by the clock of the database. All methods block. Whoever takes or renews one waits for a lock on it for less
 * than the socket timeout: else the server would go on waiting for it, once for each try, when nobody waits any more.
 */
public final class LeaseStore {

    private final Jdbi jdbi;

    LeaseStore(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /**
     * Takes a lease that is free, expired, or the owner's own.
     *
     * @return its new epoch; empty while somebody else holds it
     */
    public OptionalLong acquire(String name, String owner, Duration timeToLive) {
        return PlainStatement.waitingBriefly(jdbi, Sql.named("acquire_lease"), statement -> {
            var rows = statement
                    .value("name", name)
                    .value("owner", owner)
                    .value("ttl_ms", timeToLive.toMillis())
                    .execute();
            return rows.next() ? OptionalLong.of(rows.getLong("epoch")) : OptionalLong.empty();
        });
    }

    static OptionalLong acquire(Handle handle, String name, String owner, Duration timeToLive) {
        return handle
                .createQuery(Sql.named("acquire_lease"))
                .bind("name", name)
                .bind("owner", owner)
                .bind("ttl_ms", timeToLive.toMillis())
                .mapTo(Long.class)
                .stream()
                .mapToLong(Long::longValue)
                .findFirst();
    }

    /** Lets a lease go, under whatever epoch its owner has it. */
    static void expire(Handle handle, String name, String owner) {
        handle.createUpdate(Sql.named("expire_lease"))
                .bind("name", name)
                .bind("owner", owner)
                .execute();
    }

    /** Renews a lease; false when it has changed hands. */
    public boolean renew(String name, String owner, long epoch, Duration timeToLive) {
        return PlainStatement.waitingBriefly(
                jdbi,
                Sql.named("renew_lease"),
                statement -> statement
                                .value("name", name)
                                .value("owner", owner)
                                .value("epoch", epoch)
                                .value("ttl_ms", timeToLive.toMillis())
                                .update()
                        == 1);
    }

    /** Lets a lease go. */
    public void release(String name, String owner, long epoch) {
        jdbi.useHandle(handle -> handle.createUpdate(Sql.named("release_lease"))
                .bind("name", name)
                .bind("owner", owner)
                .bind("epoch", epoch)
                .execute());
    }
}
