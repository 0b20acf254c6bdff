package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A step that says how far it is goes on from there, whatever becomes of its node. */
class ProgressIT {

    private static final int TO = 200;

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    @BeforeEach
    void count() {
        scenario.sql().execute(CountSkill.TABLE);
    }

    @Test
    void afterADrainThatIsShorterThanTheStepItGoesOnElsewhereWithExactlyTheNextNumber() {
        var node = node("WORKER_SHUTDOWN_TIMEOUT", "1");
        node.awaitPolling();
        var run = counting();
        assertThat(show(run)).anyMatch(line -> line.matches(" {2}s1 +\\d+\\.\\d % +\\S+ \\S+ {2}\\d+ of " + TO));

        node.signal("TERM");
        assertThat(node.awaitExit(Duration.ofSeconds(30))).isZero();
        assertThat(numbers(run)).isNotEmpty().hasSizeLessThan(TO);
        node();

        scenario.sql().awaitStatus(Duration.ofSeconds(90), run, "succeeded");
        assertThat(numbers(run)).isEqualTo(IntStream.rangeClosed(1, TO).boxed().toList());
        assertThat(scenario.sql().count("SELECT count(DISTINCT node) FROM numbers"))
                .isEqualTo(2);
        // The attempt was given back.
        assertThat(scenario.sql().run(run)).containsEntry("attempts", 1);
        assertThat(show(run)).noneMatch(line -> line.contains(" of " + TO));
    }

    @Test
    void afterKill9ItGoesOnElsewhereFromWhatItHadSaidASecondAgo() {
        var node = node();
        node.awaitPolling();
        var run = counting();

        node.kill();
        int done = numbers(run).size();
        var other = node();
        other.await("cluster_joined");

        scenario.sql().awaitStatus(Duration.ofSeconds(90), run, "succeeded");
        var numbers = numbers(run);
        assertThat(numbers).containsAll(IntStream.rangeClosed(1, TO).boxed().toList());
        Scenario.measured("numbers done twice after a kill -9 at " + done, numbers.size() - TO);
        assertThat(numbers.size() - TO).isLessThan(done);
        assertThat(scenario.sql().run(run)).containsEntry("attempts", 2);
    }

    private NodeProcess node(String... settings) {
        var all = new java.util.ArrayList<>(List.of(settings));
        all.addAll(List.of("EFFECTS_URL", "jdbc:" + scenario.url().replace("postgres@", "") + "?user=postgres"));
        return scenario.nodeWith(CountSkill.class, all.toArray(String[]::new));
    }

    /** A run that counts, and has been seen to. */
    private UUID counting() {
        var run = scenario.sql().insert("count", "{\"to\": " + TO + ", \"every\": 100}");
        scenario.sql()
                .awaitTrue(
                        Duration.ofSeconds(30),
                        "SELECT count(*) = 1 FROM step_progress WHERE fraction > 0.1 AND detail::int >= 20");
        return run;
    }

    private List<Integer> numbers(UUID run) {
        return scenario.sql().column(Integer.class, "SELECT n FROM numbers WHERE run = '" + run + "' ORDER BY id");
    }

    private List<String> show(UUID run) {
        try (var command = CommandProcess.start(scenario.url(), "runs", "show", run.toString())) {
            assertThat(command.awaitExit(NodeProcess.SOON)).isZero();
            return command.lines();
        }
    }
}
