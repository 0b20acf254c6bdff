package com.agenticverz.nova.store;

import com.agenticverz.nova.run.StartRate;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/** Runs that have failed. All methods block. */
public final class DeadLetterStore {

    /**
     * Runs that failed for the same cause.
     *
     * @param cause their message, with {@code #} for each number and {@code <id>} for each id; null: they have none
     * @param first when the first of them failed
     * @param last when the last of them failed
     * @param example the last of them
     */
    public record Cause(@Nullable String cause, long runs, OffsetDateTime first, OffsetDateTime last, UUID example) {}

    /**
     * Why runs failed, the most frequent cause first.
     *
     * @param more whether there are older ones, which are not in it
     */
    public record Causes(List<Cause> causes, boolean more) {}

    private static final String EVER_SINCE = "-infinity";
    private static final String FOR_EVER = "infinity";
    private static final UUID LAST = new UUID(-1, -1);

    private final Jdbi jdbi;

    DeadLetterStore(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /**
     * The last ones, each an object by the names of its columns, without plan and result, and with {@code repeated_by}.
     *
     * @param before only those that failed before this one; null: from the last one on
     * @return empty: the one before which they are to be has not failed, or is not there
     */
    public Optional<List<String>> list(DeadLetterFilter filter, @Nullable UUID before, int limit) {
        return jdbi.withHandle(handle -> {
            // As PostgreSQL writes it: neither end of time is a moment in Java.
            var place = Optional.of(FOR_EVER);
            if (before != null) {
                place = handle.createQuery(Sql.named("dead_letter_place"))
                        .bind("id", before)
                        .mapTo(String.class)
                        .findOne();
            }
            if (place.isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(filtered(handle.createQuery(Sql.named("dead_letters")), filter)
                    .bind("since", text(filter.since(), EVER_SINCE))
                    .bind("until", text(filter.until(), FOR_EVER))
                    .bind("before_moment", place.get())
                    .bind("before_id", before == null ? LAST : before)
                    .bind("limit", limit)
                    .mapTo(String.class)
                    .list());
        });
    }

    /**
     * Why the last ones failed.
     *
     * @param newest only so many are looked at
     * @param limit at most so many causes
     */
    public Causes causes(DeadLetterFilter filter, int newest, int limit) {
        return jdbi.withHandle(handle -> {
            var more = new boolean[1];
            var causes = filtered(handle.createQuery(Sql.named("dead_letter_causes")), filter)
                    .bind("since", text(filter.since(), EVER_SINCE))
                    .bind("before_moment", text(filter.until(), FOR_EVER))
                    .bind("newest", newest)
                    .bind("limit", limit)
                    .map((row, _) -> {
                        more[0] = row.getBoolean("more");
                        return new Cause(
                                row.getString("cause"),
                                row.getLong("runs"),
                                row.getObject("first", OffsetDateTime.class),
                                row.getObject("last", OffsetDateTime.class),
                                row.getObject("example", UUID.class));
                    })
                    .list();
            return new Causes(causes, more[0]);
        });
    }

    /**
     * To repeat those that have failed by now, in batches; nothing is done yet.
     *
     * @param filter of these, those that another run repeats are left out if it says so
     * @param rate how fast they are to begin; null: at once
     * @param actor who it is, for the audit log
     */
    public BulkRetry retry(DeadLetterFilter filter, @Nullable StartRate rate, Actor actor) {
        var now = jdbi.withHandle(handle ->
                handle.createQuery(Sql.named("now")).mapTo(OffsetDateTime.class).one());
        return new BulkRetry(jdbi, filter, rate, actor, now);
    }

    static Query filtered(Query query, DeadLetterFilter filter) {
        return query.bind("agent_id", filter.agentId())
                .bind("skill", filter.skill())
                .bind("error", filter.error())
                .bind("not_repeated", filter.notRepeated());
    }

    /** As text, for neither end of time is a moment in Java. */
    static String text(@Nullable OffsetDateTime moment, String otherwise) {
        return moment == null ? otherwise : moment.toString();
    }
}
