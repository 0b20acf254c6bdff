package com.agenticverz.nova.skill.builtin;

import com.agenticverz.nova.skill.Expression;
import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import com.agenticverz.nova.skill.SkillFailure;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Returns the value of a JSONata expression, null where it yields nothing: {@code expression}; {@code input}, {} where absent. */
public final class JsonTransformSkill implements Skill {

    @Override
    public String name() {
        return "json_transform";
    }

    @Override
    public String description() {
        return "returns the value of an expression in JSONata";
    }

    @Override
    public @Nullable Object run(Map<String, @Nullable Object> params, SkillContext context)
            throws InterruptedException {
        for (var param : params.keySet()) {
            if (!param.equals("expression") && !param.equals("input")) {
                throw SkillFailure.permanent(param + " is not a param of json_transform; allowed: expression, input");
            }
        }
        var text = params.get("expression");
        if (!(text instanceof String expression)) {
            throw SkillFailure.permanent(
                    "expression is " + (text == null ? "missing" : "'" + text + "'") + "; allowed: text, in JSONata");
        }
        return compiled(expression)
                .evaluate(params.getOrDefault("input", Map.of()))
                .json();
    }

    private static Expression compiled(String expression) {
        try {
            return Expression.of(expression);
        } catch (IllegalArgumentException e) {
            throw SkillFailure.permanent("expression: " + e.getMessage());
        }
    }
}
