package com.agenticverz.nova.store;

import org.jspecify.annotations.Nullable;

/**
 * A part of the queue that is served in the order of its index: the queued runs of an agent, or those of one priority of
 * it.
 *
 * @param agentId the agent
 * @param rank the negated priority; null: all of them
 */
public record Lane(String agentId, @Nullable Integer rank) {

    /** Before its first run. */
    public LanePlace start() {
        return LanePlace.startOf(rank == null ? Integer.MIN_VALUE : rank);
    }

    /** The last rank that belongs to it. */
    public int lastRank() {
        return rank == null ? Integer.MAX_VALUE : rank;
    }
}
