package com.agenticverz.nova.store;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Comparator;
import java.util.UUID;

/**
 * A place in the queue, in the order in which it is served: the last run that was claimed.
 *
 * @param rank the negated priority
 * @param createdAt when the run was created
 * @param id the run
 */
public record Position(int rank, OffsetDateTime createdAt, UUID id) implements Comparable<Position> {

    private static final UUID FIRST_ID = new UUID(0, 0);

    /** As PostgreSQL compares them, which takes the bytes of a uuid as unsigned numbers. */
    private static final Comparator<Position> ORDER = Comparator.comparingInt(Position::rank)
            .thenComparing(it -> it.createdAt().toInstant())
            .thenComparing((one, other) -> {
                int high = Long.compareUnsigned(
                        one.id().getMostSignificantBits(), other.id().getMostSignificantBits());
                return high != 0
                        ? high
                        : Long.compareUnsigned(
                                one.id().getLeastSignificantBits(), other.id().getLeastSignificantBits());
            });

    /** Before everything. */
    public static final Position START = new Position(Integer.MIN_VALUE, OffsetDateTime.MIN, FIRST_ID);

    /** The place of a run that was created so much earlier, at the same rank. */
    public Position earlier(Duration by) {
        return new Position(rank, createdAt.minus(by), FIRST_ID);
    }

    @Override
    public int compareTo(Position other) {
        return ORDER.compare(this, other);
    }
}
