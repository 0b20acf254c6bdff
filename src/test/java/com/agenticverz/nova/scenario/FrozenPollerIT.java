package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** SIGSTOP: a node that does not know that it was away, such as in a long pause of its virtual machine. */
@Tag("cluster")
class FrozenPollerIT {

    private static final Duration FROZEN = Duration.ofSeconds(30);

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    @Test
    void aPollerThatWakesUpAfter30SecondsClaimsNothingSettlesNothingAndJoinsAgain() {
        var sql = scenario.sql();
        var claims = ClaimAudit.on(sql);
        var fleet = Fleet.of(
                        IntStream.range(0, 3).mapToObj(_ -> scenario.node()).toList())
                .awaitFormed();
        try (var load = Load.of(sql, 1, Duration.ofMillis(400), 3)) {
            var frozen = fleet.poller();
            var others = fleet.but(frozen);
            fleet.awaitAllGetWork(Instant.now(), NodeProcess.SOON);
            sql.awaitTrue(
                    NodeProcess.SOON,
                    "SELECT count(*) >= 2 FROM runs WHERE status = 'running' AND claimed_by = ?",
                    Fleet.id(frozen));
            long epoch = claims.epoch();

            frozen.signal("STOP");
            var stopped = Instant.now();
            // What it was at; a mark that was on its way when it stopped is written all the same.
            var held = sql.column(
                    UUID.class, "SELECT id FROM runs WHERE status = 'running' AND claimed_by = ?", Fleet.id(frozen));
            assertThat(held).isNotEmpty();
            var next = claims.awaitEpochAfter(epoch, FROZEN);
            ClusterReport.add(
                    "SIGSTOP of the poller's node, to the next claim",
                    ClusterReport.seconds(Duration.between(stopped, next)));
            Fleet.awaitMembers(FROZEN, 2, others);
            await().atMost(FROZEN.plusSeconds(5)).until(() -> Instant.now().isAfter(stopped.plus(FROZEN)));

            frozen.signal("CONT");
            var awake = Instant.now();
            Fleet.awaitMembers(Fleet.FORMED_WITHIN, 3, fleet.nodes());
            var joined = Instant.now();
            fleet.awaitAllGetWork(joined, NodeProcess.SOON);
            ClusterReport.add(
                    "SIGCONT after 30 s, to a cluster of three again",
                    ClusterReport.seconds(Duration.between(awake, joined)));

            sql.awaitCount(Fleet.FORMED_WITHIN, "succeeded", load.stop());
            for (var run : held) {
                assertThat(sql.run(run)).containsEntry("attempts", 2);
                assertThat(frozen.events("run_completed", run))
                        .filteredOn(event -> event.path("attempt").asInt() == 1)
                        .as("a late completion that counted")
                        .isEmpty();
            }
            ClusterReport.add(
                    "runs that the frozen node held",
                    held.size() + ", of which it found fenced "
                            + held.stream()
                                    .flatMap(run -> frozen.events("run_fenced", run).stream())
                                    .map(event -> event.path("write").asText())
                                    .toList());
        }
        scenario.assertEachSettledOnce();
        claims.assertOnePollerAtATime();
    }
}
