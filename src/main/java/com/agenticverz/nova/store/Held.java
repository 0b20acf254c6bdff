package com.agenticverz.nova.store;

import java.time.Duration;
import java.util.UUID;

/**
 * A run that a node holds by the tables.
 *
 * @param claimId under which claim
 * @param runId the run
 * @param marked whether it is marked as running; otherwise the claim lists it
 * @param claimAge how long ago the claim was made, by the clock of the database; zero where the run is marked. A clock
 *     that was put back makes it negative
 */
public record Held(long claimId, UUID runId, boolean marked, Duration claimAge) {

    /** A run that a claim lists. */
    public static Held listed(long claimId, UUID runId, Duration claimAge) {
        return new Held(claimId, runId, false, claimAge);
    }

    /** A run that is marked as running under a claim. */
    public static Held marked(long claimId, UUID runId) {
        return new Held(claimId, runId, true, Duration.ZERO);
    }
}
