package com.agenticverz.nova.bench.contestant;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Counts the jobs that the handler was called for, and keeps the moments that the driver asks for. */
final class Counter {

    /** What was counted. */
    record Summary(
            @JsonProperty("count") int count,
            @JsonProperty("first_ns") long firstNanos,
            @JsonProperty("last_ns") long lastNanos,
            @JsonProperty("marks_ns") List<Long> marksNanos) {}

    /** One count, from zero; a new one for each order of the driver, so that a straggler of the last changes nothing. */
    private static final class Count {
        final int until;
        final int portion;
        final long @Nullable [] started;
        final AtomicInteger jobs = new AtomicInteger();
        final ConcurrentLinkedQueue<Long> marks = new ConcurrentLinkedQueue<>();
        final CompletableFuture<Summary> done = new CompletableFuture<>();
        volatile long firstNanos;

        Count(int until, int portion, long @Nullable [] started) {
            this.until = until;
            this.portion = portion;
            this.started = started;
        }
    }

    private volatile Count current = new Count(0, Integer.MAX_VALUE, null);

    /**
     * Counts from zero.
     *
     * @param portion there is a mark at the last job of each
     * @return done when so many jobs were counted
     */
    CompletableFuture<Summary> expect(int until, int portion) {
        return begin(new Count(until, portion, null));
    }

    /** The same, and notes when each job started, at its number. */
    CompletableFuture<Summary> expect(int until, long[] started) {
        return begin(new Count(until, Integer.MAX_VALUE, started));
    }

    private CompletableFuture<Summary> begin(Count count) {
        current = count;
        return count.done;
    }

    int count() {
        return current.jobs.get();
    }

    void hit(int id) {
        var count = current;
        int jobs = count.jobs.incrementAndGet();
        if (jobs == 1) {
            count.firstNanos = System.nanoTime();
        }
        if (count.started != null) {
            count.started[id] = System.nanoTime();
        }
        if (jobs % count.portion == 0) {
            count.marks.add(System.nanoTime());
        }
        if (jobs == count.until) {
            count.done.complete(new Summary(jobs, count.firstNanos, System.nanoTime(), List.copyOf(count.marks)));
        }
    }
}
