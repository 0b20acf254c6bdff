package com.agenticverz.nova.store;

import com.agenticverz.nova.run.RunStatus;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;

/** What people look at and do by hand, on runs of a live cluster. All methods block. */
public final class InterventionStore {

    /**
     * What became of a run that was asked for.
     *
     * @param status what it was before; null: there is no such run
     * @param changed whether it was as asked
     * @param newId of the run that repeats it now; null: none does
     * @param newStart when that one begins; null: at once, or there is none
     * @param repeatedBy of the run that repeated it before, the last one; null: none did
     */
    public record Done(
            UUID id,
            @Nullable RunStatus status,
            boolean changed,
            @Nullable UUID newId,
            @Nullable OffsetDateTime newStart,
            @Nullable UUID repeatedBy) {}

    /**
     * A run, the steps that it has finished, and what its skills have said of steps.
     *
     * @param runJson its row, an object by the names of its columns
     * @param stepsJson an array of such objects
     * @param progressJson another one
     */
    public record RunWithSteps(String runJson, String stepsJson, String progressJson) {}

    private static final String NO_DATA_FOUND = "P0002";
    private static final String NOT_IN_THIS_STATE = "55000";
    private static final String DATA_EXCEPTION = "22";

    private final Jdbi jdbi;

    InterventionStore(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /**
     * The newest runs, each an object by the names of its columns, without plan and result.
     *
     * @param status null: any
     * @param agentId null: any
     */
    public List<String> newest(@Nullable RunStatus status, @Nullable String agentId, int limit) {
        return jdbi.withHandle(handle -> handle.createQuery(Sql.named("runs_list"))
                .bind("status", status == null ? null : status.column())
                .bind("agent_id", agentId)
                .bind("limit", limit)
                .mapTo(String.class)
                .list());
    }

    /** A run; empty: there is none with this id. */
    public Optional<RunWithSteps> run(UUID id) {
        return jdbi.withHandle(handle -> handle.createQuery(Sql.named("run_row"))
                .bind("id", id)
                .map((row, _) ->
                        new RunWithSteps(row.getString("run"), row.getString("steps"), row.getString("progress")))
                .findOne());
    }

    /**
     * Cancels runs that have not ended.
     *
     * @param reason why, for people
     */
    public List<Done> cancel(Collection<UUID> ids, String reason) {
        return jdbi.withHandle(handle -> handle.createQuery(Sql.named("cancel"))
                .bindArray("ids", UUID.class, List.copyOf(ids))
                .bind("reason", reason)
                .map((row, _) -> new Done(
                        row.getObject("id", UUID.class),
                        status(row.getString("status")),
                        row.getBoolean("changed"),
                        null,
                        null,
                        null))
                .list());
    }

    /**
     * Enqueues runs once more that have failed or were cancelled; each is a new one.
     *
     * @param again also those that another run repeats already
     * @return what became of each, once
     */
    public List<Done> retry(Collection<UUID> ids, boolean again) {
        var once = ids.stream().distinct().toList();
        return jdbi.inTransaction(handle -> retry(handle, once, again, null, 0, 0));
    }

    /**
     * The same in a transaction of the caller's, and spread over a time.
     *
     * @param ids each once
     * @param start when the first one begins; null: all at once
     * @param already so many have been spread before these
     */
    static List<Done> retry(
            Handle handle,
            List<UUID> ids,
            boolean again,
            @Nullable OffsetDateTime start,
            long already,
            double gapSeconds) {
        handle.createQuery(Sql.named("brief_lock")).mapTo(String.class).one();
        handle.createQuery(Sql.named("lock_parents"))
                .bindArray("ids", UUID.class, ids)
                .mapTo(UUID.class)
                .list();
        return handle.createQuery(Sql.named("retry_again"))
                .bindArray("ids", UUID.class, ids)
                .bind("again", again)
                .bind("start", start)
                .bind("already", already)
                .bind("gap_seconds", gapSeconds)
                .map((row, _) -> {
                    var newId = row.getObject("new_id", UUID.class);
                    return new Done(
                            row.getObject("id", UUID.class),
                            status(row.getString("status")),
                            newId != null,
                            newId,
                            row.getObject("next_attempt_at", OffsetDateTime.class),
                            row.getObject("repeated_by", UUID.class));
                })
                .list();
    }

    /**
     * Sends a signal to a run, before or while it waits for it.
     *
     * @param payloadJson a JSON value
     * @param idempotencyKey a second signal to the same run with the same key changes nothing; null: none
     * @throws SignalRefusedException when there is no such run, it has ended, or what is sent is not allowed
     */
    public Signalled signal(UUID run, String name, String payloadJson, @Nullable String idempotencyKey) {
        try {
            var became = jdbi.withHandle(handle -> handle.createQuery(Sql.named("signal"))
                    .bind("run_id", run)
                    .bind("name", name)
                    .bind("payload", payloadJson)
                    .bind("idempotency_key", idempotencyKey)
                    .mapTo(String.class)
                    .one());
            return Signalled.valueOf(became.toUpperCase(Locale.ROOT));
        } catch (JdbiException e) {
            var why = refusal(Database.sqlState(e));
            if (why == null) {
                throw e;
            }
            // The server says ERROR before what the function says.
            throw new SignalRefusedException(why, Database.reason(e).replaceFirst("^ERROR: ", ""), e);
        }
    }

    private static SignalRefusedException.@Nullable Reason refusal(@Nullable String sqlState) {
        return switch (sqlState) {
            case null -> null;
            case NO_DATA_FOUND -> SignalRefusedException.Reason.NO_SUCH_RUN;
            case NOT_IN_THIS_STATE -> SignalRefusedException.Reason.RUN_HAS_ENDED;
            default -> sqlState.startsWith(DATA_EXCEPTION) ? SignalRefusedException.Reason.INVALID : null;
        };
    }

    private static @Nullable RunStatus status(@Nullable String column) {
        return column == null ? null : RunStatus.ofColumn(column);
    }

    /** Runs that have been marked as running for longer. */
    public List<UUID> stuck(Duration olderThan) {
        return ids(Sql.named("stuck"), olderThan);
    }

    /** Puts them back into the queue; their attempts stay used up. */
    public List<UUID> resetStuck(Duration olderThan) {
        return ids(Sql.named("reset_stuck"), olderThan);
    }

    private List<UUID> ids(String statement, Duration olderThan) {
        return jdbi.withHandle(handle -> handle.createQuery(statement)
                .bind("older_than_ms", olderThan.toMillis())
                .mapTo(UUID.class)
                .list());
    }
}
