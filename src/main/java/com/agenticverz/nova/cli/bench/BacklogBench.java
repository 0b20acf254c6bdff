package com.agenticverz.nova.cli.bench;

import com.agenticverz.nova.setting.SettingException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code bench backlog}: whether a long queue makes a node slower. */
@Command(
        name = "backlog",
        description = {
            "How many runs a second one node settles while few are queued, and while very many are.",
            "Few: 10000 at a time, one queue after the other until --runs are settled. Many: the first --runs of --depth."
                    + " The rest is drained too, and checked; that takes most of the time."
        },
        mixinStandardHelpOptions = true)
public final class BacklogBench implements Callable<Integer> {

    private static final int RUNS = 100_000;
    private static final int DEPTH = 1_000_000;
    private static final int FEW = 10_000;

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--runs",
            paramLabel = "RUNS",
            description = "Runs that are measured of either queue; default " + RUNS + ".")
    private @Nullable String runs;

    @Option(names = "--depth", paramLabel = "RUNS", description = "How long the long queue is; default " + DEPTH + ".")
    private @Nullable String depth;

    @Mixin
    private RepetitionFlags repetitions = new RepetitionFlags();

    @Mixin
    private WorkerFlags worker = new WorkerFlags();

    @Mixin
    private BenchFlags flags = new BenchFlags();

    @Override
    public Integer call() throws InterruptedException {
        int count = BenchFlags.runs("--runs", runs, RUNS);
        int many = BenchFlags.runs("--depth", depth, DEPTH);
        if (many < count) {
            throw new SettingException(
                    "--depth", Integer.toString(many), "is less than --runs; allowed: " + count + " and more");
        }
        int warmUp = worker.warmUp();
        int times = repetitions.count();
        return flags.take(spec.commandLine().getOut(), worker.given(), (bench, report) -> {
            var ground = bench.ground();
            var node = bench.node(ground);
            DrainBench.warmUp(ground, node, warmUp);
            var small = new ArrayList<Rate>();
            var large = new ArrayList<Rate>();
            for (int i = 1; i <= times; i++) {
                small.add(few(ground, node, count));
                report.progress(
                        "%d of %d: few queued: %,.0f runs/s",
                        i, times, small.getLast().perSecond());
                large.add(ground.drain(many, count, node::awaitSettled));
                report.progress(
                        "%d of %d: %,d queued: %,.0f runs/s",
                        i, times, many, large.getLast().perSecond());
                node.awaitSettled(many - (long) count);
                ground.checkAndEmpty(many);
            }
            report(report, bench, ground, many, new Rates(small), new Rates(large));
        });
    }

    private static Rate few(Ground ground, NodeUnderTest node, int runs) {
        var all = Rate.NONE;
        for (int left = runs; left > 0; left -= FEW) {
            int queued = Math.min(left, FEW);
            all = all.plus(ground.drain(queued, node::awaitSettled));
            ground.checkAndEmpty(queued);
        }
        return all;
    }

    private static void report(Report report, Bench bench, Ground ground, int depth, Rates small, Rates large) {
        double ratio = large.perSecond().median() / small.perSecond().median();
        var parts = new LinkedHashMap<String, @Nullable Object>();
        parts.put("depth", depth);
        parts.put("small", small.json());
        parts.put("large", large.json());
        parts.put("ratio", Spread.rounded(ratio, 3));
        var text = new ArrayList<>(small.text("few queued"));
        text.addAll(large.text("many queued"));
        text.add(String.format(
                Locale.ROOT, "  with %,d queued %.0f %% of the rate with few, median to median", depth, ratio * 100));
        report.figure("backlog", "runs/s", parts, text, bench.setup(ground));
    }
}
