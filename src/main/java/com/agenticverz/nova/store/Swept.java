package com.agenticverz.nova.store;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a sweep did.
 *
 * @param looked runs that it looked at
 * @param deleted of these
 * @param next where the next one goes on; null: nowhere, all have been looked at
 */
public record Swept(int looked, int deleted, @Nullable UUID next) {}
