package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A row that no node has the memory for. */
class LargeRunIT {

    private static final String PLAN = "jsonb_build_object('steps', jsonb_build_array(jsonb_build_object("
            + "'skill', 'noop', 'params', jsonb_build_object('x', repeat('x', %d)))))";

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    @Test
    void aPlanThatNoNodeCanHoldIsRefusedAndTheLargestOnesAreExecuted() {
        var sql = scenario.sql();
        var node = scenario.node().awaitPolling();
        // The node had no memory for it, took seven other runs along each time, and did so for ever.
        assertThatThrownBy(() -> sql.execute("INSERT INTO runs (agent_id, plan, priority) VALUES ('large', "
                        + PLAN.formatted(150_000_000) + ", 10)"))
                .hasRootCauseInstanceOf(SQLException.class)
                .rootCause()
                .hasMessageContaining("runs_plan_not_too_large");
        var largest = IntStream.range(0, 20)
                .mapToObj(_ -> sql.one(
                        UUID.class,
                        "INSERT INTO runs (agent_id, plan, priority) VALUES ('large', " + PLAN.formatted(1_000_000)
                                + ", 10) RETURNING id"))
                .toList();
        var small = sql.insert("noop", "{}");
        sql.awaitStatus(Duration.ofSeconds(30), small, "succeeded");
        largest.forEach(run -> sql.awaitStatus(Duration.ofSeconds(30), run, "succeeded"));
        assertThat(node.events("worker_pool_poll_error")).isEmpty();
    }
}
