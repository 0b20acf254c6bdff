package com.agenticverz.nova.execute;

import com.agenticverz.nova.telemetry.Events;
import com.agenticverz.nova.telemetry.Metrics;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/**
 * The threads of skills that were interrupted and go on all the same. So many of them may be left to themselves while they
 * live, as a node executes runs in parallel: another thread takes the place of each. Beyond that whoever started one stays with
 * it, so that deaf skills cannot take all of a node. Thread-safe.
 */
public final class Abandoned {

    private volatile int limit;
    private final Metrics metrics;
    /** Each with whether it is replaced. */
    private final Map<Thread, Boolean> threads = new HashMap<>();

    private volatile int workersHeld;

    /**
     * None so far.
     *
     * @param limit so many are replaced at a time, at most
     */
    public Abandoned(int limit, Metrics metrics) {
        this.limit = limit;
        this.metrics = metrics;
    }

    /** So many are replaced at a time from now on, at most; those that are stay so. */
    void replacesUpTo(int threads) {
        limit = threads;
    }

    /**
     * Asks whether the thread of a skill that goes on may be left to itself. Who is told that it may not asks again, for
     * others end.
     *
     * @param step for the log
     */
    synchronized boolean leave(Thread thread, UUID runId, String step) {
        threads.keySet().removeIf(it -> !it.isAlive());
        if (!thread.isAlive()) {
            return true;
        }
        var before = threads.get(thread);
        boolean replaced = Boolean.TRUE.equals(before) || replaced() < limit;
        if (before == null) {
            metrics.skillAbandoned();
        }
        if (before == null || before != replaced) {
            threads.put(thread, replaced);
            Events.skillAbandoned(runId, step, replaced, threads.size());
        }
        if (replaced) {
            // It may compute, and would keep the core that it has got.
            Carriers.reserveFor(limit + replaced());
        }
        metrics.skillsAbandonedNow(threads.size());
        return replaced;
    }

    private int replaced() {
        return (int) threads.values().stream().filter(it -> it).count();
    }

    /** Those that live, replaced or not. */
    synchronized int count() {
        threads.keySet().removeIf(it -> !it.isAlive());
        metrics.skillsAbandonedNow(threads.size());
        return threads.size();
    }

    /** So many workers stay with a skill that does not end. */
    void workersHeld(int workers) {
        workersHeld = workers;
    }

    /** Whether no worker is left that could execute anything. */
    public boolean holdsAllWorkers() {
        return workersHeld >= limit;
    }
}
