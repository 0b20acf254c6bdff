package com.agenticverz.nova.store;

import java.time.OffsetDateTime;
import java.util.UUID;

/**
 * A place in the queue, in the order in which it is served: the last run that was claimed.
 *
 * @param rank the negated priority
 * @param createdAt when the run was created
 * @param id the run
 */
public record Position(int rank, OffsetDateTime createdAt, UUID id) {

    /** Before everything. */
    public static final Position START = new Position(Integer.MIN_VALUE, OffsetDateTime.MIN, new UUID(0, 0));
}
