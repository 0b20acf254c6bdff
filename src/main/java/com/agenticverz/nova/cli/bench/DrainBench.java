package com.agenticverz.nova.cli.bench;

import com.agenticverz.nova.store.Ceiling;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code bench drain}: how fast a node empties a queue. */
@Command(
        name = "drain",
        description = {
            "How many runs a second one node settles.",
            "Runs that do nothing are inserted in one transaction while the node waits; the time is from its commit to"
                    + " the last settlement."
        },
        mixinStandardHelpOptions = true)
public final class DrainBench implements Callable<Integer> {

    private static final int RUNS = 100_000;

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--runs", paramLabel = "RUNS", description = "Runs of one repetition; default " + RUNS + ".")
    private @Nullable String runs;

    @Option(
            names = "--with-ceiling",
            description = "Measure the ceiling too, in turns with the drain, and say which share of it the drain is.")
    private boolean withCeiling;

    @Mixin
    private RepetitionFlags repetitions = new RepetitionFlags();

    @Mixin
    private WorkerFlags worker = new WorkerFlags();

    @Mixin
    private BenchFlags flags = new BenchFlags();

    @Override
    public Integer call() throws InterruptedException {
        int count = BenchFlags.runs("--runs", runs, RUNS);
        int warmUp = worker.warmUp();
        int times = repetitions.count();
        return flags.take(spec.commandLine().getOut(), worker.given(), (bench, report) -> {
            var ground = bench.ground();
            var node = bench.node(ground);
            warmUp(ground, node, warmUp);
            var below = withCeiling ? new Below(bench.ground(), bench) : null;
            if (below != null) {
                below.drain(warmUp);
            }
            var drains = new ArrayList<Rate>();
            var ceilings = new ArrayList<Rate>();
            for (int i = 1; i <= times; i++) {
                var drain = ground.drain(count, node::awaitSettled);
                ground.checkAndEmpty(count);
                drains.add(drain);
                report.progress("%d of %d: %,.0f runs/s", i, times, drain.perSecond());
                if (below != null) {
                    var ceiling = below.drain(count);
                    ceilings.add(ceiling);
                    report.progress("%d of %d: ceiling %,.0f runs/s", i, times, ceiling.perSecond());
                }
            }
            report(report, bench, ground, count, drains, ceilings);
        });
    }

    /** The same without a node, in a schema where nobody polls. */
    private record Below(Ground ground, Ceiling ceiling) {

        Below(Ground ground, Bench bench) {
            this(ground, bench.ceiling(ground));
        }

        Rate drain(int runs) {
            var rate = ground.drain(runs, ceiling::settle);
            ground.checkAndEmpty(runs);
            return rate;
        }
    }

    /** Until a node is quick, and its part of the JVM is compiled. */
    static void warmUp(Ground ground, NodeUnderTest node, int runs) {
        ground.drain(runs, node::awaitSettled);
        ground.checkAndEmpty(runs);
    }

    private static void report(
            Report report, Bench bench, Ground ground, int runs, List<Rate> drains, List<Rate> ceilings) {
        var drain = new Rates(drains);
        var setup = bench.setup(ground);
        var parts = new LinkedHashMap<String, @Nullable Object>();
        parts.put("runs", runs);
        parts.putAll(drain.json());
        var text = new ArrayList<>(drain.text("drain"));
        if (ceilings.isEmpty()) {
            report.figure("drain", "runs/s", parts, text, setup);
            return;
        }
        var ceiling = new Rates(ceilings);
        double share = drain.perSecond().median() / ceiling.perSecond().median();
        parts.put("share_of_ceiling", Spread.rounded(share, 3));
        text.add(String.format(Locale.ROOT, "  %.0f %% of the ceiling, median to median", share * 100));
        report.figure("drain", "runs/s", parts, text, setup);
        CeilingBench.report(report, bench, ground, runs, ceiling);
    }
}
