package com.agenticverz.nova.store;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a step found that looked for a signal.
 *
 * @param payloadJson what was sent; null: there is no signal for it yet
 * @param waited the time since the step looked first, by the clock of the database; zero on that first look
 * @param signalsSeen how many signals had been sent to the run, of whatever name, when this looked
 */
public record SignalLook(@Nullable String payloadJson, Duration waited, int signalsSeen) {}
