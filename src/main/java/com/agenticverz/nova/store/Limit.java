package com.agenticverz.nova.store;

import org.jspecify.annotations.Nullable;

/**
 * A row of the table {@code limits}: it holds for each agent, skill or concurrency key that its pattern fits, each for
 * itself.
 *
 * @param kind of what
 * @param pattern a name, in which {@code *} stands for any characters
 * @param maxRunning most runs at once; null: any number
 * @param maxStarts most starts in {@code perSeconds}; null: any number
 * @param perSeconds null where {@code maxStarts} is
 * @param burst starts at once after a pause; null: what a tenth of a second allows, at least one
 * @param weight of an agent: its share of the turns; null: 1
 */
public record Limit(
        Kind kind,
        String pattern,
        @Nullable Integer maxRunning,
        @Nullable Integer maxStarts,
        @Nullable Double perSeconds,
        @Nullable Integer burst,
        @Nullable Double weight) {

    /** What is limited. */
    public enum Kind {
        AGENT,
        SKILL,
        KEY
    }
}
