package com.agenticverz.nova.store;

import com.agenticverz.nova.run.RunStatus;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a row says, read back after a write was fenced out.
 *
 * @param id the run
 * @param agentId who it belongs to
 * @param status where it stands now
 * @param attempts attempts used up
 * @param claimId the claim that marked or settled it last; null: none, or it was handed back or rescued
 */
public record RowState(
        UUID id,
        String agentId,
        RunStatus status,
        int attempts,
        @Nullable Long claimId) {}
