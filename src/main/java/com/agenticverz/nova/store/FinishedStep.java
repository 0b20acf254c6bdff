package com.agenticverz.nova.store;

import org.jspecify.annotations.Nullable;

/**
 * A step that an earlier attempt at its run has finished.
 *
 * @param outputJson null where it failed and its run went on
 */
public record FinishedStep(
        String stepId, String skill, @Nullable String outputJson) {}
