package com.agenticverz.nova.store;

import com.agenticverz.nova.run.Fence;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A finished step of a run, to be kept.
 *
 * @param outputJson null where it failed
 * @param error why it failed; null where it did not
 * @param tries how often it was tried in this attempt at the run
 * @param ran how long the last try took
 * @param endedAgo how long ago it ended
 */
public record Checkpoint(
        Fence fence,
        String stepId,
        String skill,
        @Nullable String outputJson,
        @Nullable String error,
        int tries,
        Duration ran,
        Duration endedAgo) {}
