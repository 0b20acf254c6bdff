package com.agenticverz.nova.console;

import org.jspecify.annotations.Nullable;

/**
 * Whether a node takes runs.
 *
 * @param reason why it does not, in a word or a few, such as {@code draining}; null: it does
 */
public record Readiness(@Nullable String reason) {

    /** It takes runs. */
    public static final Readiness READY = new Readiness(null);

    /** It takes none, for this reason. */
    public static Readiness notReady(String reason) {
        return new Readiness(reason);
    }

    /** Whether it takes runs. */
    public boolean ready() {
        return reason == null;
    }
}
