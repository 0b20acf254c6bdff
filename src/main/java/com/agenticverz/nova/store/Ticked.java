package com.agenticverz.nova.store;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What became of a {@link Tick}.
 *
 * @param leading whether the epoch is still the poller's
 * @param moved whether the step was made; if not, the schedule is not as it was read, or somebody else is at it
 * @param run that was enqueued; null: none was, or it had been before
 * @param cancelled the run of the tick before it, which had not ended; null: none was cancelled
 */
public record Ticked(
        boolean leading,
        boolean moved,
        @Nullable UUID run,
        @Nullable UUID cancelled) {}
