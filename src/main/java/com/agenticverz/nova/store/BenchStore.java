package com.agenticverz.nova.store;

import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * The statements of a bench on its own schema: what is put in, what has become of it, and what the server says about
 * itself. On two connections, so that the server can be asked in the middle of a transaction. All methods block; for one
 * thread.
 */
public final class BenchStore implements AutoCloseable {

    private static final int ROWS_PER_MESSAGE = 1000;

    /** An enqueue of one run that does nothing, as COPY reads it. */
    private static final String COPIED_ROW = "bench\t\\N\t{\"steps\":[{\"skill\":\"noop\"}]}\t0\t\\N\t\\N\t\\N\t\\N\n";

    /**
     * What has become of all runs.
     *
     * @param runs how many there are
     * @param succeededAtOnce those that succeeded with their first attempt
     * @param claims rows of claims that are left
     */
    public record Outcome(long runs, long succeededAtOnce, long claims) {}

    /** How long runs waited, in milliseconds: of a hundred, 50, 95 and 99 waited at most so long. */
    public record Waits(double p50, double p95, double p99) {}

    /** What a figure depends on, as PostgreSQL writes it. */
    public record ServerSettings(
            String postgresVersion, String fsync, String synchronousCommit, String sharedBuffers, String maxWalSize) {}

    private final Handle session;
    private final Handle meter;

    private BenchStore(Handle session, Handle meter) {
        this.session = session;
        this.meter = meter;
    }

    /** Connects to the schema of a bench. */
    public static BenchStore open(DatabaseUrl url) {
        var session = BenchSchema.session(url);
        try {
            return new BenchStore(session, BenchSchema.session(url));
        } catch (RuntimeException e) {
            session.close();
            throw e;
        }
    }

    /**
     * Enqueues runs that do nothing, in one transaction. Returns as soon as it is committed.
     *
     * @param beforeCommit called when all is written and nobody sees it yet
     */
    public void insert(int runs, Runnable beforeCommit) {
        session.useTransaction(transaction -> {
            transaction
                    .createUpdate(Sql.named("bench_insert"))
                    .bind("runs", runs)
                    .execute();
            beforeCommit.run();
        });
    }

    /** Enqueues runs that do nothing by one COPY, in one transaction. */
    public void copy(int runs) {
        try {
            var copy = session.getConnection()
                    .unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyIn(Sql.named("bench_copy"));
            try {
                var rows = COPIED_ROW.repeat(ROWS_PER_MESSAGE).getBytes(StandardCharsets.UTF_8);
                for (int left = runs; left > 0; left -= ROWS_PER_MESSAGE) {
                    int length = rows.length / ROWS_PER_MESSAGE * Math.min(left, ROWS_PER_MESSAGE);
                    copy.writeToCopy(rows, 0, length);
                }
                copy.endCopy();
            } finally {
                if (copy.isActive()) {
                    copy.cancelCopy();
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException("COPY failed: " + e.getMessage(), e);
        }
    }

    /** What has become of the runs. Reads the whole table. */
    public Outcome outcome() {
        return session.createQuery(Sql.named("bench_outcome"))
                .map((row, _) ->
                        new Outcome(row.getLong("runs"), row.getLong("succeeded_at_once"), row.getLong("claims")))
                .one();
    }

    /** How long the runs waited until they were started. Reads the whole table. */
    public Waits waits() {
        return session.createQuery(Sql.named("bench_waits"))
                .map((row, _) -> new Waits(row.getDouble("p50"), row.getDouble("p95"), row.getDouble("p99")))
                .one();
    }

    /** Forgets the runs. */
    public void empty() {
        session.createUpdate(Sql.named("bench_empty")).execute();
    }

    /** The bytes of WAL that the server has written so far; null: the role may not ask, or the server does not know. */
    public @Nullable Long walBytes() {
        try {
            return meter.createQuery(Sql.named("bench_wal")).mapTo(Long.class).one();
        } catch (RuntimeException e) {
            return null;
        }
    }

    /** The process id of a session on the host of the server. */
    public long backend() {
        return meter.createQuery(Sql.named("bench_backend")).mapTo(Long.class).one();
    }

    /** The settings of the server, as a session of this role has them. */
    public ServerSettings settings() {
        return session.createQuery(Sql.named("bench_settings"))
                .map((row, _) -> new ServerSettings(
                        row.getString("postgres_version"),
                        row.getString("fsync"),
                        row.getString("synchronous_commit"),
                        row.getString("shared_buffers"),
                        row.getString("max_wal_size")))
                .one();
    }

    @Override
    public void close() {
        try {
            session.close();
        } finally {
            meter.close();
        }
    }
}
