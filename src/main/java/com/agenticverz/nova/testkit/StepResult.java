package com.agenticverz.nova.testkit;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What became of a step, or of an item of a step with {@code for_each}, up to the end of an attempt.
 *
 * @param id of the step; of an item with its number, such as {@code post[3]}
 * @param tries how often the skill was called in this attempt; 0 where it was skipped or had finished before
 * @param params of its last call, with a value in the place of each reference; null: it was not called in this attempt
 * @param output a JSON value; null also where it was skipped, has failed or waits
 * @param error why it failed; null: it did not
 * @param finishedBefore whether an earlier attempt has finished it, so that this one did not execute it
 */
public record StepResult(
        String id,
        String skill,
        int tries,
        @Nullable Map<String, @Nullable Object> params,
        @Nullable Object output,
        @Nullable String error,
        boolean finishedBefore) {}
