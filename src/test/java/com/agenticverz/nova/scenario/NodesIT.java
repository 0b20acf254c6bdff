package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Nodes that are drained and resized while they run. */
class NodesIT {

    private static final int RUNS = 1200;
    private static final Duration LONG = Duration.ofSeconds(120);

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    /** So many runs at once from this moment on, until the next. */
    private record Step(long atMicros, int running) {}

    @Test
    void aNodeGrowsFromFourToSixteenAndShrinksToTwoAndNothingIsLost() {
        var sql = scenario.sql();
        var node =
                scenario.nodeWith(ClockedSkill.class, "WORKER_CONCURRENCY", "4").awaitPolling();
        sql.execute("INSERT INTO runs (agent_id, plan) SELECT 'agent', '{\"steps\":[{\"skill\":\"clocked\"}]}'"
                + " FROM generate_series(1, " + RUNS + ")");
        awaitFurther(40);
        long grown = resize("16");
        awaitFurther(160);
        long shrunk = resize("2");
        awaitFurther(30);
        long ended = resize("64");
        sql.awaitCount(LONG, "succeeded", RUNS);

        scenario.assertEachSettledOnce();
        assertThat(sql.count("SELECT count(*) FROM runs WHERE attempts <> 1")).isZero();
        assertThat(node.events("node_resized"))
                .extracting(event ->
                        event.path("from").asInt() + " to " + event.path("to").asInt())
                .containsExactly("4 to 16", "16 to 2", "2 to 64");
        var steps = steps();
        assertThat(most(steps, 0, grown)).isEqualTo(4);
        assertThat(most(steps, grown, shrunk)).isEqualTo(16);
        long sixteen = steps.stream()
                .filter(step -> step.atMicros() > grown && step.running() == 16)
                .findFirst()
                .orElseThrow()
                .atMicros();
        // The end of the last run beyond two.
        long two = steps.stream()
                .filter(step -> step.atMicros() > shrunk && step.atMicros() < ended && step.running() >= 2)
                .takeWhile(step -> step.running() > 2 || most(steps, step.atMicros(), ended) > 2)
                .reduce((_, last) -> last)
                .orElseThrow()
                .atMicros();
        assertThat(most(steps, two + 1_000, ended)).isEqualTo(2);
        assertThat(steps.stream()
                        .filter(step -> step.atMicros() > two && step.atMicros() < ended && step.running() == 2)
                        .count())
                .as("how often there were two")
                .isGreaterThan(5);
        Scenario.measured("4 to 16: from the commit of the command to 16 at once", millis(sixteen - grown));
        Scenario.measured("16 to 2: from the commit of the command to 2 at once", millis(two - shrunk));
        Scenario.measured("most at once at 4, 16, 2", "4, 16, 2 of " + RUNS + " runs, each settled once");
        assertThat(sixteen - grown).isLessThan(20_000_000);
        assertThat(two - shrunk).isLessThan(20_000_000);
    }

    @Test
    void aDrainedNodeGoesOnPollingForTheOthersAndStaysDrainedWhenItIsStartedAgain() {
        var sql = scenario.sql();
        var port = Integer.toString(PostgresServer.freePort());
        var address = "127.0.0.1:" + port;
        var drained = scenario.node("CLUSTER_PORT", port).awaitPolling();
        var other = scenario.node();
        Fleet.awaitMembers(NodeProcess.SOON, 2, List.of(drained, other));
        var pollerBefore = sql.one(String.class, "SELECT owner FROM leases WHERE name = 'poller'");
        var lasting = sql.insertSleep(8);
        var lastingToo = sql.insertSleep(8);
        sql.awaitCount(NodeProcess.SOON, "running", 2);

        command("drain", address);

        drained.await("node_draining");
        sql.awaitTrue(NodeProcess.SOON, "SELECT draining FROM nodes WHERE address = ?", address);
        assertThat(drained.get("/health/ready").statusCode()).isEqualTo(200);
        enqueue(40);
        sql.awaitTrue(LONG, "SELECT count(*) = 40 FROM runs WHERE agent_id = 'many' AND status = 'succeeded'");
        assertThat(by(address)).isZero();
        sql.awaitCount(LONG, "succeeded", 42);
        assertThat(sql.count("SELECT attempts FROM runs WHERE id = ?", lasting)).isOne();
        assertThat(sql.count("SELECT attempts FROM runs WHERE id = ?", lastingToo))
                .isOne();
        assertThat(sql.one(String.class, "SELECT owner FROM leases WHERE name = 'poller'"))
                .isEqualTo(pollerBefore);

        drained.signal("TERM");
        assertThat(drained.awaitExit(NodeProcess.SOON)).isZero();
        var again = scenario.node("CLUSTER_PORT", port);
        Fleet.awaitMembers(NodeProcess.SOON, 2, List.of(again, other));
        enqueue(40);
        sql.awaitCount(LONG, "succeeded", 82);
        assertThat(by(address)).isZero();

        command("resume", address);
        again.await("node_resumed");
        sql.execute("INSERT INTO runs (agent_id, plan) SELECT 'many',"
                + " '{\"steps\":[{\"skill\":\"sleep\",\"params\":{\"seconds\":0.5}}]}' FROM generate_series(1, 40)");
        sql.awaitCount(LONG, "succeeded", 122);
        assertThat(by(address)).isPositive();
        scenario.assertEachSettledOnce();
    }

