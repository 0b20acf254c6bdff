package com.agenticverz.nova.skill.builtin;

import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Returns its params. */
public final class EchoSkill implements Skill {

    @Override
    public String name() {
        return "echo";
    }

    @Override
    public String description() {
        return "returns its params";
    }

    @Override
    public Object run(Map<String, @Nullable Object> params, SkillContext context) {
        return params;
    }
}
