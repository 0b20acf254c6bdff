package com.agenticverz.nova.store;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a promotion did.
 *
 * @param promoted runs that are in the queue now
 * @param nextDue the time until the next one is due; null: none within the hour
 */
public record Promotion(int promoted, @Nullable Duration nextDue) {}
