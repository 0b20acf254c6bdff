package com.agenticverz.nova.scenario;

import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Computes for {@code seconds} without a pause, and does not care about interrupts: a model, an image, a bad regex. */
public final class SpinSkill implements Skill {

    @Override
    public String name() {
        return "spin";
    }

    @Override
    public Object run(Map<String, @Nullable Object> params, SkillContext context) {
        long started = System.nanoTime();
        double nanos = params.get("seconds") instanceof Number number ? number.doubleValue() * 1e9 : 0;
        long turns = 0;
        while (System.nanoTime() - started < nanos) {
            turns++;
        }
        return Map.of("turns", turns);
    }
}
