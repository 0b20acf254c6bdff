package com.agenticverz.nova.testkit;

import org.jspecify.annotations.Nullable;

/**
 * What a skill has said of its progress.
 *
 * @param fraction from 0 to 1
 * @param note for people; null: none
 */
public record Progress(double fraction, @Nullable String note) {}
