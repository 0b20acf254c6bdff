package com.agenticverz.nova.skill;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A skill that does what a test says. */
public record TestSkill(String name, Body body) implements Skill {

    /** What it does. */
    public interface Body {
        @Nullable
        Object run(Map<String, @Nullable Object> params, SkillContext context) throws Exception;
    }

    @Override
    public @Nullable Object run(Map<String, @Nullable Object> params, SkillContext context) throws Exception {
        return body.run(params, context);
    }
}
