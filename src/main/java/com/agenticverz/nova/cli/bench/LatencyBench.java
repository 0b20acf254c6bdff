package com.agenticverz.nova.cli.bench;

import com.agenticverz.nova.enqueue.Enqueuer;
import com.agenticverz.nova.node.StartFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code bench latency}: how soon a run starts on an idle node. */
@Command(
        name = "latency",
        description = {
            "How soon a run is started by a node that has nothing else to do: one run every 20 ms.",
            "Three times: from the call of enqueue to the start of the skill, from the return of enqueue (the commit) to"
                    + " the start, and the call of enqueue alone."
        },
        mixinStandardHelpOptions = true)
public final class LatencyBench implements Callable<Integer> {

    private static final int RUNS = 500;
    private static final int UNCOUNTED = 500;
    private static final Duration BETWEEN_RUNS = Duration.ofMillis(20);

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--runs",
            paramLabel = "RUNS",
            description = "Runs that are measured; default " + RUNS + ". " + UNCOUNTED + " more go before them.")
    private @Nullable String runs;

    @Mixin
    private WorkerFlags worker = new WorkerFlags();

    @Mixin
    private BenchFlags flags = new BenchFlags();

    /** One call of enqueue. */
    private record Enqueued(UUID run, long calledNanos, long returnedNanos) {}

    @Override
    public Integer call() throws InterruptedException {
        int count = BenchFlags.runs("--runs", runs, RUNS);
        int warmUp = worker.warmUp();
        return flags.take(spec.commandLine().getOut(), worker.given(), (bench, report) -> {
            var ground = bench.ground();
            var starts = new StartSkill();
            var node = bench.node(ground, starts);
            DrainBench.warmUp(ground, node, warmUp);
            var enqueuer = new Enqueuer(ground.database().runs());
            enqueue(enqueuer, UNCOUNTED);
            var before = ground.meter().read();
            var enqueued = enqueue(enqueuer, count);
            node.awaitSettled(UNCOUNTED + (long) count);
            var cost = ground.meter().since(before);
            ground.check(UNCOUNTED + (long) count);
            report(report, bench, ground, enqueued, starts, cost);
        });
    }

    private static List<Enqueued> enqueue(Enqueuer enqueuer, int runs) {
        var run = Batches.run(StartSkill.NAME);
        var all = new ArrayList<Enqueued>();
        long dueNanos = System.nanoTime();
        for (int i = 0; i < runs; i++) {
            Pace.until(dueNanos);
            long calledNanos = System.nanoTime();
            var id = enqueuer.enqueue(run).id();
            all.add(new Enqueued(id, calledNanos, System.nanoTime()));
            // Late ones are not made up for: two at once would not find an idle node.
            dueNanos = Math.max(dueNanos, calledNanos) + BETWEEN_RUNS.toNanos();
        }
        return all;
    }

    private static void report(
            Report report, Bench bench, Ground ground, List<Enqueued> enqueued, StartSkill starts, Cost cost) {
        var callToStart = percentiles(enqueued, it -> start(starts, it) - it.calledNanos());
        var commitToStart = percentiles(enqueued, it -> start(starts, it) - it.returnedNanos());
        var call = percentiles(enqueued, it -> it.returnedNanos() - it.calledNanos());
        var parts = new LinkedHashMap<String, @Nullable Object>();
        parts.put("runs", enqueued.size());
        parts.put("call_to_start", callToStart.json());
        parts.put("commit_to_start", commitToStart.json());
        parts.put("enqueue", call.json());
        var costs = new Rates(List.of(new Rate(enqueued.size(), 1, cost)));
        costs.costs(parts);
        report.figure(
                "latency",
                "ms",
                parts,
                List.of(
                        text("from the call to the start", callToStart),
                        text("from the commit to the start", commitToStart),
                        text("the call of enqueue", call),
                        costs.costText()),
                bench.setup(ground));
    }

    private static long start(StartSkill starts, Enqueued enqueued) {
        var startNanos = starts.startNanos(enqueued.run());
        if (startNanos == null) {
            throw new StartFailure("the run " + enqueued.run() + " was settled and never started: no figure");
        }
        return startNanos;
    }

    private static Percentiles percentiles(List<Enqueued> enqueued, ToLongFunction<Enqueued> nanos) {
        return Percentiles.ofNanos(enqueued.stream().mapToLong(nanos).toArray());
    }

    private static String text(String name, Percentiles it) {
        return String.format(
                Locale.ROOT, "  %-29s p50 %7.2f ms   p95 %7.2f ms   p99 %7.2f ms", name, it.p50(), it.p95(), it.p99());
    }
}
