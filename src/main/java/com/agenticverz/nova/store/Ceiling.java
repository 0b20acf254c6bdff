package com.agenticverz.nova.store;

import com.agenticverz.nova.run.RunStatus;
import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/**
 * What the database alone could do: claims and settles with Nova's own statements, and nothing else. No actors, no
 * message, no plan that is read, no skill; one thread claims and one settles, so that both go on at once, as they do in a
 * node. Only the columns that a settlement needs are read.
 *
 * <p>Over plain JDBC, on connections like those of a node. For a schema in which no node polls.
 */
public final class Ceiling implements AutoCloseable {

    private static final String LEASE = "poller";
    private static final String OWNER = "ceiling";
    private static final Duration LEASE_TIME_TO_LIVE = Duration.ofDays(1);

    /** Batches that are claimed and wait for the thread that settles; enough that neither waits for a moment's delay. */
    private static final int BATCHES_AHEAD = 4;

    private static final int MAX_ATTEMPTS = 5;

    /** What a node writes for a run of one step that does nothing. */
    private static final String RESULT = "{\"s1\":null}";

    private static final double RAN_MILLIS = 0.01;

    /**
     * Runs of one claim.
     *
     * @param last the place of the last of them in the queue; of a batch that is not full, that of the one before
     */
    private record Batch(long claimId, String[] ids, Integer[] attempts, Place last) {

        /** Nothing comes after this. */
        static final Batch END = new Batch(0, new String[0], new Integer[0], Place.START);
    }

    /** A place in the queue, as PostgreSQL writes it. */
    private record Place(int rank, String createdAt, String id) {

        static final Place START = new Place(Integer.MIN_VALUE, "-infinity", new UUID(0, 0).toString());
    }

    private final UUID node = UUID.randomUUID();
    private final int batchSize;
    private final long epoch;
    private final Connection claiming;
    private final Connection settling;
    private final PlainStatement claim;
    private final PlainStatement settle;

    /** The arrays of a settlement that are the same for all batches of one size, by that size. */
    private final Map<Integer, Map<String, Array>> constants = new HashMap<>();

    private volatile @Nullable Exception claimFailure;

    private Ceiling(DatabaseUrl url, int batchSize) throws SQLException {
        this.batchSize = batchSize;
        var source = Database.sessions(url, "nova-bench", 0);
        this.epoch = Jdbi.create(source)
                .withHandle(handle -> LeaseStore.acquire(handle, LEASE, OWNER, LEASE_TIME_TO_LIVE))
                .orElseThrow(() -> new IllegalStateException("somebody polls in the schema of the bench"));
        this.claiming = source.getConnection();
        this.settling = source.getConnection();
        this.claim = PlainStatement.byIndex(claiming, Sql.named("claim"));
        this.settle = PlainStatement.byIndex(settling, Sql.named("settle"));
    }

    /**
     * Gets ready to settle the runs of a schema.
     *
     * @param batchSize most runs that one statement claims or settles
     */
    public static Ceiling open(DatabaseUrl url, int batchSize) {
        try {
            return new Ceiling(url, batchSize);
        } catch (SQLException e) {
            throw new IllegalStateException("the ceiling cannot connect: " + e.getMessage(), e);
        }
    }

    /**
     * Claims and settles so many runs; returns when the last is settled.
     *
     * @throws IllegalStateException when there are fewer, or when one was not its to settle
     */
    public void settle(long runs) {
        var batches = new ArrayBlockingQueue<Batch>(BATCHES_AHEAD);
        claimFailure = null;
        var claimer = Thread.ofPlatform().daemon().name("ceiling-claim").start(() -> claimInto(batches, runs));
        try {
            long settled = 0;
            for (var batch = batches.take(); batch != Batch.END; batch = batches.take()) {
                if (batch.ids().length > 0) {
                    settle(batch);
                }
                settled += batch.ids().length;
            }
            if (claimFailure != null) {
                throw new IllegalStateException("the ceiling cannot claim: " + claimFailure.getMessage(), claimFailure);
            }
            if (settled != runs) {
                throw new IllegalStateException("the ceiling found " + settled + " runs; " + runs + " were enqueued");
            }
        } catch (SQLException e) {
            throw new IllegalStateException("the ceiling cannot settle: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the ceiling was interrupted", e);
        } finally {
            claimer.interrupt();
        }
    }

