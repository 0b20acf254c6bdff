package com.agenticverz.nova.store;

import com.agenticverz.nova.run.Run;
import java.util.List;

/** What a claim statement did. */
public sealed interface ClaimResult {

    /** Nothing: the lease has changed hands. */
    record Deposed() implements ClaimResult {}

    /** Nothing: from the position on there was nothing to claim. */
    record Empty() implements ClaimResult {}

    /**
     * A claim was written.
     *
     * @param claimId the claim
     * @param runs its runs, in the order of the queue; at least one
     * @param last the place of the last of them
     */
    record Claimed(long claimId, List<Run> runs, Position last) implements ClaimResult {}
}
