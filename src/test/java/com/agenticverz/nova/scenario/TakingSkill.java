package com.agenticverz.nova.scenario;

import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import com.agenticverz.nova.skill.Snooze;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Takes the signal {@code approval}, and in the first attempt at its run never ends. */
public final class TakingSkill implements Skill {

    @Override
    public String name() {
        return "taking";
    }

    @Override
    public Object run(Map<String, @Nullable Object> params, SkillContext context) throws InterruptedException {
        var signal = context.signal("approval");
        if (signal.isEmpty()) {
            return Snooze.untilSignal("approval", Duration.ofDays(1));
        }
        if (context.attempt() == 1) {
            Thread.sleep(Duration.ofDays(1));
        }
        var output = new HashMap<String, @Nullable Object>();
        output.put("took", signal.get().payload());
        return output;
    }
}
