package com.agenticverz.nova.scenario;

import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;

/** Sleeps for 200 ms, and says from when to when: the columns of a run are written by a clock that was asked later. */
public final class ClockedSkill implements Skill {

    private static final long MILLIS = 200;

    @Override
    public String name() {
        return "clocked";
    }

    @Override
    public Object run(Map<String, Object> params, SkillContext context) throws InterruptedException {
        long begun = micros();
        Thread.sleep(MILLIS);
        return Map.of("begun", begun, "ended", micros());
    }

    /** Since 1970. */
    private static long micros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }
}
