package com.agenticverz.nova.store;

import com.agenticverz.nova.run.Enqueued;
import com.agenticverz.nova.run.NewRun;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * Puts runs into the queue, in the transaction of a connection, whoever's it is. The driver is all that it needs: no other
 * library is on the class path of an application that enqueues.
 */
public final class Enqueuing {

    /** It takes a statement more than an INSERT. */
    private static final int WORTH_A_COPY = 20;

    /** A run that is known by its key may be deleted before its id is read. More often than this in turn: never. */
    private static final int MOST_TRIES = 10;

    private static final String IN_DOUBT =
            "runs with these idempotency keys come and go faster than they can be enqueued";

    private Enqueuing() {}

    /**
     * Enqueues a run by an INSERT, which checks no more than the table does.
     *
     * @throws SQLException when PostgreSQL refuses it or is away
     */
    static Enqueued one(Connection connection, NewRun run) throws SQLException {
        if (run.uniqueFor() != null) {
            return each(connection, List.of(run)).getFirst();
        }
        for (int i = 0; i < MOST_TRIES; i++) {
            var id = insert(connection, run);
            if (id != null) {
                return new Enqueued(id, true);
            }
            var known = known(connection, List.of(String.valueOf(run.idempotencyKey())));
            if (!known.isEmpty()) {
                return new Enqueued(known.values().iterator().next(), false);
            }
        }
        throw new SQLException(IN_DOUBT);
    }

    /** The id of the new run; null: its key is known. */
    private static @Nullable UUID insert(Connection connection, NewRun run) throws SQLException {
        try (var statement = PlainStatement.prepare(connection, Sql.named("enqueue"))) {
            var ids = statement
                    .value("agent_id", run.agentId())
                    .value("goal", run.goal())
                    .value("plan", run.planJson())
                    .value("priority", run.priority())
                    .value("max_attempts", run.maxAttempts())
                    .value("next_attempt_at", run.nextAttemptAt())
                    .value("expires_at", run.expiresAt())
                    .value("timeout_seconds", run.timeoutSeconds())
                    .value("idempotency_key", run.idempotencyKey())
                    .value("concurrency_key", run.concurrencyKey())
                    .execute();
            return ids.next() ? ids.getObject("id", UUID.class) : null;
        }
    }

    /**
     * Enqueues runs by the fastest way that there is for them; none, where one is refused.
     *
     * @return what became of each, in their order
     * @throws SQLException when PostgreSQL refuses one or is away
     */
    public static List<Enqueued> all(Connection connection, List<NewRun> runs) throws SQLException {
        if (runs.stream().anyMatch(it -> it.uniqueFor() != null)) {
            return each(connection, runs);
        }
        return runs.size() >= WORTH_A_COPY
                        && connection.isWrapperFor(PGConnection.class)
                        && runs.stream().allMatch(it -> it.idempotencyKey() == null)
                ? copy(connection, runs)
                : insert(connection, runs);
    }

    /**
     * Enqueues runs one after the other, each checked by the function {@code nova_enqueue}.
     *
     * @return what became of each, in their order
     * @throws SQLException when one is refused, and none is enqueued then; or when PostgreSQL is away
     */
    public static List<Enqueued> each(Connection connection, List<NewRun> runs) throws SQLException {
        try (var statement = PlainStatement.prepare(connection, Sql.named("enqueue_each"))) {
            return answers(
                    columns(statement, runs).maybeDoubles("unique_for_seconds", runs, it -> seconds(it.uniqueFor())));
        }
    }

    private static @Nullable Double seconds(@Nullable Duration duration) {
        return duration == null ? null : duration.getSeconds() + duration.getNano() / 1e9;
    }

    private static List<Enqueued> copy(Connection connection, List<NewRun> runs) throws SQLException {
        UUID first;
        try (var statement = PlainStatement.prepare(connection, Sql.named("run_id"))) {
            var id = statement.execute();
            id.next();
            first = id.getObject(1, UUID.class);
        }
        try {
            return RunCopy.into(connection, first, runs).stream()
                    .map(id -> new Enqueued(id, true))
                    .toList();
        } catch (IOException e) {
            throw new SQLException("COPY failed: " + e.getMessage(), e);
        }
    }

    private static List<Enqueued> insert(Connection connection, List<NewRun> runs) throws SQLException {
        var answers = new ArrayList<@Nullable Enqueued>(runs.size());
        runs.forEach(_ -> answers.add(null));
        var open = new ArrayList<Integer>();
        for (int i = 0; i < runs.size(); i++) {
            open.add(i);
        }
        for (int tries = 0; !open.isEmpty(); tries++) {
            if (tries == MOST_TRIES) {
                throw new SQLException(IN_DOUBT);
            }
            var written = insertOnce(connection, open.stream().map(runs::get).toList());
            var keys = new ArrayList<String>();
            for (int i = 0; i < written.size(); i++) {
                if (written.get(i).created()) {
                    answers.set(open.get(i), written.get(i));
                } else {
                    keys.add(String.valueOf(runs.get(open.get(i)).idempotencyKey()));
                }
            }
            if (!keys.isEmpty()) {
                var known = known(connection, keys);
                for (int i : open) {
                    var id = answers.get(i) != null
                            ? null
                            : known.get(String.valueOf(runs.get(i).idempotencyKey()));
                    if (id != null) {
                        answers.set(i, new Enqueued(id, false));
                    }
                }
            }
            open.removeIf(i -> answers.get(i) != null);
        }
        return answers.stream().map(Objects::requireNonNull).toList();
    }

    /** Of those that are known, the ids mean nothing. */
    private static List<Enqueued> insertOnce(Connection connection, List<NewRun> runs) throws SQLException {
        try (var statement = PlainStatement.prepare(connection, Sql.named("enqueue_all"))) {
            return answers(columns(statement, runs));
        }
    }

    private static PlainStatement columns(PlainStatement statement, List<NewRun> runs) throws SQLException {
        return statement
                .texts("agent_ids", runs, NewRun::agentId)
                .texts("goals", runs, NewRun::goal)
                .texts("plans", runs, NewRun::planJson)
                .maybeInts("priorities", runs, NewRun::priority)
                .maybeInts("max_attempts", runs, NewRun::maxAttempts)
                .texts("next_attempts_at", runs, moment(NewRun::nextAttemptAt))
                .texts("expire_at", runs, moment(NewRun::expiresAt))
                .maybeDoubles("timeouts_seconds", runs, NewRun::timeoutSeconds)
                .texts("idempotency_keys", runs, NewRun::idempotencyKey)
                .texts("concurrency_keys", runs, NewRun::concurrencyKey);
    }

    private static Function<NewRun, @Nullable String> moment(Function<NewRun, @Nullable Object> moment) {
        return run -> Objects.toString(moment.apply(run), null);
    }

    private static List<Enqueued> answers(PlainStatement statement) throws SQLException {
        var rows = statement.execute();
        var answers = new ArrayList<Enqueued>();
        while (rows.next()) {
            answers.add(new Enqueued(rows.getObject("id", UUID.class), rows.getBoolean("created")));
        }
        return answers;
    }

    private static Map<String, UUID> known(Connection connection, List<String> keys) throws SQLException {
        try (var statement = PlainStatement.prepare(connection, Sql.named("known_runs"))) {
            var rows = statement.texts("idempotency_keys", keys, it -> it).execute();
            var ids = new HashMap<String, UUID>();
            while (rows.next()) {
                ids.put(rows.getString("idempotency_key"), rows.getObject("id", UUID.class));
            }
            return ids;
        }
    }
}
