package com.agenticverz.nova.execute;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The claims that came, those that were let go, and those whose runs are being read. Not thread-safe; owned by the pool.
 */
final class Arrivals {

    /** What to do with a claim that comes. */
    enum Arrival {
        /** Take it. */
        NEW,
        /** Nothing: what became of the first is under way. */
        AGAIN,
        /** Refuse it: it was let go, and somebody else may have its runs by now. */
        TOO_LATE
    }

    private static final int REMEMBERED = 1000;

    private final LinkedHashSet<Long> seen = new LinkedHashSet<>();
    private final LinkedHashSet<Long> closed = new LinkedHashSet<>();
    private final Map<Long, Assign> reading = new HashMap<>();
    private long last;

    Arrival arrived(long claimId) {
        if (!remember(seen, claimId)) {
            return Arrival.AGAIN;
        }
        last = Math.max(last, claimId);
        return closed.contains(claimId) ? Arrival.TOO_LATE : Arrival.NEW;
    }

    /** Whether it came, as far back as is remembered. */
    boolean came(long claimId) {
        return seen.contains(claimId);
    }

    /**
     * Claims are let go: what comes of them yet is refused, and what is read of them dropped. They count as seen, because
     * the poller would keep room for them for ever.
     */
    void letGo(Collection<Long> claims) {
        for (long claimId : claims) {
            remember(closed, claimId);
            reading.remove(claimId);
            last = Math.max(last, claimId);
        }
    }

    private static boolean remember(LinkedHashSet<Long> claims, long claimId) {
        boolean added = claims.add(claimId);
        if (claims.size() > REMEMBERED) {
            claims.removeFirst();
        }
        return added;
    }

    /** The last claim that came or was let go; 0: none. */
    long last() {
        return last;
    }

    /** The runs of a claim that came without them are being read. */
    void reads(Assign assign) {
        reading.put(assign.claimId(), assign);
    }

    boolean isReading(long claimId) {
        return reading.containsKey(claimId);
    }

    /** The claims whose runs are being read. */
    Set<Long> beingRead() {
        return Collections.unmodifiableSet(reading.keySet());
    }

    /** How many runs these are. */
    int unread() {
        return reading.values().stream().mapToInt(Assign::unread).sum();
    }

    /** The runs of a claim have been read; null: it was let go meanwhile. */
    @Nullable
    Assign read(long claimId) {
        return reading.remove(claimId);
    }
}
