package com.agenticverz.nova.scenario;

import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Waits until it is interrupted: a row in a table when it begins, and one when that was. */
public final class LastWordSkill implements Skill {

    static final String TABLE =
            "CREATE TABLE last_words (run text, cancelled boolean," + " at timestamptz DEFAULT clock_timestamp())";

    private String url = "";

    @Override
    public String name() {
        return "last_word";
    }

    @Override
    public void configure(Map<String, Object> settings) {
        url = System.getenv("EFFECTS_URL");
    }

    @Override
    public Object run(Map<String, @Nullable Object> params, SkillContext context) throws Exception {
        say(context);
        try {
            Thread.sleep(600_000);
            return "never interrupted";
        } catch (InterruptedException e) {
            say(context);
            throw e;
        }
    }

    private void say(SkillContext context) throws SQLException {
        try (var connection = DriverManager.getConnection(url);
                var insert = connection.prepareStatement("INSERT INTO last_words VALUES (?, ?)")) {
            insert.setString(1, context.runId().toString());
            insert.setBoolean(2, context.isCancelled());
            insert.execute();
        }
    }
}
