package com.agenticverz.nova.store;

import com.agenticverz.nova.run.StartRate;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/**
 * Repeats the runs that had failed when it was made and that a filter fits, the first first, a batch with each call. A batch
 * is a transaction: what was done is done, and another one that begins anew finds what is left. Two at once repeat no run
 * twice, if both leave out what is repeated already. Not thread-safe; the methods block.
 */
public final class BulkRetry {

    /** How many runs a batch looks at, and repeats at most. */
    public static final int BATCH = 1_000;

    private static final String EVER_SINCE = "-infinity";

    private final Jdbi jdbi;
    private final DeadLetterFilter filter;
    private final @Nullable StartRate rate;
    private final Actor actor;
    private final OffsetDateTime begun;

    private String afterMoment;
    private UUID afterId = new UUID(0, 0);
    private long repeated;
    private @Nullable OffsetDateTime lastStart;
    private @Nullable Long auditId;

    BulkRetry(Jdbi jdbi, DeadLetterFilter filter, @Nullable StartRate rate, Actor actor, OffsetDateTime begun) {
        this.jdbi = jdbi;
        this.filter = filter;
        this.rate = rate;
        this.actor = actor;
        this.begun = begun;
        this.afterMoment = DeadLetterStore.text(filter.since(), EVER_SINCE);
    }

    /** The next ones that fit, and where the ones after them begin. */
    private record Page(List<UUID> ids, String moment, UUID id) {}

    /**
     * Repeats the next ones.
     *
     * @return false: there are no more
     */
    public boolean next() {
        var page = page();
        if (page == null) {
            return false;
        }
        if (!page.ids().isEmpty()) {
            repeat(page.ids());
        }
        goOnAfter(page);
        return true;
    }

    /**
     * Counts them, instead of repeating them; begins anew with each call.
     *
     * @param isToEnd asked now and then whether nobody waits for it any more
     */
    public long count(BooleanSupplier isToEnd) {
        var counting = new BulkRetry(jdbi, filter, rate, actor, begun);
        long count = 0;
        for (var page = counting.page(); page != null && !isToEnd.getAsBoolean(); page = counting.page()) {
            count += page.ids().size();
            counting.goOnAfter(page);
        }
        return count;
    }

    /** So many are repeated so far. */
    public long repeated() {
        return repeated;
    }

    /** When the last of those begins, with a rate; null: at once, or none is repeated. */
    public @Nullable OffsetDateTime lastStart() {
        return lastStart;
    }

    private void goOnAfter(Page page) {
        afterMoment = page.moment();
        afterId = page.id();
    }

    private @Nullable Page page() {
        var before = filter.until() == null || begun.isBefore(filter.until()) ? begun : filter.until();
        return jdbi.withHandle(handle -> DeadLetterStore.filtered(
                        handle.createQuery(Sql.named("dead_letters_to_repeat")), filter)
                .bind("after_moment", afterMoment)
                .bind("after_id", afterId)
                .bind("before_moment", before.toString())
                .bind("limit", BATCH)
                .map((row, _) -> {
                    var ids = row.getArray("ids");
                    return new Page(
                            ids == null ? List.of() : Arrays.asList((UUID[]) ids.getArray()),
                            // As PostgreSQL writes it: it may be an end of time, which somebody has set by hand.
                            row.getString("moment"),
                            row.getObject("id", UUID.class));
                })
                .findOne()
                .orElse(null));
    }

    private void repeat(List<UUID> ids) {
        // Taken over only once it is committed.
        record Written(
                int repeated,
                @Nullable OffsetDateTime lastStart,
                @Nullable Long auditId) {}
        var written = actor.<Written, RuntimeException>does(jdbi, handle -> {
            var done = InterventionStore.retry(
                    handle, ids, !filter.notRepeated(), rate == null ? null : begun, repeated, gapSeconds());
            var starts = done.stream()
                    .filter(InterventionStore.Done::changed)
                    .map(InterventionStore.Done::newStart)
                    .toList();
            if (starts.isEmpty()) {
                return new Written(0, null, auditId);
            }
            return new Written(starts.size(), starts.getLast(), audit(handle, repeated + starts.size()));
        });
        repeated += written.repeated();
        lastStart = written.lastStart() == null ? lastStart : written.lastStart();
        auditId = written.auditId();
    }

    private double gapSeconds() {
        return rate == null ? 0 : 1 / rate.perSecond();
    }

    private long audit(Handle handle, long soFar) {
        long id = auditId != null
                ? auditId
                : handle.createQuery(Sql.named("audit_bulk_retry"))
                        .bind("subject", filter.toString())
                        .bind("rate", rate == null ? null : rate.perSecond())
                        .bind("again", !filter.notRepeated())
                        .mapTo(Long.class)
                        .one();
        handle.createUpdate(Sql.named("audit_bulk_retry_count"))
                .bind("id", id)
                .bind("repeated", soFar)
                .execute();
        return id;
    }
}
