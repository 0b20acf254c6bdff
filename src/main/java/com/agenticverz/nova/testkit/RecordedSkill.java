package com.agenticverz.nova.testkit;

import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A skill of a plan on trial. It has its settings already; its calls are recorded. */
final class RecordedSkill implements Skill {

    private final Skill skill;
    private final Supplier<Calls> calls;

    RecordedSkill(Skill skill, Supplier<Calls> calls) {
        this.skill = skill;
        this.calls = calls;
    }

    @Override
    public String name() {
        return skill.name();
    }

    /** It has them already; the registry is told them for the sake of the secrets in them. */
    @Override
    public void configure(Map<String, Object> settings) {}

    @Override
    public @Nullable Object run(Map<String, @Nullable Object> params, SkillContext context) throws Exception {
        var current = calls.get();
        var call = current.begun(context.stepId(), skill.name(), params);
        try {
            var output = skill.run(params, context);
            current.ended(call);
            return output;
        } catch (Exception | Error e) {
            current.failed(call, e);
            throw e;
        }
    }
}
