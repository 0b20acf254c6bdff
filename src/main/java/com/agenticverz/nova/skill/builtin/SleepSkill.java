package com.agenticverz.nova.skill.builtin;

import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import com.agenticverz.nova.skill.SkillFailure;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Waits: {@code seconds}, 0 to a day. Returns how long. */
public final class SleepSkill implements Skill {

    private static final List<String> PARAMS = List.of("seconds");

    private static final double LONGEST_SECONDS = 86_400;

    @Override
    public String name() {
        return "sleep";
    }

    @Override
    public String description() {
        return "waits on a thread";
    }

    @Override
    public Object run(Map<String, @Nullable Object> params, SkillContext context) throws InterruptedException {
        Param.only(PARAMS, params);
        var value = params.get("seconds");
        if (!(value instanceof Number number)
                || !(number.doubleValue() >= 0 && number.doubleValue() <= LONGEST_SECONDS)) {
            throw SkillFailure.permanent(
                    "seconds is " + (value == null ? "missing" : "'" + value + "'") + "; allowed: 0 to 86400");
        }
        Thread.sleep(Duration.ofNanos(Math.round(number.doubleValue() * 1e9)));
        return Map.of("seconds", number);
    }
}
