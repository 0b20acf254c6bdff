package com.agenticverz.nova.enqueue;

import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.NewRun;
import com.agenticverz.nova.store.RunStore;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Puts runs into the queue. All methods block. */
public final class Enqueuer {

    /** Enough that a statement's own cost is spread; few enough that ids are printed while a long file is read. */
    private static final int BATCH_SIZE = 2000;

    private final RunStore runs;

    public Enqueuer(RunStore runs) {
        this.runs = runs;
    }

    /** Who learns what became of each line. */
    public interface Report {
        /** A run is in the queue. In the order of the lines. */
        void enqueued(UUID id);

        /**
         * A line was not enqueued.
         *
         * @param line its number, from 1
         * @param reason in one line
         */
        void rejected(long line, String reason);
    }

    /**
     * What became of all lines.
     *
     * @param enqueued new runs
     * @param known lines whose idempotency key was known already
     * @param rejected lines that are no runs
     */
    public record Counts(long enqueued, long known, long rejected) {}

    /** The input or the database was lost on the way. */
    public static final class Interrupted extends RuntimeException {

        private static final long serialVersionUID = 1L;

        /**
         * @param lastLine every line up to this one is dealt with; of a few after it nobody knows
         */
        Interrupted(long lastLine, Exception cause) {
            super(
                    (lastLine == 0 ? "" : "lines 1 to " + lastLine + " are dealt with; ") + "go on from line "
                            + (lastLine + 1) + ", of which at most " + BATCH_SIZE
                            + " may be in the queue already (where a line has an idempotency_key, that does no harm)",
                    cause);
        }
    }

    /**
     * Enqueues a run; empty when its idempotency key is known already.
     *
     * @throws InvalidRunException when PostgreSQL refuses what is in it
     */
    public Optional<UUID> enqueue(NewRun run) {
        try {
            return runs.enqueue(run);
        } catch (RuntimeException e) {
            throw refusalOr(e);
        }
    }

    private static RuntimeException refusalOr(RuntimeException failure) {
        return Database.isRefusal(failure)
                ? new InvalidRunException("PostgreSQL refuses it: " + Database.reason(failure), failure)
                : failure;
    }

    /**
     * Enqueues runs in one transaction, so that none is executed before all are in the queue.
     *
     * @return the new ones in their order; those whose idempotency key is known already are left out
     * @throws InvalidRunException when PostgreSQL refuses one; none is enqueued then
     */
    public List<UUID> enqueueAll(List<NewRun> batch) {
        try {
            return runs.enqueueAll(batch);
        } catch (RuntimeException e) {
            throw refusalOr(e);
        }
    }

    /**
     * Enqueues a run for each line, which is an object as {@link RunReader} reads it; blank lines are passed over. What
     * has been read is enqueued when 2000 are together or the input has a pause.
     *
     * @throws Interrupted when the input cannot be read or the database does not answer
     */
    public Counts enqueueLines(InputStream input, Report report) {
        var lines = new LineSource(input);
        var batch = new ArrayList<Numbered>();
        var counts = new Counts(0, 0, 0);
        long dealtWith = 0;
        try {
            for (var line = lines.next(); line != null; line = lines.next()) {
                if (!line.isBlank()) {
                    try {
                        batch.add(new Numbered(line.number(), RunReader.read(line.text())));
                    } catch (InvalidRunException e) {
                        report.rejected(line.number(), String.valueOf(e.getMessage()));
                        counts = new Counts(counts.enqueued, counts.known, counts.rejected + 1);
                    }
                }
                if (batch.size() == BATCH_SIZE || !lines.hasMoreNow()) {
                    counts = write(batch, counts, report);
                    dealtWith = line.number();
                    batch.clear();
                }
            }
            return write(batch, counts, report);
        } catch (IOException | RuntimeException e) {
            throw new Interrupted(dealtWith, e);
        }
    }

    /**
     * A run and the line that described it.
     *
     * @param line from 1
     */
    private record Numbered(long line, NewRun run) {}

    private Counts write(List<Numbered> batch, Counts counts, Report report) {
        if (batch.isEmpty()) {
            return counts;
        }
        try {
            var ids = runs.enqueueAll(batch.stream().map(Numbered::run).toList());
            ids.forEach(report::enqueued);
            return new Counts(counts.enqueued + ids.size(), counts.known + batch.size() - ids.size(), counts.rejected);
        } catch (RuntimeException e) {
            if (!Database.isRefusal(e)) {
                throw e;
            }
        }
        // One of them is refused, and nothing of the batch was written: halves find it without giving up the others.
        if (batch.size() == 1) {
            return one(batch.getFirst(), counts, report);
        }
        int middle = batch.size() / 2;
        var first = write(batch.subList(0, middle), counts, report);
        return write(batch.subList(middle, batch.size()), first, report);
    }

    private Counts one(Numbered numbered, Counts counts, Report report) {
        try {
            var id = enqueue(numbered.run);
            id.ifPresent(report::enqueued);
            return new Counts(
                    counts.enqueued + (id.isPresent() ? 1 : 0),
                    counts.known + (id.isPresent() ? 0 : 1),
                    counts.rejected);
        } catch (InvalidRunException e) {
            report.rejected(numbered.line, String.valueOf(e.getMessage()));
            return new Counts(counts.enqueued, counts.known, counts.rejected + 1);
        }
    }
}
