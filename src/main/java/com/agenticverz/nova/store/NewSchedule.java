package com.agenticverz.nova.store;

import org.jspecify.annotations.Nullable;

/**
 * A schedule as people write it; its members are called as the columns of {@code schedules} are.
 *
 * @param plan JSON text, in which {@code {{tick}}} stands for the moment of the tick; so in the goal
 * @param maxAttempts null: that of the workers
 * @param timeoutSeconds for one attempt; null: that of the workers
 * @param paused null: it stays as it is, and a new one is not paused
 */
public record NewSchedule(
        String name,
        String cron,
        String timeZone,
        String agentId,
        String plan,
        @Nullable String goal,
        int priority,
        @Nullable Integer maxAttempts,
        @Nullable Double timeoutSeconds,
        @Nullable String concurrencyKey,
        Overlap overlap,
        CatchUp catchUp,
        int jitterSeconds,
        @Nullable Boolean paused) {}
