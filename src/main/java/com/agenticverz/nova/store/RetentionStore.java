package com.agenticverz.nova.store;

import java.time.Duration;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/** What goes when it is old enough. All methods block. */
public final class RetentionStore {

    private final Jdbi jdbi;

    RetentionStore(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /**
     * Deletes those of the next runs by id that have ended long enough ago, with all that stands beside them, if the epoch is
     * still the poller's.
     *
     * @param from the first id to look at
     * @param limit looks at so many at most; at least 2
     */
    public Swept sweep(long epoch, Retention retention, UUID from, int limit) {
        return jdbi.inTransaction(handle -> {
            handle.createQuery(Sql.named("sweep_settings")).mapTo(String.class).list();
            return handle.createQuery(Sql.named("sweep"))
                    .bind("epoch", epoch)
                    .bind("from", from)
                    .bind("limit", limit)
                    .bind("succeeded_ms", millis(retention.succeeded()))
                    .bind("cancelled_ms", millis(retention.cancelled()))
                    .bind("failed_ms", millis(retention.failed()))
                    .map((row, _) ->
                            new Swept(row.getInt("looked"), row.getInt("deleted"), row.getObject("next", UUID.class)))
                    .one();
        });
    }

    private static @Nullable Long millis(@Nullable Duration time) {
        return time == null ? null : time.toMillis();
    }
}
