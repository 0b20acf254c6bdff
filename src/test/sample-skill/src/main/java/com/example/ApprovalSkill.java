package com.example;

import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import com.agenticverz.nova.skill.Snooze;
import java.time.Duration;
import java.util.Map;

/** Waits until somebody has approved. */
public final class ApprovalSkill implements Skill {

    @Override
    public String name() {
        return "approval";
    }

    @Override
    public Object run(Map<String, Object> params, SkillContext context) throws InterruptedException {
        var approved = context.signal("approved");
        if (approved.isEmpty()) {
            return Snooze.untilSignal("approved", Duration.ofHours(3)); // then this method is called again
        }
        return Map.of("approved", approved.get().payload());
    }
}
