package com.agenticverz.nova.skill.builtin;

import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Does nothing: for benchmarks and for trying things out. */
public final class NoopSkill implements Skill {

    @Override
    public String name() {
        return "noop";
    }

    @Override
    public String description() {
        return "does nothing; its output is null";
    }

    @Override
    public @Nullable Object run(Map<String, @Nullable Object> params, SkillContext context) {
        return null;
    }
}
