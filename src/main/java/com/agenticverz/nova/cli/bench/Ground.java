package com.agenticverz.nova.cli.bench;

import com.agenticverz.nova.cli.Problems;
import com.agenticverz.nova.node.StartFailure;
import com.agenticverz.nova.store.BenchSchema;
import com.agenticverz.nova.store.BenchStore;
import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.DatabaseUrl;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;

/** A schema of a bench, with Nova's tables in it, and how a drain of it is timed. */
final class Ground implements AutoCloseable {

    /** The row of a claim may outlive its last run by a heartbeat. */
    private static final Duration CLAIMS_GONE = Duration.ofSeconds(10);

    private final BenchSchema schema;
    private final Database database;
    private final BenchStore store;
    private final Meter meter;

    private Ground(BenchSchema schema, Database database) {
        this.schema = schema;
        this.database = database;
        this.store = BenchStore.open(schema.url());
        this.meter = new Meter(store, schema.url().host());
    }

    /**
     * Makes one.
     *
     * @throws StartFailure when the database does not let it
     */
    static Ground make(DatabaseUrl url) {
        var schema = schema(url);
        var database = Database.open(schema.url(), schema.url());
        try {
            database.schema().migrate();
            return new Ground(schema, database);
        } catch (RuntimeException e) {
            database.close();
            schema.close();
            throw e;
        }
    }

    private static BenchSchema schema(DatabaseUrl url) {
        try {
            return BenchSchema.create(url);
        } catch (RuntimeException e) {
            throw BenchSchema.isRefused(e)
                    ? new StartFailure(
                            url + ": the role may not make the schema that a bench needs for its tables: GRANT CREATE"
                                    + " ON DATABASE " + url.database() + ", or try --embedded",
                            e)
                    : e;
        }
    }

    /** The database, with this schema in place of the user's. */
    DatabaseUrl url() {
        return schema.url();
    }

    Database database() {
        return database;
    }

    BenchStore store() {
        return store;
    }

    Meter meter() {
        return meter;
    }

    /**
     * Enqueues runs in one transaction, and times from its commit how long it takes to settle them.
     *
     * @param settle returns when so many runs have been settled
     */
    Rate drain(int runs, LongConsumer settle) {
        return drain(runs, runs, settle);
    }

    /** The same for the first of the runs that are enqueued; the others are left. */
    Rate drain(int runs, int first, LongConsumer settle) {
        var before = new AtomicReference<Meter.Reading>();
        store.insert(runs, () -> before.set(meter.read()));
        long committedNanos = System.nanoTime();
        settle.accept(first);
        long tookNanos = System.nanoTime() - committedNanos;
        return new Rate(first, tookNanos, meter.since(before.get()));
    }

    /**
     * Sees to it that so many runs are there, that each succeeded at its first attempt, and that no claim is left.
     *
     * @throws StartFailure when that is not so: whatever was measured is no figure
     */
    void check(long runs) {
        long deadlineNanos = System.nanoTime() + CLAIMS_GONE.toNanos();
        var outcome = store.outcome();
        while (outcome.claims() > 0 && System.nanoTime() < deadlineNanos) {
            Pace.moment();
            outcome = store.outcome();
        }
        if (outcome.runs() != runs || outcome.succeededAtOnce() != runs || outcome.claims() > 0) {
            throw new StartFailure("of " + runs + " runs, " + outcome.runs() + " are there, "
                    + outcome.succeededAtOnce() + " have succeeded at their first attempt, and " + outcome.claims()
                    + " claims are left: no figure");
        }
    }

    /** {@link #check}, and forgets the runs, so that the next repetition begins alike. */
    void checkAndEmpty(long runs) {
        check(runs);
        store.empty();
    }

    @Override
    public void close() {
        try {
            // What a thread of this process is waiting for would keep the connections, and their locks.
            schema.endSessions();
            store.close();
            database.close();
        } catch (RuntimeException e) {
            // Connections that are gone: the schema is not.
        }
        try {
            schema.close();
        } catch (RuntimeException e) {
            throw new StartFailure(
                    "the schema " + schema.name() + " could not be removed: " + Problems.of(e)
                            + ". The next bench removes it, and so does DROP SCHEMA " + schema.name() + " CASCADE",
                    e);
        }
    }
}
