package com.agenticverz.nova.run;

import java.time.Duration;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/**
 * A run to enqueue; null stands for the default of the column. Made by {@link #of} and its like:
 *
 * <pre>{@code
 * NewRun.of("me", "{\"steps\":[{\"skill\":\"noop\"}]}")
 * NewRun.with("me", plan).priority(10).idempotencyKey("order-42").build()
 * }</pre>
 *
 * <p>What it holds is checked when it is enqueued.
 *
 * @param agentId who it belongs to, at most 1000 bytes
 * @param goal free text for people
 * @param planJson the plan, as JSON text
 * @param priority higher is more urgent; -1000000 to 1000000
 * @param maxAttempts null: {@code RUN_MAX_ATTEMPTS}
 * @param nextAttemptAt not before this moment; null: at once
 * @param expiresAt not started by this moment, it ends {@code cancelled}; null: it does not expire
 * @param timeoutSeconds for one attempt; null: {@code RUN_TIMEOUT}
 * @param idempotencyKey a second run with the same key is not enqueued; null: none
 * @param concurrencyKey runs that share it are bounded together; null: none
 * @param uniqueFor so long, the same plan of the agent is not enqueued again by a run that has this too; null: that may be
 */
public record NewRun(
        String agentId,
        @Nullable String goal,
        String planJson,
        int priority,
        @Nullable Integer maxAttempts,
        @Nullable OffsetDateTime nextAttemptAt,
        @Nullable OffsetDateTime expiresAt,
        @Nullable Double timeoutSeconds,
        @Nullable String idempotencyKey,
        @Nullable String concurrencyKey,
        @Nullable Duration uniqueFor) {

    /** A run with this plan, and the default of everything else. */
    public static NewRun of(String agentId, String planJson) {
        return with(agentId, planJson).build();
    }

    /** A run with this plan, of which more is to be said. */
    public static Builder with(String agentId, String planJson) {
        return new Builder(agentId, planJson);
    }

    /** What a run is made from. Not for several threads. Each method returns this builder; null: the default. */
    public static final class Builder {

        private final String agentId;
        private final String planJson;
        private @Nullable String goal;
        private int priority;
        private @Nullable Integer maxAttempts;
        private @Nullable OffsetDateTime nextAttemptAt;
        private @Nullable OffsetDateTime expiresAt;
        private @Nullable Double timeoutSeconds;
        private @Nullable String idempotencyKey;
        private @Nullable String concurrencyKey;
        private @Nullable Duration uniqueFor;

        private Builder(String agentId, String planJson) {
            this.agentId = agentId;
            this.planJson = planJson;
        }

        /** Free text for people. */
        public Builder goal(@Nullable String goal) {
            this.goal = goal;
            return this;
        }

        /** Higher is more urgent; default 0. */
        public Builder priority(int priority) {
            this.priority = priority;
            return this;
        }

        /** Attempts in all. */
        public Builder maxAttempts(@Nullable Integer maxAttempts) {
            this.maxAttempts = maxAttempts;
            return this;
        }

        /** Not before this moment. */
        public Builder nextAttemptAt(@Nullable OffsetDateTime nextAttemptAt) {
            this.nextAttemptAt = nextAttemptAt;
            return this;
        }

        /** Not started by this moment, it is cancelled. */
        public Builder expiresAt(@Nullable OffsetDateTime expiresAt) {
            this.expiresAt = expiresAt;
            return this;
        }

        /** How long one attempt may take. */
        public Builder timeoutSeconds(@Nullable Double timeoutSeconds) {
            this.timeoutSeconds = timeoutSeconds;
            return this;
        }

        /** A second run with the same key is not enqueued. */
        public Builder idempotencyKey(@Nullable String idempotencyKey) {
            this.idempotencyKey = idempotencyKey;
            return this;
        }

        /** Runs that share it are bounded together. */
        public Builder concurrencyKey(@Nullable String concurrencyKey) {
            this.concurrencyKey = concurrencyKey;
            return this;
        }

        /** So long, the same plan of the agent is not enqueued again by a run that has this too. */
        public Builder uniqueFor(@Nullable Duration uniqueFor) {
            this.uniqueFor = uniqueFor;
            return this;
        }

        /** The run, as it is described now. */
        public NewRun build() {
            return new NewRun(
                    agentId,
                    goal,
                    planJson,
                    priority,
                    maxAttempts,
                    nextAttemptAt,
                    expiresAt,
                    timeoutSeconds,
                    idempotencyKey,
                    concurrencyKey,
                    uniqueFor);
        }
    }
}
