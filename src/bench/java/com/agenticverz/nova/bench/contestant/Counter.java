package com.agenticverz.nova.bench.contestant;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Counts the jobs that the handler was called for, and keeps the moments that the driver asks for. */
final class Counter {

    /** When the first of the jobs started, and the last. */
    record Summary(
            @JsonProperty("count") int count,
            @JsonProperty("first_ns") long firstNanos,
            @JsonProperty("last_ns") long lastNanos) {}

    /** One count, from zero; a new one for each order of the driver, so that a straggler of the last changes nothing. */
    private static final class Count {
        final int until;
        final long @Nullable [] started;
        final AtomicInteger jobs = new AtomicInteger();
        final AtomicLong firstNanos = new AtomicLong();
        final CompletableFuture<Summary> done = new CompletableFuture<>();

        Count(int until, long @Nullable [] started) {
            this.until = until;
            this.started = started;
        }
    }

    private volatile Count current = new Count(0, null);

    /** Counts from zero. Done when so many jobs were counted. */
    CompletableFuture<Summary> expect(int until) {
        return begin(new Count(until, null));
    }

    /** The same, and notes when each job started, at its number. */
    CompletableFuture<Summary> expect(int until, long[] started) {
        return begin(new Count(until, started));
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
        if (count.firstNanos.get() == 0) {
            count.firstNanos.compareAndSet(0, System.nanoTime());
        }
        if (count.started != null) {
            count.started[id] = System.nanoTime();
        }
        int jobs = count.jobs.incrementAndGet();
        if (jobs == count.until) {
            count.done.complete(new Summary(jobs, count.firstNanos.get(), System.nanoTime()));
        }
    }
}
