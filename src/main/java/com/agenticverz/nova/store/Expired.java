package com.agenticverz.nova.store;

import java.util.UUID;

/**
 * A run that was cancelled because it was not started in time.
 *
 * @param agentId who it belonged to
 */
public record Expired(UUID runId, String agentId) {}
