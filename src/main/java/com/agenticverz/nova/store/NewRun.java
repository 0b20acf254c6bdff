package com.agenticverz.nova.store;

import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/**
 * A run to enqueue; null stands for the default of the column.
 *
 * @param agentId who it belongs to
 * @param goal free text for people
 * @param planJson the plan, as JSON text
 * @param priority higher is more urgent
 * @param maxAttempts null: {@code RUN_MAX_ATTEMPTS}
 * @param nextAttemptAt not before this moment; null: at once
 * @param timeoutSeconds null: {@code RUN_TIMEOUT}
 * @param idempotencyKey null: none
 */
public record NewRun(
        String agentId,
        @Nullable String goal,
        String planJson,
        int priority,
        @Nullable Integer maxAttempts,
        @Nullable OffsetDateTime nextAttemptAt,
        @Nullable Double timeoutSeconds,
        @Nullable String idempotencyKey) {}