    /** At a port by chance, each of its lives has another address. */
    @Test
    void aNodeThatRejoinsIsStillWhatItWasToBe() {
        var sql = scenario.sql();
        var node = scenario.node().awaitPolling();
        var address = sql.one(String.class, "SELECT address FROM nodes");
        command("resize", address, "7");
        command("drain", address);
        sql.awaitTrue(NodeProcess.SOON, "SELECT draining AND concurrency = 7 FROM nodes");

        sql.execute("DELETE FROM nodes");

        node.await("cluster_rejoining");
        sql.awaitTrue(LONG, "SELECT coalesce(bool_and(draining AND concurrency = 7), false) FROM nodes");
        assertThat(sql.one(String.class, "SELECT node FROM node_controls"))
                .isEqualTo(sql.one(String.class, "SELECT address FROM nodes"));
        assertThat(node.events("node_draining")).hasSize(2);
        var run = sql.insertSleep(0);
        command("resume", sql.one(String.class, "SELECT address FROM nodes"));
        sql.awaitStatus(NodeProcess.SOON, run, "succeeded");
    }

    // --- how to say it

    /** Runs that the node at this address has settled of those that are quick. */
    private long by(String address) {
        return scenario.sql()
                .count(
                        "SELECT count(*) FROM runs r JOIN nodes n ON n.id = r.claimed_by"
                                + " WHERE r.agent_id = 'many' AND n.address = ?",
                        address);
    }

    private void enqueue(int runs) {
        scenario.sql()
                .execute("INSERT INTO runs (agent_id, plan) SELECT 'many', '{\"steps\":[{\"skill\":\"noop\"}]}'"
                        + " FROM generate_series(1, " + runs + ")");
    }

    private void awaitFurther(int runs) {
        long before = scenario.sql().count("SELECT count(*) FROM runs WHERE status = 'succeeded'");
        scenario.sql()
                .awaitTrue(LONG, "SELECT count(*) >= " + (before + runs) + " FROM runs WHERE status = 'succeeded'");
    }

    /** Returns when the command was written. */
    private long resize(String concurrency) {
        var sql = scenario.sql();
        command("resize", sql.one(String.class, "SELECT address FROM nodes"), concurrency);
        sql.awaitTrue(NodeProcess.SOON, "SELECT concurrency = " + concurrency + " FROM nodes");
        var at = sql.one(OffsetDateTime.class, "SELECT at FROM audit_log ORDER BY id DESC LIMIT 1");
        return ChronoUnit.MICROS.between(Instant.EPOCH, at.toInstant());
    }

    private void command(String... arguments) {
        var all = new ArrayList<>(List.of("nodes"));
        all.addAll(List.of(arguments));
        try (var command = CommandProcess.start(scenario.url(), all.toArray(String[]::new))) {
            assertThat(command.awaitExit(NodeProcess.SOON))
                    .as(command::toString)
                    .isZero();
        }
    }

    /** What the runs themselves say. */
    private List<Step> steps() {
        var changes = new ArrayList<Step>();
        for (var row : scenario.sql()
                .rows("SELECT (result #>> '{s1,begun}')::bigint AS begun, (result #>> '{s1,ended}')::bigint AS ended"
                        + " FROM runs")) {
            changes.add(new Step((Long) row.get("begun"), 1));
            changes.add(new Step((Long) row.get("ended"), -1));
        }
        changes.sort(Comparator.comparingLong(Step::atMicros).thenComparingInt(Step::running));
        var steps = new ArrayList<Step>();
        int running = 0;
        for (var change : changes) {
            running += change.running();
            steps.add(new Step(change.atMicros(), running));
        }
        return steps;
    }

    private static int most(List<Step> steps, long fromMicros, long untilMicros) {
        return steps.stream()
                .filter(step -> step.atMicros() >= fromMicros && step.atMicros() < untilMicros)
                .mapToInt(Step::running)
                .max()
                .orElse(0);
    }

    private static String millis(long micros) {
        return micros / 1000 + " ms";
    }
}
