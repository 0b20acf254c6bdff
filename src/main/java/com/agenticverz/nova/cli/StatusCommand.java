package com.agenticverz.nova.cli;

import com.agenticverz.nova.run.RunStatus;
import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.store.StatusStore;
import com.agenticverz.nova.telemetry.Logging;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code status}: the cluster at a glance. */
@Command(
        name = "status",
        description =
                "Show runs by status, the oldest queued one, what is paused, what queued runs wait for, the nodes, and"
                        + " which of them polls.",
        mixinStandardHelpOptions = true)
public final class StatusCommand implements Callable<Integer> {

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--json", description = "One JSON object instead of text for people.")
    private boolean json;

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    private final Clock clock = Clock.systemUTC();

    @Override
    public Integer call() {
        Logging.quiet();
        try (var opened = database.open()) {
            var status = opened.status();
            var counts = status.counts();
            var overview = status.overview();
            var nodes = status.nodes();
            var holdUps = HoldUps.read(opened.control());
            var out = spec.commandLine().getOut();
            if (json) {
                out.println(Json.write(json(counts, overview, nodes, holdUps)));
            } else {
                print(out, counts, overview, nodes, holdUps);
            }
            out.flush();
            return 0;
        }
    }

    private void print(
            PrintWriter out,
            Map<RunStatus, Long> counts,
            StatusStore.Overview overview,
            List<StatusStore.Node> nodes,
            HoldUps holdUps) {
        for (var status : RunStatus.values()) {
            out.println("%-10s %10d".formatted(status.column(), counts.getOrDefault(status, 0L)));
        }
        var oldest = oldestQueued(overview);
        out.println();
        out.println("oldest queued run: " + (oldest == null ? "none" : "created " + seconds(oldest) + " s ago"));
        holdUps.lines(clock).forEach(out::println);
        out.println("poller: " + poller(overview, nodes));
        out.println("nodes: " + nodes.size());
        var gaps = SkillGaps.among(nodes);
        for (var node : nodes) {
            out.println("  %s  %s  version %s, running %d of %d, last heartbeat %s s ago%s%s"
                    .formatted(
                            node.id(),
                            node.address(),
                            node.appVersion(),
                            node.running(),
                            node.concurrency(),
                            seconds(node.silent()),
                            NodeState.of(node).stream().map(it -> ", " + it).collect(Collectors.joining()),
                            gaps.shown(node)));
        }
    }

    private static String poller(StatusStore.Overview overview, List<StatusStore.Node> nodes) {
        if (overview.poller() == null) {
            return "none";
        }
        return nodes.stream()
                        .filter(node -> node.id().toString().equals(overview.poller()))
                        .map(StatusStore.Node::address)
                        .findFirst()
                        .orElse(overview.poller())
                + ", epoch " + overview.epoch();
    }

    private Map<String, @Nullable Object> json(
            Map<RunStatus, Long> counts, StatusStore.Overview overview, List<StatusStore.Node> nodes, HoldUps holdUps) {
        var runs = new LinkedHashMap<String, @Nullable Object>();
        counts.forEach((status, count) -> runs.put(status.column(), count));
        var oldest = oldestQueued(overview);
        var all = new LinkedHashMap<String, @Nullable Object>();
        all.put("runs", runs);
        all.put("oldest_queued_seconds", oldest == null ? null : oldest.toMillis() / 1e3);
        all.put("pauses", holdUps.pauses());
        all.put("waits", holdUps.waits());
        all.put("poller", overview.poller());
        all.put("epoch", overview.epoch());
        var gaps = SkillGaps.among(nodes);
        all.put("nodes", nodes.stream().map(it -> json(it, gaps)).toList());
        return all;
    }

    private static Map<String, @Nullable Object> json(StatusStore.Node node, SkillGaps gaps) {
        var one = node.fields();
        one.put("missing_skills", gaps.of(node));
        return one;
    }

    private @Nullable Duration oldestQueued(StatusStore.Overview overview) {
        var createdAt = overview.oldestQueuedAt();
        if (createdAt == null) {
            return null;
        }
        var age = Duration.between(createdAt.toInstant(), clock.instant());
        // The clock is that of this host, the moment that of the database.
        return age.isNegative() ? Duration.ZERO : age;
    }

    private static String seconds(Duration duration) {
        return Long.toString(duration.toSeconds());
    }
}
