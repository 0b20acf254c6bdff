package com.agenticverz.nova.run;

import java.util.UUID;

/**
 * What a write to a run must still find, or change nothing: the run as it was claimed.
 *
 * @param runId the run
 * @param claimId the claim under which a node holds it
 * @param attempts attempts used up when it was claimed; the attempt that this claim makes is the next one
 */
public record Fence(UUID runId, long claimId, int attempts) {

    /** The number of the attempt that this claim makes, from 1. */
    public int attempt() {
        return attempts + 1;
    }
}
