package com.agenticverz.nova.store;

import java.util.List;
import java.util.UUID;

/**
 * What the rescue of a node did.
 *
 * @param requeued runs that are in the queue again
 * @param failed runs that had no attempt left
 */
public record Rescued(List<UUID> requeued, List<UUID> failed) {}
