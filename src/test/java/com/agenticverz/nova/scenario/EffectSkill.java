package com.agenticverz.nova.scenario;

import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import java.sql.DriverManager;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Has an effect that can be counted, a row in a table, and then takes {@code seconds}. */
public final class EffectSkill implements Skill {

    static final String TABLE = "CREATE TABLE effects (run text, step text, attempt int)";

    private String url = "";

    @Override
    public String name() {
        return "effect";
    }

    @Override
    public void configure(Map<String, Object> settings) {
        url = System.getenv("EFFECTS_URL");
    }

    @Override
    public Object run(Map<String, @Nullable Object> params, SkillContext context) throws Exception {
        try (var connection = DriverManager.getConnection(url);
                var insert = connection.prepareStatement("INSERT INTO effects VALUES (?, ?, ?)")) {
            insert.setString(1, context.runId().toString());
            insert.setString(2, context.stepId());
            insert.setInt(3, context.attempt());
            insert.execute();
        }
        System.out.println("a skill that prints");
        if (params.get("seconds") instanceof Number seconds) {
            Thread.sleep(Math.round(seconds.doubleValue() * 1000));
        }
        return params.get("say");
    }
}
