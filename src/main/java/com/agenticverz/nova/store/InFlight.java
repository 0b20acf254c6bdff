package com.agenticverz.nova.store;

import java.util.UUID;

/**
 * A run that a claim lists.
 *
 * @param claimId the claim
 * @param nodeId the node that it is for
 * @param runId the run
 * @param attempts attempts used up when it was claimed
 */
public record InFlight(long claimId, UUID nodeId, UUID runId, int attempts) {}
