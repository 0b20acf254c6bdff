package com.example;

import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import com.agenticverz.nova.skill.SkillFailure;
import java.util.Map;

/** The shortest one. */
public final class GreetSkill implements Skill {

    @Override
    public String name() {
        return "greet";
    }

    @Override
    public Object run(Map<String, Object> params, SkillContext context) {
        if (!(params.get("name") instanceof String name)) {
            throw SkillFailure.permanent("name is missing"); // no further attempt; any other exception: another one
        }
        return Map.of("greeting", "Hello, " + name);
    }
}
