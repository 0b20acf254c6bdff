package com.agenticverz.nova.scenario;

import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import java.sql.DriverManager;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts to {@code to}, {@code every} so many milliseconds a number, which is a row in a table; and goes on from the number
 * that an earlier attempt has said last.
 */
public final class CountSkill implements Skill {

    static final String TABLE = "CREATE TABLE numbers (id serial, run text, n int, node text)";

    private String url = "";

    @Override
    public String name() {
        return "count";
    }

    @Override
    public void configure(Map<String, Object> settings) {
        url = System.getenv("EFFECTS_URL");
    }

    @Override
    public Object run(Map<String, @Nullable Object> params, SkillContext context) throws Exception {
        int to = ((Number) params.get("to")).intValue();
        long every = ((Number) params.get("every")).longValue();
        int done = context.lastHeartbeat() instanceof Number last ? last.intValue() : 0;
        try (var connection = DriverManager.getConnection(url);
                var insert = connection.prepareStatement("INSERT INTO numbers (run, n, node) VALUES (?, ?, ?)")) {
            for (int n = done + 1; n <= to; n++) {
                insert.setString(1, context.runId().toString());
                insert.setInt(2, n);
                insert.setString(3, "" + ProcessHandle.current().pid());
                insert.execute();
                context.heartbeat(n);
                context.progress((double) n / to, n + " of " + to);
                Thread.sleep(every);
            }
        }
        return Map.of("counted", to);
    }
}
