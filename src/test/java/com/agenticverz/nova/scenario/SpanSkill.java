package com.agenticverz.nova.scenario;

import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/** Takes {@code millis}, and writes when it has begun and when it has ended, by the clock of the database. */
public final class SpanSkill implements Skill {

    static final String TABLE =
            "CREATE TABLE spans (at timestamptz NOT NULL DEFAULT clock_timestamp(), run text, attempt int, change int)";

    /** Kept: a connection of its own would take each run as long as its work. */
    private final BlockingQueue<Connection> idle = new LinkedBlockingQueue<>();

    private String url = "";

    @Override
    public String name() {
        return "span";
    }

    @Override
    public void configure(Map<String, Object> settings) {
        url = System.getenv("EFFECTS_URL");
    }

    @Override
    public Object run(Map<String, @Nullable Object> params, SkillContext context) throws Exception {
        var free = idle.poll();
        var connection = free == null ? DriverManager.getConnection(url) : free;
        write(connection, context, 1);
        Thread.sleep(((Number) params.get("millis")).longValue());
        write(connection, context, -1);
        idle.add(connection);
        return Map.of();
    }

    private static void write(Connection connection, SkillContext context, int change) throws SQLException {
        try (var insert = connection.prepareStatement("INSERT INTO spans (run, attempt, change) VALUES (?, ?, ?)")) {
            insert.setString(1, context.runId().toString());
            insert.setInt(2, context.attempt());
            insert.setInt(3, change);
            insert.execute();
        }
    }
}
