package com.agenticverz.nova.claim;

import com.agenticverz.nova.store.Bucket;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How far starts have used up their rates ({@link StartRate}). A bucket is empty after a burst of starts and full again
 * after a while; a full one is forgotten. Not thread-safe; owned by the poller.
 */
final class Buckets {

    /** When a bucket is full again: so long after a moment of the monotonic clock, which is that of its last start or later. */
    private static final class Level {
        long atNanos;
        double fullInNanos;

        Level(double fullInNanos, long nowNanos) {
            set(fullInNanos, nowNanos);
        }

        double fullInNanos(long nowNanos) {
            return Math.max(0, fullInNanos - (nowNanos - atNanos));
        }

        void set(double fullInNanos, long nowNanos) {
            this.atNanos = nowNanos;
            this.fullInNanos = fullInNanos;
        }
    }

    /**
     * The table is a little behind, by the time that a claim takes and by what was given back: what is no later than this
     * after what is known here is the same.
     */
    private static final double SAME_NANOS = 1e9;

    /** What a timestamp of PostgreSQL can take: a hundred thousand years. */
    static final long MOST_MICROS = TimeUnit.DAYS.toMicros(36_500_000);

    private static final int SWEEP_FROM = 1000;

    private final Map<Subject, Level> levels = new HashMap<>();

    /** When the buckets in the table are full again, as read last. */
    private Map<Subject, Level> inTable = Map.of();

    private int sweepAt = SWEEP_FROM;

    /** Buckets that are not known to be full. */
    int size() {
        return levels.size();
    }

    /** How long until the next start is allowed; 0: it is now. */
    double opensInNanos(Subject subject, StartRate rate, long nowNanos) {
        var level = levels.get(subject);
        return level == null ? 0 : rate.opensInNanos(fullInNanos(level, rate, nowNanos));
    }

    /** How long until all is allowed again, which no bucket takes longer for than its rate says: it may have been another. */
    private static double fullInNanos(Level level, StartRate rate, long nowNanos) {
        double fullInNanos = level.fullInNanos(nowNanos);
        if (fullInNanos > rate.longestNanos()) {
            level.set(rate.longestNanos(), nowNanos);
            return rate.longestNanos();
        }
        return fullInNanos;
    }

    /** A start, whether or not it is allowed. */
    void spend(Subject subject, StartRate rate, long nowNanos) {
        if (levels.size() >= sweepAt) {
            levels.values().removeIf(it -> it.fullInNanos(nowNanos) == 0);
            sweepAt = Math.max(SWEEP_FROM, 2 * levels.size());
        }
        var level = levels.computeIfAbsent(subject, _ -> new Level(0, nowNanos));
        level.set(fullInNanos(level, rate, nowNanos) + rate.intervalNanos(), nowNanos);
    }

    /**
     * A start that did not come about. What was started after it may have been so because it had filled up meanwhile; so it
     * is worth the less, the earlier it was before the last one.
     *
     * @param spentAtNanos when it was counted, under the same rate
     */
    void giveBack(Subject subject, StartRate rate, long spentAtNanos) {
        var level = levels.get(subject);
        if (level != null) {
            double worthNanos = rate.intervalNanos() - (level.atNanos - spentAtNanos);
            level.fullInNanos -= Math.max(0, worthNanos);
        }
    }

    /** How full it is, to be written to the table. */
    Bucket state(Subject subject, long nowNanos) {
        var level = levels.get(subject);
        double fullInNanos = level == null ? 0 : level.fullInNanos(nowNanos);
        return new Bucket(subject.kind(), subject.name(), (long) Math.min(MOST_MICROS, Math.ceil(fullInNanos / 1000)));
    }

    /**
     * Takes what the table says where that is later than what is known here; but each moment only once: it may have been
     * written under a rate by which it is further away than the longest of the rate that holds now.
     */
    void take(Collection<Bucket> buckets, long nowNanos) {
        var read = new HashMap<Subject, Level>();
        for (var bucket : buckets) {
            var subject = new Subject(bucket.kind(), bucket.name());
            double fullInNanos = bucket.fullInMicros() * 1e3;
            if (isLater(fullInNanos, levels.get(subject), nowNanos)
                    && isLater(fullInNanos, inTable.get(subject), nowNanos)) {
                levels.put(subject, new Level(fullInNanos, nowNanos));
            }
            read.put(subject, new Level(fullInNanos, nowNanos));
        }
        inTable = read;
    }

    private static boolean isLater(double fullInNanos, @Nullable Level known, long nowNanos) {
        return known == null || fullInNanos - known.fullInNanos(nowNanos) > SAME_NANOS;
    }
}
