package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.skill.TestJar;
import java.nio.file.Path;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A skill comes with a rolling update: whenever its runs are enqueued, none of them fails for want of it. */
@Tag("cluster")
class SkillRolloutIT {

    private static final int RUNS = 20;

    /** Nothing of it is to be executed where there is no greet, not even its first step. */
    private static final String GREETS = """
            {"steps": [{"id": "a", "skill": "echo", "params": {"n": 1}},
                       {"id": "b", "skill": "greet", "params": {"name": "Ada"}}]}""";

    private static final String ORDINARY = "{\"steps\": [{\"skill\": \"echo\"}]}";

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    @TempDir
    private Path folder;

    @Test
    void runsThatNeedTheNewSkillWaitForTheFirstNodeThatHasItAndGoToNoOther() {
        var sql = scenario.sql();
        var a = scenario.node();
        var b = scenario.node();
        var fleet = Fleet.of(a, b).awaitFormed();

        var early = enqueue("early");
        sql.awaitTrue(
                NodeProcess.SOON, "SELECT count(*) = 20 FROM runs WHERE agent_id = 'plain' AND status = 'succeeded'");
        awaitTheyWait("early");
        assertThat(waitsSaid(fleet)).as("nodes that have said it").isNotZero();
        // The poller has heard of it, and keeps them all from now on; none has come by a node a second time.
        sql.awaitTrue(
                NodeProcess.SOON, "SELECT count(*) = 20 FROM runs WHERE agent_id = 'early' AND status = 'queued'");
        assertThat(status())
                .anyMatch(line -> line.matches("  skill greet: no node has it, 20 queued runs need it, for \\d+ s"));
        assertThat(sql.rows("SELECT run_id FROM audit WHERE new_status = 'scheduled' GROUP BY 1 HAVING count(*) > 1"))
                .isEmpty();

        // One of the two is replaced by the new version.
        long began = System.nanoTime();
        a.signal("TERM");
        assertThat(a.awaitExit(NodeProcess.SOON)).isZero();
        fleet.remove(a);
        var a2 = withSkill();
        fleet.add(a2).awaitFormed();
        awaitSucceeded("early");
        Scenario.measured(
                "from SIGTERM of the first old node until the runs that waited for the new skill were done",
                ClusterReport.seconds(Duration.ofNanos(System.nanoTime() - began)));
        assertThat(claimedBy("early")).containsExactly(Fleet.id(a2));
        sql.awaitTrue(NodeProcess.SOON, "SELECT count(*) = 0 FROM queue_waits");

        // In the middle of it: half of the nodes have it.
        assertThat(status())
                .anyMatch(line -> line.contains(Fleet.id(b).toString()) && line.endsWith(", without the skill greet"))
                .anyMatch(line -> line.contains(Fleet.id(a2).toString()) && line.endsWith("s ago"));
        var middle = enqueue("middle");
        awaitSucceeded("middle");
        assertThat(claimedBy("middle")).containsExactly(Fleet.id(a2));

        b.signal("TERM");
        assertThat(b.awaitExit(NodeProcess.SOON)).isZero();
        fleet.remove(b);
        fleet.add(withSkill()).awaitFormed();
        enqueue("late");
        awaitSucceeded("late");
        sql.awaitTrue(
                NodeProcess.SOON, "SELECT count(*) = 60 FROM runs WHERE agent_id = 'plain' AND status = 'succeeded'");

        assertThat(sql.rows("SELECT id, status, attempts, error_message FROM runs"
                        + " WHERE status <> 'succeeded' OR attempts <> 1"))
                .isEmpty();
        assertThat(sql.rows("SELECT * FROM audit WHERE new_status IN ('failed', 'retry')"))
                .isEmpty();
        // Neither begun nor finished there.
        var greeting = new HashSet<>(early);
        greeting.addAll(middle);
        for (var old : List.of(a, b)) {
            assertThat(dispatched(old)).isNotEmpty().doesNotContainAnyElementsOf(greeting);
            assertThat(old.lines()).noneMatch(line -> line.matches(".*(error|ERROR|exception).*"));
        }
        scenario.assertEachSettledOnce();
    }

