package com.agenticverz.nova.store;

import java.util.UUID;

/**
 * A run that a node holds by the tables.
 *
 * @param claimId under which claim
 * @param runId the run
 * @param marked whether it is marked as running; otherwise the claim lists it
 */
public record Held(long claimId, UUID runId, boolean marked) {}
