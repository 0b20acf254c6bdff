package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TenThousandRunsIT {

    private static final int RUNS = 10_000;
    private static final Pattern ALARMING = Pattern.compile("error|ERROR|exception");

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    @Test
    void tenThousandRowsOfOneInsertAllSucceedOnceAndTheLogIsHealthy() {
        var sql = scenario.sql();
        var node = scenario.node().awaitPolling();
        long before = System.nanoTime();
        sql.execute("INSERT INTO runs (agent_id, goal, plan)"
                + " SELECT 'agent-' || i % 7, 'run ' || i, '{\"steps\": [{\"skill\": \"noop\"}]}'"
                + " FROM generate_series(1, " + RUNS + ") AS i");

        sql.awaitCount(Duration.ofMinutes(4), "succeeded", RUNS);
        var took = Duration.ofNanos(System.nanoTime() - before);
        node.awaitCount(NodeProcess.SOON, "run_completed", RUNS);
        Scenario.measured("10,000 runs by one INSERT, default settings", took.toMillis() + " ms");

        assertThat(sql.count("SELECT count(*) FROM runs WHERE attempts = 1 AND error_message IS NULL"
                        + " AND started_at <= completed_at AND duration_ms >= 0"))
                .isEqualTo(RUNS);
        scenario.assertEachSettledOnce();
        for (var name : new String[] {"run_dispatched", "run_completed"}) {
            var counts = new HashMap<String, Integer>();
            node.events(name).forEach(event -> counts.merge(event.path("run_id").asText(), 1, Integer::sum));
            assertThat(counts)
                    .as(name + " by run")
                    .hasSize(RUNS)
                    .allSatisfy((_, count) -> assertThat(count).isOne());
        }

        node.signal("TERM");
        assertThat(node.awaitExit(Duration.ofSeconds(20))).isZero();
        assertThat(node.lines())
                .as("lines that alarm")
                .noneMatch(line -> ALARMING.matcher(line).find());
        assertThat(node.lines()).as("lines that are no event").hasSameSizeAs(node.events());
        assertThat(node.errorLines()).isEmpty();
    }
}
