package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A row that no node has the memory for. */
class LargeRunIT {

    private static final String PLAN = "jsonb_build_object('steps', jsonb_build_array(jsonb_build_object("
            + "'skill', 'noop', 'params', jsonb_build_object('x', repeat('x', %d)))))";

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    @Test
    void aPlanThatNoNodeCanHoldDoesNotStopTheQueue() {
        var sql = scenario.sql();
        var node = scenario.node().awaitPolling();
        try {
            sql.execute("INSERT INTO runs (agent_id, plan, priority) VALUES ('large', " + PLAN.formatted(150_000_000)
                    + ", 10)");
        } catch (IllegalStateException e) {
            System.out.println("refused: " + e.getCause().getMessage());
        }
        var small = sql.insert("noop", "{}");
        sql.awaitStatus(Duration.ofSeconds(30), small, "succeeded");
        assertThat(node.isAlive()).isTrue();
    }
}
