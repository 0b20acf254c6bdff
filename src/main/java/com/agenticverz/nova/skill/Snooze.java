package com.agenticverz.nova.skill;

import com.agenticverz.nova.run.SignalName;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a skill returns that has to wait: the run sleeps in the table, with no thread, and uses up no attempt. After that
 * time the step begins again, on whatever node; the steps before it are not executed again. The idea is River's and
 * Oban's.
 *
 * @param duration how long, at least; more than nothing, at most 366 days
 * @param signal a signal of this name ends it earlier; null: none does
 */
public record Snooze(Duration duration, @Nullable String signal) {

    private static final Duration LONGEST = Duration.ofDays(366);

    /** For at least this time, or until a signal comes. */
    public Snooze {
        if (signal != null) {
            SignalName.checked(signal);
        }
        if (!duration.isPositive() || duration.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "a snooze of " + duration + "; allowed: more than nothing, at most " + LONGEST.toDays() + " days");
        }
    }

    /** For at least this time. */
    public Snooze(Duration duration) {
        this(duration, null);
    }

    /**
     * Until a signal of this name comes, or this time is over. Ask for it first, by {@link SkillContext#signal}: one that
     * comes between that and the sleep ends the sleep at once; without having asked, only one that comes later does.
     */
    public static Snooze untilSignal(String name, Duration atMost) {
        return new Snooze(atMost, name);
    }
}
