package com.agenticverz.nova.store;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A run that may be claimed, as the poller sees it when it chooses.
 *
 * @param id the run
 * @param attempts attempts used up
 * @param agentId who it belongs to
 * @param place where it stands in its lane
 * @param concurrencyKey what bounds it together with others; null: nothing
 * @param skills the skills of its plan, each once; empty where they were not asked for
 */
public record Queued(
        UUID id,
        int attempts,
        String agentId,
        LanePlace place,
        @Nullable String concurrencyKey,
        List<String> skills) {}
