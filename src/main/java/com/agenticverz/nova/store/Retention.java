package com.agenticverz.nova.store;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long runs are kept after they have ended, by how they ended.
 *
 * @param succeeded null: for ever
 * @param cancelled null: for ever
 * @param failed null: for ever
 */
public record Retention(
        @Nullable Duration succeeded,
        @Nullable Duration cancelled,
        @Nullable Duration failed) {

    /** Whether all of them are kept for ever. */
    public boolean isOff() {
        return succeeded == null && cancelled == null && failed == null;
    }
}
