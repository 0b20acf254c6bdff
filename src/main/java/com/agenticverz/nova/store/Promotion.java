package com.agenticverz.nova.store;

import java.time.Duration;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/**
 * What a promotion did.
 *
 * @param promoted runs that are in the queue now
 * @param nextDue the time until the next one is due; null: none within the hour
 * @param doneTo what was due up to this moment, by the clock of the database, is promoted; but for what becomes due there
 *     later, because its transaction is late or somebody changes it by hand
 */
public record Promotion(int promoted, @Nullable Duration nextDue, OffsetDateTime doneTo) {}
