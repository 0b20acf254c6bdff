package com.agenticverz.nova.execute;

import com.agenticverz.nova.cluster.Heartbeat;
import java.time.Duration;

/** How many runs this node can take, and what keeps it from taking any. Not thread-safe; owned by the pool. */
final class Room {

    /** Three heartbeats without an answer: outcomes would only gather in memory here, and others can do the work. */
    static final Duration DATABASE_SILENCE = Heartbeat.INTERVAL.multipliedBy(3);

    /** As much as the messages and the thread of a run may cost on a busy machine. */
    private static final Duration SHORT_RUN = Duration.ofMillis(1);

    /** Of many threads on few cores, some are always made to wait, and look long. */
    private static final double MOSTLY = 0.8;

    /** Each run counts so much. */
    private static final double WEIGHT = 0.02;

    private final ReadAhead readAhead = new ReadAhead();
    private int concurrency;
    private final int mostReadAhead;
    private double shortShare;
    private boolean settlerHasRoom = true;
    private long databaseAnsweredNanos;

    /** At the start the database counts as having answered. */
    Room(int concurrency, int mostReadAhead, long nowNanos) {
        this.concurrency = concurrency;
        this.mostReadAhead = mostReadAhead;
        this.databaseAnsweredNanos = nowNanos;
    }

    /** So many workers from now on. */
    void resize(int workers) {
        concurrency = workers;
    }

    /** A claim took so long. */
    void claimed(Duration roundTrip) {
        readAhead.claimed(roundTrip);
    }

    /** A run took so long. */
    void ran(Duration duration) {
        readAhead.ran(duration);
        double isShort = duration.compareTo(SHORT_RUN) < 0 ? 1 : 0;
        shortShare += WEIGHT * (isShort - shortShare);
    }

    /** Whether nearly all runs have lately been so short that a worker may take several at once. */
    boolean runsAreShort() {
        return shortShare > MOSTLY;
    }

    /** How many runs fit into this time, as they have lately been. */
    int runsWithin(Duration time) {
        return readAhead.runsWithin(time);
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

    /**
     * Runs to ask for. Twice what is consumed during a claim may wait here, so that nobody asks for more before half of
     * it is gone: many small claims would cost more than a few large ones.
     */
    int left(int idle, int waiting, long nowNanos) {
        if (!settlerHasRoom || isDatabaseSilent(nowNanos)) {
            return 0;
        }
        int ahead = Math.min(mostReadAhead, 2 * readAhead.runs(concurrency, mostReadAhead));
        int left = idle + ahead - waiting;
        return idle == 0 && left < ahead / 2 ? 0 : Math.max(0, left);
    }
}
