package com.agenticverz.nova.skill.builtin;

import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import com.agenticverz.nova.skill.SkillFailure;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Fails, for trying out what follows: {@code message}; {@code retryable}, true where absent; {@code times}, the number
 * of attempts that fail before one succeeds, all where absent.
 */
public final class FailSkill implements Skill {

    private static final List<String> PARAMS = List.of("message", "retryable", "times");

    @Override
    public String name() {
        return "fail";
    }

    @Override
    public String description() {
        return "fails, for trying out what follows";
    }

    @Override
    public Object run(Map<String, @Nullable Object> params, SkillContext context) {
        Param.only(PARAMS, params);
        var message = params.get("message") == null ? "failed as told" : params.get("message");
        if (!(message instanceof String text)) {
            throw Param.bad("message", message, "text");
        }
        var retryable = params.get("retryable");
        if (retryable != null && !(retryable instanceof Boolean)) {
            throw SkillFailure.permanent("retryable is '" + retryable + "'; allowed: true, false");
        }
        var times = params.get("times");
        if (times != null && !(times instanceof Integer)) {
            throw SkillFailure.permanent("times is '" + times + "'; allowed: a whole number");
        }
        if (times instanceof Integer fails && context.attempt() > fails) {
            return Map.of("failed_before", context.attempt() - 1);
        }
        throw Boolean.FALSE.equals(retryable) ? SkillFailure.permanent(text) : SkillFailure.retryable(text);
    }
}
