package com.agenticverz.nova.skill.builtin.llm;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Who runs the model. Thread-safe; an interrupt ends a call. */
interface Provider extends AutoCloseable {

    /** Asks once. */
    Reply ask(LlmCall call) throws ProviderFailure;

    /** Lets go of its connections. */
    @Override
    void close();

    /**
     * What the model said.
     *
     * @param stopReason in the provider's words; null: it gave none
     * @param inputTokens all of them
     * @param cachedInputTokens those of the input that came from the provider's cache
     * @param requestId for the provider's support; null: it gave none
     */
    record Reply(
            String text,
            String model,
            @Nullable String stopReason,
            long inputTokens,
            long cachedInputTokens,
            long outputTokens,
            @Nullable String requestId) {}

    /** No reply. Its message is for people. */
    final class ProviderFailure extends Exception {

        private static final long serialVersionUID = 1L;

        private final boolean retryable;
        private final @Nullable Duration retryAfter;

        ProviderFailure(String message, boolean retryable, @Nullable Duration retryAfter) {
            super(message, null, false, false);
            this.retryable = retryable;
            this.retryAfter = retryAfter;
        }

        boolean isRetryable() {
            return retryable;
        }

        /** How long the provider asks to wait; null: it does not. */
        @Nullable
        Duration retryAfter() {
            return retryAfter;
        }
    }
}
