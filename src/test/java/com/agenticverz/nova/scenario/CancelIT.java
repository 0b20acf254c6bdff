package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CancelIT {

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    @Test
    void whatIsCancelledByTheCommandIsStoppedByItsNode() {
        var sql = scenario.sql();
        var node = scenario.node("WORKER_CONCURRENCY", "1").awaitPolling();
        var running = sql.insertSleep(600);
        sql.awaitStatus(Duration.ofSeconds(10), running, "running");
        var behind = sql.insertSleep(600);
        var last = sql.insert("noop", "{}");

        try (var cancel =
                CommandProcess.start(scenario.url(), "runs", "cancel", running.toString(), behind.toString())) {
            assertThat(cancel.awaitExit(NodeProcess.SOON)).isZero();
            assertThat(cancel.lines()).containsExactly(running + " cancelled", behind + " cancelled");
        }
        long cancelled = System.nanoTime();

        // The one worker is free again.
        sql.awaitStatus(Duration.ofSeconds(10), last, "succeeded");
        Scenario.measured(
                "runs cancel, to the next run on the worker",
                Duration.ofNanos(System.nanoTime() - cancelled).toMillis() + " ms");
        node.await("run_cancelled", running);
        assertThat(node.events("run_dispatched", behind)).isEmpty();
        scenario.assertEachSettledOnce();
    }
}
