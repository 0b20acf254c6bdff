package com.agenticverz.nova.execute;

import com.agenticverz.nova.cluster.Heartbeat;
import java.time.Duration;

/** How many runs this node can take, and what keeps it from taking any. Not thread-safe; owned by the pool. */
final class Room {

    /** Three heartbeats without an answer: outcomes would only gather in memory here, and others can do the work. */
    static final Duration DATABASE_SILENCE = Heartbeat.INTERVAL.multipliedBy(3);

    private final ReadAhead readAhead = new ReadAhead();
    private final int concurrency;
    private final int mostReadAhead;
    private boolean settlerHasRoom = true;
    private long databaseAnsweredNanos;

    /** At the start the database counts as having answered. */
    Room(int concurrency, int mostReadAhead, long nowNanos) {
        this.concurrency = concurrency;
        this.mostReadAhead = mostReadAhead;
        this.databaseAnsweredNanos = nowNanos;
    }

    /** A claim took so long. */
    void claimed(Duration roundTrip) {
        readAhead.claimed(roundTrip);
    }

    /** A run took so long. */
    void ran(Duration duration) {
        readAhead.ran(duration);
    }

    /** Whether further outcomes may wait for their settlement. */
    void settlerHasRoom(boolean left) {
        settlerHasRoom = left;
    }

    /** A heartbeat was answered. */
    void databaseAnswered(long nowNanos) {
        databaseAnsweredNanos = nowNanos;
    }

    /** How long ago the last heartbeat was answered. */
    Duration databaseSilent(long nowNanos) {
        return Duration.ofNanos(nowNanos - databaseAnsweredNanos);
    }

    boolean isDatabaseSilent(long nowNanos) {
        return databaseSilent(nowNanos).compareTo(DATABASE_SILENCE) > 0;
    }

    /** Runs to ask for. */
    int left(int idle, int waiting, long nowNanos) {
        if (!settlerHasRoom || isDatabaseSilent(nowNanos)) {
            return 0;
        }
        return Math.max(0, idle + readAhead.runs(concurrency, mostReadAhead) - waiting);
    }
}
