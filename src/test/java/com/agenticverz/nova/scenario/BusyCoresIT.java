package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Isolated;

/** Skills that compute take every core there is. The node lives on all the same. */
@Isolated("it takes both cores")
class BusyCoresIT {

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    @Test
    void aNodeWhoseSkillsSpinStillBeatsRenewsItsLeaseAndEndsRuns() throws InterruptedException {
        var sql = scenario.sql();
        var node = scenario.nodeWith(SpinSkill.class).awaitPolling();
        var other = scenario.nodeWith(SpinSkill.class);
        other.await("cluster_joined");
        var spinning = new ArrayList<UUID>();
        for (int i = 0; i < 3; i++) {
            spinning.add(sql.insert("spin", "{\"seconds\": 20}", "max_attempts = 1"));
        }
        var stuck = sql.insert("spin", "{\"seconds\": 3600}", "max_attempts = 1, timeout_seconds = 3");
        sql.awaitCount(Duration.ofSeconds(60), "running", 4);

        double mostSilent = 0;
        double leastLease = 6;
        long end = System.nanoTime() + Duration.ofSeconds(15).toNanos();
        while (System.nanoTime() < end) {
            mostSilent = Math.max(
                    mostSilent,
                    sql.column(Double.class, "SELECT max(extract(epoch FROM now() - heartbeat_at))::float8 FROM nodes")
                            .getFirst());
            leastLease = Math.min(
                    leastLease,
                    sql.column(
                                    Double.class,
                                    "SELECT extract(epoch FROM expires_at - now())::float8 FROM leases WHERE name = 'poller'")
                            .getFirst());
            Thread.sleep(200);
        }
        Scenario.measured("longest silence of a node whose skills spin", mostSilent + " s");
        Scenario.measured("least that was left of its lease", leastLease + " s");
        assertThat(mostSilent).isLessThan(6);
        assertThat(leastLease).isPositive();
        assertThat(sql.run(stuck)).containsEntry("status", "failed");
        // The skill that was left behind still spins, for ever; what comes next is executed beside it.
        assertThat(node.get("/health/live").statusCode()).isEqualTo(200);
        var quick = sql.insert("noop", "{}", "max_attempts = 1");
        sql.awaitStatus(Duration.ofSeconds(60), quick, "succeeded");
        for (var run : spinning) {
            sql.awaitStatus(Duration.ofSeconds(60), run, "succeeded");
        }
        scenario.assertEachSettledOnce();
        assertThat(node.events("run_fenced")).isEmpty();
        assertThat(sql.count("SELECT epoch FROM leases WHERE name = 'poller'")).isEqualTo(1);
    }
}
