package com.agenticverz.nova.run;

import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A run as a node gets it to execute.
 *
 * @param id the run
 * @param agentId who it belongs to
 * @param plan the plan as JSON text, as it stands in the table; read on the node that executes it
 * @param attempts attempts used up before this one
 * @param maxAttempts attempts it may use up in all, the default already filled in
 * @param timeoutSeconds how long one attempt may take; null: {@code RUN_TIMEOUT}
 * @param waitedMillis how long it had been due when it was claimed
 */
public record Run(
        UUID id,
        String agentId,
        String plan,
        int attempts,
        int maxAttempts,
        @Nullable Double timeoutSeconds,
        long waitedMillis) {

    /** The fence of this run under a claim. */
    public Fence under(long claimId) {
        return new Fence(id, claimId, attempts);
    }

    /** How long one attempt may take. */
    public Duration timeout(Duration otherwise) {
        return timeoutSeconds == null ? otherwise : Duration.ofMillis(Math.round(timeoutSeconds * 1000));
    }
}
