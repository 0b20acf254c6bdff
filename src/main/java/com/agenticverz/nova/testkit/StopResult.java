package com.agenticverz.nova.testkit;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a skill behaved when it was stopped.
 *
 * @param endedInTime whether it ended within the grace of a node; one that does not is left behind, and its thread is lost
 * @param took from the interrupt to its end, or to the end of the grace
 * @param progress what it has said of its progress until then
 * @param heartbeats the details that it has kept until then, as JSON values
 */
public record StopResult(
        boolean endedInTime, Duration took, List<Progress> progress, List<@Nullable Object> heartbeats) {}
