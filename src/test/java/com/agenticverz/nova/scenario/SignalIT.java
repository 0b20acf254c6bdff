package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Runs that wait for the outside: their first and third steps have effects that are counted. */
class SignalIT {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String PAYLOAD = "{\"by\": \"Ada\"}";

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    @BeforeEach
    void count() {
        scenario.sql().execute(EffectSkill.TABLE);
    }

    @Test
    void aRunThatSleepsIsWokenBySqlAndGoesOnWithThePayload() {
        var node = node();
        var run = asleep(run("", 0));
        assertThat(scenario.sql().run(run)).containsEntry("attempts", 0).containsEntry("claim_id", null);
        scenario.sql().awaitTrue(LONG, "SELECT idle FROM leases WHERE name = 'poller'");

        long before = System.nanoTime();
        assertThat(signal(run)).isEqualTo("woken");
        ends(run, "succeeded");

        Scenario.measured(
                "a run that slept until a signal: from the signal to its end",
                Duration.ofNanos(System.nanoTime() - before).toMillis() + " ms");
        assertThat(effects(run)).containsExactly("before 1 null", "after 1 Ada");
        assertThat(node.events("run_snoozed", run)).hasSize(1);
        assertThat(node.events("run_dispatched", run)).hasSize(2);
        assertThat(scenario.history(run))
                .containsSubsequence("queued>running", "running>scheduled", "scheduled>queued");
        scenario.assertEachSettledOnce();
    }

    @Test
    void whatIsSentBeforeTheRunBeginsAndTwiceIsThereOnce() {
        var run = run("", 0);
        assertThat(signal(run)).isEqualTo("kept");
        assertThat(signal(run)).isEqualTo("known");

        node();

        ends(run, "succeeded");
        assertThat(effects(run)).containsExactly("before 1 null", "after 1 Ada");
        assertThat(scenario.history(run)).doesNotContain("running>scheduled");
        scenario.assertEachSettledOnce();
    }

    @Test
    void aNodeThatIsKilledWhileItsRunSleepsIsNotMissed() {
        var node = node();
        var run = asleep(run("", 0));

        node.kill();
        assertThat(signal(run)).isEqualTo("woken");
        node();

        ends(run, "succeeded");
        assertThat(effects(run)).containsExactly("before 1 null", "after 1 Ada");
        assertThat(scenario.sql().run(run)).containsEntry("attempts", 1);
        scenario.assertEachSettledOnce();
    }

    @Test
    void aNodeThatIsKilledAfterItTookTheSignalLeavesItToTheSameStep() {
        var first = scenario.nodeWith(TakingSkill.class).awaitPolling();
        var run = scenario.sql().insert("taking", "{}");
        assertThat(signal(run)).isIn("kept", "woken");
        scenario.sql().awaitTrue(LONG, "SELECT count(*) = 1 FROM run_signals WHERE taken_by = 's1'");
        scenario.sql().awaitStatus(LONG, run, "running");

        first.kill();
        // A second one, which nobody may take instead.
        scenario.sql().execute("SELECT nova_signal('" + run + "', 'approval', '{\"by\": \"Bob\"}')");
        scenario.nodeWith(TakingSkill.class);

        ends(run, "succeeded");
        assertThat(scenario.sql().one(String.class, "SELECT result->'s1'->'took'->>'by' FROM runs"))
                .isEqualTo("Ada");
        assertThat(scenario.sql().run(run)).containsEntry("attempts", 2);
        assertThat(scenario.sql().count("SELECT count(*) FROM run_signals WHERE taken_by IS NOT NULL"))
                .isEqualTo(1);
        scenario.assertEachSettledOnce();
    }

    @Test
    void aStepThatHasWaitedLongEnoughFailsAtItsMoment() {
        node();
        var run = run(", \"timeout_seconds\": 3", 0);

        ends(run, "failed");

        assertThat(scenario.sql().run(run))
                .containsEntry(
                        "error_message",
                        "step wait (wait_for_signal): no signal 'approval' came within 3 s (timeout_seconds)")
                .containsEntry("attempts", 1);
        assertThat(effects(run)).containsExactly("before 1 null");
        assertThat(
                        scenario.sql()
                                .one(
                                        Boolean.class,
                                        "SELECT completed_at - since >= interval '3 seconds' FROM runs JOIN run_waits ON run_id = id"))
                .isTrue();
        Scenario.measured(
                "a run that waited three seconds for a signal: from its first look to its failure, s",
                scenario.sql()
                        .one(
                                Double.class,
                                "SELECT extract(epoch FROM completed_at - since)::float8"
                                        + " FROM runs JOIN run_waits ON run_id = id"));
        assertThat(scenario.history(run)).as("it slept once").containsOnlyOnce("running>scheduled");
    }

    private NodeProcess node(String... settings) {
        var all = new ArrayList<>(List.of(settings));
        all.addAll(List.of("EFFECTS_URL", "jdbc:" + scenario.url().replace("postgres@", "") + "?user=postgres"));
        return scenario.nodeWith(EffectSkill.class, all.toArray(String[]::new));
    }

    private UUID run(String params, int priority) {
        return scenario.sql()
                .one(
                        UUID.class,
                        "INSERT INTO runs (agent_id, priority, plan) VALUES ('agent', ?, ?::jsonb) RETURNING id",
                        priority,
                        """
                {"steps":[
                  {"id":"before","skill":"effect"},
                  {"id":"wait","skill":"wait_for_signal","params":{"name":"approval"%s}},
                  {"id":"after","skill":"effect","params":{"say":{"$":"wait.payload.by"}}}]}""".formatted(params));
    }

    private UUID asleep(UUID run) {
        scenario.sql().awaitStatus(LONG, run, "scheduled");
        assertThat(scenario.sql().one(String.class, "SELECT waits_for[1] FROM runs WHERE id = ?", run))
                .isEqualTo("approval");
        return run;
    }

    private String signal(UUID run) {
        return scenario.sql().one(String.class, "SELECT nova_signal(?, 'approval', ?::jsonb, 'form-42')", run, PAYLOAD);
    }

    private void ends(UUID run, String status) {
        scenario.sql().awaitStatus(LONG, run, status);
    }

    /** Step, attempt, and of the last one what it was told. */
    private List<String> effects(UUID run) {
        return scenario.sql()
                .column(
                        String.class,
                        "SELECT step || ' ' || attempt || ' ' || CASE step WHEN 'after' THEN"
                                + " (SELECT coalesce(result->>'after', 'null') FROM runs WHERE id = '" + run
                                + "') ELSE 'null' END FROM effects WHERE run = '" + run + "' ORDER BY ctid");
    }
}
