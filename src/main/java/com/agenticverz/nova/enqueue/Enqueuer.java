package com.agenticverz.nova.enqueue;

import com.agenticverz.nova.run.Enqueued;
import com.agenticverz.nova.run.NewRun;
import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.RunStore;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Puts runs into the queue. All methods block. */
public final class Enqueuer {

    /** The longest line that {@link #enqueueLines} takes where its caller has no other bound. */
    public static final int LONGEST_LINE_BYTES = 64 << 20;

    /** Enough that a statement's own cost is spread; few enough that ids are printed while a long file is read. */
    private static final int BATCH_SIZE = 2000;

    /** A batch of long plans is to fit into memory. */
    private static final long BATCH_CHARS = 16 << 20;

    private final Function<NewRun, Enqueued> one;
    private final Function<List<NewRun>, List<Enqueued>> all;

    public Enqueuer(RunStore runs) {
        this(runs::enqueue, runs::enqueueAll);
    }

    /**
     * The same through whatever lets the statements through.
     *
     * @param one as {@link RunStore#enqueue}
     * @param all as {@link RunStore#enqueueAll}
     */
    public Enqueuer(Function<NewRun, Enqueued> one, Function<List<NewRun>, List<Enqueued>> all) {
        this.one = one;
        this.all = all;
    }

    /** Who learns what became of each line. */
    public interface Report {
        /** A run of this line is in the queue, or was known before. In the order of the lines. */
        void enqueued(long line, Enqueued run);

        /**
         * A line was not enqueued.
         *
         * @param line its number, from 1
         * @param reason in one line
         */
        void rejected(long line, String reason);

        /** Everything up to this line is dealt with, and the next ones are read now. */
        default void dealtWith(long line) {}
    }

    /**
     * What became of all lines.
     *
     * @param enqueued new runs
     * @param known lines whose run was there before: with their idempotency key, or as the same plan of the agent within
     *     the time for which that is unique
     * @param rejected lines that are no runs
     */
    public record Counts(long enqueued, long known, long rejected) {

        static final Counts NONE = new Counts(0, 0, 0);

        private Counts with(Enqueued run) {
            return run.created()
                    ? new Counts(enqueued + 1, known, rejected)
                    : new Counts(enqueued, known + 1, rejected);
        }

        private Counts withRejected() {
            return new Counts(enqueued, known, rejected + 1);
        }
    }

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
     * Enqueues a run.
     *
     * @throws InvalidRunException when PostgreSQL refuses what is in it
     */
    public Enqueued enqueue(NewRun run) {
        try {
            return one.apply(run);
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
     * @return what became of each, in their order
     * @throws InvalidRunException when PostgreSQL refuses one; none is enqueued then
     */
    public List<Enqueued> enqueueAll(List<NewRun> batch) {
        try {
            return all.apply(batch);
        } catch (RuntimeException e) {
            throw refusalOr(e);
        }
    }

    /** The same as the other, for lines of at most {@link #LONGEST_LINE_BYTES}. */
    public Counts enqueueLines(InputStream input, Report report) {
        return enqueueLines(input, LONGEST_LINE_BYTES, report);
    }

    /**
     * Enqueues a run for each line, which is an object as {@link RunReader} reads it; blank lines are passed over. What
     * has been read is enqueued when 2000 are together or the input has a pause; before that, no more is read.
     *
     * @param longestLineBytes a longer one is rejected
     * @throws Interrupted when the input cannot be read or the database does not answer
     */
    public Counts enqueueLines(InputStream input, int longestLineBytes, Report report) {
        var lines = new LineSource(input, longestLineBytes);
        var batch = new ArrayList<Numbered>();
        var counts = Counts.NONE;
        long chars = 0;
        long dealtWith = 0;
        try {
            for (var line = lines.next(); line != null; line = lines.next()) {
                if (!line.isBlank()) {
                    try {
                        var run = RunReader.read(line.text());
                        chars += run.planJson().length();
                        batch.add(new Numbered(line.number(), run));
                    } catch (InvalidRunException e) {
                        report.rejected(line.number(), String.valueOf(e.getMessage()));
                        counts = counts.withRejected();
                    }
                }
                if (batch.size() == BATCH_SIZE || chars > BATCH_CHARS || !lines.hasMoreNow()) {
                    counts = write(batch, counts, report);
                    dealtWith = line.number();
                    report.dealtWith(dealtWith);
                    batch.clear();
                    chars = 0;
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

    private Counts write(List<Numbered> batch, Counts before, Report report) {
        if (batch.isEmpty()) {
            return before;
        }
        List<Enqueued> answers;
        try {
            answers = enqueueAll(batch.stream().map(Numbered::run).toList());
        } catch (InvalidRunException e) {
            if (batch.size() == 1) {
                report.rejected(batch.getFirst().line, String.valueOf(e.getMessage()));
                return before.withRejected();
            }
            // One of them is refused, and nothing of the batch was written: halves find it without giving up the
            // others.
            int middle = batch.size() / 2;
            var first = write(batch.subList(0, middle), before, report);
            return write(batch.subList(middle, batch.size()), first, report);
        }
        var counts = before;
        for (int i = 0; i < answers.size(); i++) {
            report.enqueued(batch.get(i).line, answers.get(i));
            counts = counts.with(answers.get(i));
        }
        return counts;
    }
}
