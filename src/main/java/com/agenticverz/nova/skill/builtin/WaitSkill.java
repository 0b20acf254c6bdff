package com.agenticverz.nova.skill.builtin;

import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import com.agenticverz.nova.skill.SkillFailure;
import com.agenticverz.nova.skill.Snooze;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Waits {@code until} a moment, such as {@code 2026-12-24T18:00:00Z}, in the table and not on a thread. Returns the moment;
 * one that has passed is no reason to wait. By the clock of the node.
 */
public final class WaitSkill implements Skill {

    private static final List<String> PARAMS = List.of("until");

    private static final Duration LONGEST_SNOOZE = Duration.ofDays(366);

    private final Clock clock;

    /** By the clock of the machine. */
    public WaitSkill() {
        this(Clock.systemUTC());
    }

    /** By another one. */
    public WaitSkill(Clock clock) {
        this.clock = clock;
    }

    @Override
    public String name() {
        return "wait";
    }

    @Override
    public String description() {
        return "waits until a moment, in the table: without a thread, a worker or an attempt";
    }

    @Override
    public Object run(Map<String, @Nullable Object> params, SkillContext context) {
        Param.only(PARAMS, params);
        var until = until(params.get("until"));
        var left = Duration.between(clock.instant(), until);
        if (!left.isPositive()) {
            return Map.of("until", until.toString());
        }
        // Further away than that, it looks again in a year.
        return new Snooze(left.compareTo(LONGEST_SNOOZE) < 0 ? left : LONGEST_SNOOZE);
    }

    private static OffsetDateTime until(@Nullable Object value) {
        try {
            if (value instanceof String text) {
                return OffsetDateTime.parse(text).truncatedTo(ChronoUnit.MILLIS);
            }
        } catch (DateTimeException e) {
            // Said below.
        }
        throw SkillFailure.permanent("until is " + (value == null ? "missing" : "'" + value + "'")
                + "; allowed: a moment with its offset, such as 2026-12-24T18:00:00Z");
    }
}