    private void claimInto(BlockingQueue<Batch> batches, long runs) {
        try {
            try {
                claimAll(batches, runs);
            } catch (SQLException | RuntimeException e) {
                claimFailure = e;
            }
            batches.put(Batch.END);
        } catch (InterruptedException e) {
            // Whoever settles has given up.
        }
    }

    private void claimAll(BlockingQueue<Batch> batches, long runs) throws SQLException, InterruptedException {
        var place = Place.START;
        long left = runs;
        while (left > 0) {
            int limit = (int) Math.min(batchSize, left);
            var batch = claim(place, limit);
            batches.put(batch);
            if (batch.ids().length < limit) {
                return;
            }
            left -= limit;
            place = batch.last();
        }
    }

    private Batch claim(Place place, int limit) throws SQLException {
        var ids = new ArrayList<String>(limit);
        var attempts = new ArrayList<Integer>(limit);
        long claimId = 0;
        var last = place;
        try (var rows = execute(
                claim,
                Map.of(
                        "epoch", epoch,
                        "node", node,
                        "limit", limit,
                        "rank", place.rank(),
                        "created_at", place.createdAt(),
                        "id", place.id(),
                        // What is in flight lies behind the place; a node sends it for the times when it goes back.
                        "in_flight_ids", claiming.createArrayOf("uuid", new String[0]),
                        "in_flight_attempts", claiming.createArrayOf("int4", new Integer[0]),
                        "default_max_attempts", MAX_ATTEMPTS))) {
            while (rows.next()) {
                var id = rows.getString("id");
                if (id == null) {
                    break;
                }
                ids.add(id);
                attempts.add(rows.getInt("attempts"));
                if (ids.size() == 1) {
                    claimId = rows.getLong("claim_id");
                }
                if (ids.size() == limit) {
                    last = new Place(rows.getInt("rank"), rows.getString("created_at"), id);
                }
            }
        }
        return new Batch(claimId, ids.toArray(String[]::new), attempts.toArray(Integer[]::new), last);
    }

    private void settle(Batch batch) throws SQLException {
        int size = batch.ids().length;
        var claimIds = new Long[size];
        Arrays.fill(claimIds, batch.claimId());
        var values = new HashMap<String, Object>(constants(size));
        values.put("node", node);
        values.put("ids", settling.createArrayOf("uuid", batch.ids()));
        values.put("attempts", settling.createArrayOf("int4", batch.attempts()));
        values.put("claim_ids", settling.createArrayOf("int8", claimIds));
        values.put("finished_claim_ids", settling.createArrayOf("int8", new Long[] {batch.claimId()}));
        try (var fencedOut = execute(settle, values)) {
            if (fencedOut.next()) {
                throw new IllegalStateException(
                        "run " + fencedOut.getString("id") + " was not the ceiling's to settle");
            }
        }
    }

    private static ResultSet execute(PlainStatement statement, Map<String, ?> values) throws SQLException {
        for (var value : values.entrySet()) {
            statement.value(value.getKey(), value.getValue());
        }
        return statement.execute();
    }

    private Map<String, Array> constants(int size) throws SQLException {
        var known = constants.get(size);
        if (known == null) {
            known = Map.of(
                    "maybe_unmarked", filled("bool", new Boolean[size], true),
                    "maybe_marked", filled("bool", new Boolean[size], false),
                    "statuses", filled("text", new String[size], RunStatus.SUCCEEDED.column()),
                    "results", filled("text", new String[size], RESULT),
                    "messages", filled("text", new String[size], null),
                    "retry_ms", filled("int8", new Long[size], null),
                    "ran_ms", filled("float8", new Double[size], RAN_MILLIS),
                    "ended_ms_ago", filled("int8", new Long[size], 0L));
            constants.put(size, known);
        }
        return known;
    }

    private <T> Array filled(String type, T[] array, @Nullable T value) throws SQLException {
        Arrays.fill(array, value);
        return settling.createArrayOf(type, array);
    }

    @Override
    public void close() {
        try {
            claiming.close();
            settling.close();
        } catch (SQLException e) {
            // They are gone either way.
        }
    }
}