    @Test
    void whatAnEarlierNodeHasFinishedStaysWhileARunWaitsForItsSkill() {
        var sql = scenario.sql();
        var plain = scenario.node();
        var first = withSkill();
        var fleet = Fleet.of(plain, first).awaitFormed();
        var run = sql.one(UUID.class, """
                INSERT INTO runs (agent_id, plan) VALUES ('early', '{"steps": [
                  {"id": "a", "skill": "greet", "params": {"name": "Ada"}},
                  {"id": "b", "skill": "wait_for_signal", "params": {"name": "go", "timeout_seconds": 3600}},
                  {"id": "c", "skill": "greet", "params": {"name": "${a.greeting}"}}]}')
                RETURNING id""");
        sql.awaitTrue(
                NodeProcess.SOON, "SELECT count(*) = 1 FROM runs WHERE status = 'scheduled' AND waits_for = '{go}'");
        var finishedAt = sql.one(OffsetDateTime.class, "SELECT completed_at FROM run_steps WHERE step_id = 'a'");
        first.signal("TERM");
        assertThat(first.awaitExit(NodeProcess.SOON)).isZero();
        fleet.remove(first);
        Fleet.awaitMembers(NodeProcess.SOON, 1, fleet.nodes());

        sql.rows("SELECT nova_signal(?, 'go')", run);
        awaitTheyWait("early");
        plain.await("run_waits_for_skill", run);

        var second = withSkill();
        fleet.add(second).awaitFormed();
        awaitSucceeded("early");
        assertThat(claimedBy("early")).containsExactly(Fleet.id(second));
        assertThat(sql.one(String.class, "SELECT result #>> '{c,greeting}' FROM runs"))
                .isEqualTo("Hello, Hello, Ada");
        assertThat(sql.one(OffsetDateTime.class, "SELECT completed_at FROM run_steps WHERE step_id = 'a'"))
                .isEqualTo(finishedAt);
        assertThat(sql.one(Integer.class, "SELECT attempts FROM runs")).isEqualTo(1);
        assertThat(dispatched(plain)).doesNotContain(run);
        scenario.assertEachSettledOnce();
    }

    /** Runs that need the skill, and as many ordinary ones between them. */
    private List<UUID> enqueue(String agent) {
        return scenario.sql().column(UUID.class, """
                WITH new AS (
                  INSERT INTO runs (agent_id, plan)
                  SELECT a.agent_id, CAST(a.plan AS jsonb)
                  FROM generate_series(1, ?) AS n, (VALUES (?, ?), ('plain', ?)) AS a (agent_id, plan)
                  ORDER BY n
                  RETURNING id, agent_id)
                SELECT id FROM new WHERE agent_id <> 'plain'
                """, RUNS, agent, GREETS, ORDINARY);
    }

    /** With all of their attempts, and nothing of them executed. */
    private void awaitTheyWait(String agent) {
        scenario.sql().awaitTrue(NodeProcess.SOON, """
                SELECT bool_and(status IN ('queued', 'scheduled') AND attempts = 0 AND error_message IS NULL
                                AND started_at IS NULL AND waits_for IS NULL)
                       AND EXISTS (SELECT FROM audit a WHERE a.run_id = ANY (array_agg(r.id)) AND a.new_status = 'scheduled')
                FROM runs r WHERE agent_id = ?""", agent);
    }

    private void awaitSucceeded(String agent) {
        scenario.sql()
                .awaitTrue(
                        NodeProcess.SOON,
                        "SELECT bool_and(status = 'succeeded' AND attempts = 1) FROM runs WHERE agent_id = ?",
                        agent);
    }

    private List<UUID> claimedBy(String agent) {
        return scenario.sql().column(UUID.class, "SELECT DISTINCT claimed_by FROM runs WHERE agent_id = ?", agent);
    }

    private static long waitsSaid(Fleet fleet) {
        return fleet.nodes().stream()
                .filter(node -> node.events("run_waits_for_skill").stream()
                        .anyMatch(event -> event.path("skills").toString().equals("[\"greet\"]")))
                .count();
    }

    private static Set<UUID> dispatched(NodeProcess node) {
        var runs = new HashSet<UUID>();
        node.events("run_dispatched")
                .forEach(event -> runs.add(UUID.fromString(event.path("run_id").asText())));
        return runs;
    }

    private List<String> status() {
        try (var command = CommandProcess.start(scenario.url(), "status")) {
            assertThat(command.awaitExit(NodeProcess.SOON)).isZero();
            return command.lines();
        }
    }

    private NodeProcess withSkill() {
        var jars = folder.resolve("skills");
        if (!jars.toFile().exists()) {
            TestJar.of("""
                            package com.example;

                            import com.agenticverz.nova.skill.Skill;
                            import com.agenticverz.nova.skill.SkillContext;
                            import java.util.Map;

                            public class Greet implements Skill {
                                @Override public String name() { return "greet"; }
                                @Override public Object run(Map<String, Object> params, SkillContext context) {
                                    return Map.of("greeting", "Hello, " + params.get("name"));
                                }
                            }
                            """).naming("com.example.Greet").write(jars.resolve("greet.jar"));
        }
        return scenario.node("NOVA_SKILLS_DIR", jars.toString());
    }
}
