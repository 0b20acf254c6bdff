package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A run of five steps, whose effects are counted, and what may come in between. */
class CheckpointIT {

    private static final String RESULT =
            "{\"one\": \"a\", \"two\": \"b\", \"four\": \"d\", \"five\": \"e\", \"three\": \"c\"}";

    @RegisterExtension
    final Scenario scenario = Scenario.onServerOfItsOwn();

    @BeforeEach
    void count() {
        scenario.sql().execute(EffectSkill.TABLE);
    }

    @Test
    void afterKill9DuringTheThirdStepTheRunGoesOnElsewhereWithTheThird() {
        var node = node();
        var other = node();
        other.await("cluster_joined");
        var run = inTheThirdStep(3);

        (dispatched(node, run) ? node : other).kill();

        succeeded(run);
        assertThat(effects(run)).containsExactly("one 1", "two 1", "three 1", "three 2", "four 2", "five 2");
        assertThat(scenario.sql().run(run)).containsEntry("attempts", 2);
        scenario.assertEachSettledOnce();
    }

    @Test
    void afterADrainThatIsShorterThanTheThirdStepTheRunGoesOnElsewhereWithTheThird() {
        var node = node("WORKER_SHUTDOWN_TIMEOUT", "1");
        var run = inTheThirdStep(20);

        node.signal("TERM");
        assertThat(node.awaitExit(Duration.ofSeconds(30))).isZero();
        assertThat(steps(run)).containsExactly("one 1", "two 1");
        // What is left of the third step is its effect: it was interrupted, and begins again.
        scenario.sql().execute("UPDATE runs SET plan = replace(plan::text, '20.0', '0.1')::jsonb");
        node();

        succeeded(run);
        assertThat(node.lines()).as("what the skill prints is not in the log").hasSameSizeAs(node.events());
        assertThat(node.errorLines()).contains("a skill that prints");
        // The attempt was given back.
        assertThat(effects(run)).containsExactly("one 1", "two 1", "three 1", "three 1", "four 1", "five 1");
        assertThat(scenario.sql().run(run)).containsEntry("attempts", 1);
    }

    @Test
    void aRestartOfTheDatabaseIsWaitedForBetweenTheSteps() {
        node();
        var run = inTheThirdStep(4);

        scenario.server().stop(PostgresServer.StopMode.FAST);
        scenario.server().startAgain();

        succeeded(run);
        assertThat(effects(run)).containsExactly("one 1", "two 1", "three 1", "four 1", "five 1");
        assertThat(scenario.sql().run(run)).containsEntry("attempts", 1);
    }

    @Test
    void anotherPollerChangesNothing() {
        var poller = node();
        poller.await("poller_started");
        var other = node("WORKER_CONCURRENCY", "4");
        other.await("cluster_joined");
        var run = inTheThirdStep(5);

        poller.signal("TERM");
        other.await("poller_started");

        succeeded(run);
        assertThat(effects(run)).containsExactly("one 1", "two 1", "three 1", "four 1", "five 1");
    }

    private NodeProcess node(String... settings) {
        var all = new ArrayList<>(List.of(settings));
        all.addAll(List.of("EFFECTS_URL", "jdbc:" + scenario.url().replace("postgres@", "") + "?user=postgres"));
        return scenario.nodeWith(EffectSkill.class, all.toArray(String[]::new));
    }

    private static boolean dispatched(NodeProcess node, UUID run) {
        return node.events("run_dispatched").stream()
                .anyMatch(event -> event.path("run_id").asText().equals(run.toString()));
    }

    private UUID inTheThirdStep(double seconds) {
        var run = scenario.sql()
                .one(
                        UUID.class,
                        "INSERT INTO runs (agent_id, plan) VALUES ('agent', ?::jsonb) RETURNING id",
                        """
                {"steps":[
                  {"id":"one","skill":"effect","params":{"say":"a"}},
                  {"id":"two","skill":"effect","params":{"say":"b"}},
                  {"id":"three","skill":"effect","params":{"say":"c","seconds":%s}},
                  {"id":"four","skill":"effect","params":{"say":"d"}},
                  {"id":"five","skill":"effect","params":{"say":"e"}}]}""".formatted(seconds));
        scenario.sql()
                .awaitTrue(
                        NodeProcess.SOON,
                        "SELECT count(*) = 1 FROM effects WHERE step = 'three' AND run = '" + run + "'");
        return run;
    }

    private void succeeded(UUID run) {
        scenario.sql().awaitStatus(Duration.ofSeconds(60), run, "succeeded");
        assertThat(scenario.sql().one(Boolean.class, "SELECT result = ?::jsonb FROM runs WHERE id = ?", RESULT, run))
                .isTrue();
        assertThat(steps(run)).hasSize(4);
    }

    private List<String> effects(UUID run) {
        return scenario.sql()
                .column(
                        String.class,
                        "SELECT step || ' ' || attempt FROM effects WHERE run = '" + run + "' ORDER BY ctid");
    }

    private List<String> steps(UUID run) {
        return scenario.sql()
                .column(
                        String.class,
                        "SELECT step_id || ' ' || attempt FROM run_steps WHERE run_id = '" + run
                                + "' ORDER BY completed_at");
    }
}
