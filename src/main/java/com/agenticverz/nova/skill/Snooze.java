package com.agenticverz.nova.skill;

import java.time.Duration;

/**
 * What a skill returns that has to wait: the run sleeps in the table, with no thread, and uses up no attempt. After that
 * time the step begins again, on whatever node; the steps before it are not executed again. The idea is River's and
 * Oban's.
 *
 * @param duration how long, at least; more than nothing, at most 366 days
 */
public record Snooze(Duration duration) {

    private static final Duration LONGEST = Duration.ofDays(366);

    /** For at least this time. */
    public Snooze {
        if (!duration.isPositive() || duration.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "a snooze of " + duration + "; allowed: more than nothing, at most " + LONGEST.toDays() + " days");
        }
    }
}
