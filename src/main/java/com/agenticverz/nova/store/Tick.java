package com.agenticverz.nova.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One step of a schedule along its ticks.
 *
 * @param expected what its next tick is before; the step is made only then. Null: it is not computed yet
 * @param at the tick whose run is enqueued; null: the schedule only moves on
 * @param dueAt not before this moment is the run executed; null: at once
 * @param next what its next tick is from then on
 */
public record Tick(
        @Nullable Instant expected,
        @Nullable Instant at,
        @Nullable Instant dueAt,
        Instant next) {}
