package com.agenticverz.nova.store;

import java.util.Comparator;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A place in a lane, in the order in which its runs are served.
 *
 * @param rank the negated priority
 * @param createdMicros when the run was created, in microseconds since 1970; null: before any
 * @param id the run
 */
public record LanePlace(int rank, @Nullable Long createdMicros, UUID id) implements Comparable<LanePlace> {

    private static final UUID FIRST_ID = new UUID(0, 0);

    private static final Comparator<LanePlace> ORDER = Comparator.comparingInt(LanePlace::rank)
            .thenComparing(LanePlace::createdMicros, Comparator.nullsFirst(Comparator.naturalOrder()))
            .thenComparing(LanePlace::id, LanePlace::compareIds);

    /** Before everything of this rank. */
    public static LanePlace startOf(int rank) {
        return new LanePlace(rank, null, FIRST_ID);
    }

    /** As PostgreSQL compares them, which takes the bytes of a uuid as unsigned numbers. */
    public static int compareIds(UUID one, UUID other) {
        int high = Long.compareUnsigned(one.getMostSignificantBits(), other.getMostSignificantBits());
        return high != 0 ? high : Long.compareUnsigned(one.getLeastSignificantBits(), other.getLeastSignificantBits());
    }

    @Override
    public int compareTo(LanePlace other) {
        return ORDER.compare(this, other);
    }
}
