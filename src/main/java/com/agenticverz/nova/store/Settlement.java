package com.agenticverz.nova.store;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Outcome;
import java.time.Duration;

/**
 * The end of an attempt, to be written.
 *
 * @param fence what the write must still find
 * @param maybeUnmarked the run may still be queued: its mark was not sent, or not acknowledged
 * @param maybeMarked the run may be marked: its mark was sent
 * @param outcome what to write
 * @param ran how long the attempt took
 * @param endedAgo the time since it ended; long where the database was away
 */
public record Settlement(
        Fence fence, boolean maybeUnmarked, boolean maybeMarked, Outcome outcome, Duration ran, Duration endedAgo) {}
