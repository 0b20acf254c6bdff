package com.agenticverz.nova.run;

import java.util.UUID;

/**
 * What became of a run that was to be enqueued.
 *
 * @param id of the run that is there now
 * @param created false: it was there before, with the same idempotency key, or the same plan of the agent within the time
 *     for which that is unique; of the new one nothing was kept
 */
public record Enqueued(UUID id, boolean created) {}
