package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.skill.TestJar;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A skill in a jar beside Nova, in a real worker. */
class SkillJarIT {

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    @TempDir
    private Path folder;

    @Test
    void aRunCallsASkillFromAJarWhichLogsIntoNovasLog() {
        TestJar.of("""
                        package com.example;

                        import com.agenticverz.nova.skill.Skill;
                        import com.agenticverz.nova.skill.SkillContext;
                        import java.util.Map;
                        import org.slf4j.LoggerFactory;

                        public class Greet implements Skill {
                            @Override public String name() { return "greet"; }
                            @Override public Object run(Map<String, Object> params, SkillContext context) {
                                LoggerFactory.getLogger(Greet.class).warn("greeted {}", params.get("name"));
                                return Map.of("greeting", "Hello, " + params.get("name"),
                                        "own", Thread.currentThread().getContextClassLoader()
                                                == Greet.class.getClassLoader());
                            }
                        }
                        """).naming("com.example.Greet").write(folder.resolve("greet.jar"));
        var sql = scenario.sql();
        var node = scenario.node("NOVA_SKILLS_DIR", folder.toString()).awaitPolling();

        // The second on a thread of its own; the third finds the thread as it was.
        var run = sql.one(UUID.class, """
                INSERT INTO runs (agent_id, plan) VALUES ('agent', '{"steps": [
                  {"id": "a", "skill": "greet", "params": {"name": "Ada"}},
                  {"id": "b", "skill": "greet", "params": {"name": "${a.greeting}"}, "timeout_seconds": 60},
                  {"id": "c", "skill": "echo", "params": {"said": {"$": "b.greeting"}}}]}')
                RETURNING id""");

        sql.awaitStatus(Duration.ofSeconds(60), run, "succeeded");
        assertThat(sql.one(String.class, "SELECT result #>> '{c,said}' FROM runs"))
                .isEqualTo("Hello, Hello, Ada");
        assertThat(sql.count("SELECT count(*) FROM runs WHERE (result #>> '{a,own}') = 'true'"
                        + " AND (result #>> '{b,own}') = 'true'"))
                .isEqualTo(1);
        node.await("greeted Ada");
        assertThat(node.events("skills_initialized"))
                .singleElement()
                .satisfies(event -> assertThat(event.path("skills").toString()).contains("\"greet\""));
    }
}
