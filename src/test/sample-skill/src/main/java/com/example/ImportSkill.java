package com.example;

import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import com.agenticverz.nova.skill.SkillFailure;
import java.util.List;
import java.util.Map;

/** Takes over rows, one by one, and goes on where an earlier attempt has ended. */
public final class ImportSkill implements Skill {

    @Override
    public String name() {
        return "import_rows";
    }

    @Override
    public Object run(Map<String, Object> params, SkillContext context) throws InterruptedException {
        if (!(params.get("rows") instanceof List<?> rows)) {
            throw SkillFailure.permanent("rows is missing");
        }
        int begun = context.lastHeartbeat() instanceof Number done ? done.intValue() : 0;
        for (int row = begun; row < rows.size(); row++) {
            take(context.idempotencyKey() + "/" + row, rows.get(row));
            context.heartbeat(row + 1);
            context.progress((row + 1.0) / rows.size(), "row " + (row + 1));
        }
        return Map.of("rows", rows.size(), "taken_now", rows.size() - begun);
    }

    /** The other side does nothing twice for one key. */
    private static void take(String key, Object row) throws InterruptedException {
        if ("busy".equals(row)) {
            throw SkillFailure.retryable("the other side was busy at " + key);
        }
        Thread.sleep(20); // waits for the other side; an interrupt ends that
    }
}
