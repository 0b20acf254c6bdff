package com.agenticverz.nova.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A schedule that may have something to do.
 *
 * @param nextTick null: it is not computed yet
 * @param ticksAfter its ticks are those after this moment
 * @param error why it did not tick; null: nothing was wrong
 */
public record DueSchedule(
        String name,
        String cron,
        String timeZone,
        @Nullable Instant nextTick,
        Instant ticksAfter,
        CatchUp catchUp,
        int jitterSeconds,
        @Nullable String error) {}
