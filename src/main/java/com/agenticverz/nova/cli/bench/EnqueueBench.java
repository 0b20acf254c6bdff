package com.agenticverz.nova.cli.bench;

import com.agenticverz.nova.enqueue.Enqueuer;
import com.agenticverz.nova.node.StartFailure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code bench enqueue}: how fast runs get into the queue. */
@Command(
        name = "enqueue",
        description = {
            "How many runs a second one connection puts into the queue, while no node is running.",
            "In bulk, --batch-size a statement; one by one, each committed; and for comparison by one COPY, the fastest"
                    + " way that PostgreSQL has."
        },
        mixinStandardHelpOptions = true)
public final class EnqueueBench implements Callable<Integer> {

    private static final int RUNS = 100_000;
    private static final int SINGLE_RUNS = 2_000;
    private static final int WARM_UP = 50_000;
    private static final int BATCH_SIZE = 10_000;

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--runs",
            paramLabel = "RUNS",
            description = "Runs of one repetition, in bulk and by COPY; default " + RUNS + ".")
    private @Nullable String runs;

    @Option(
            names = "--single-runs",
            paramLabel = "RUNS",
            description = "Runs of one repetition, one by one; default " + SINGLE_RUNS + ".")
    private @Nullable String singleRuns;

    @Option(
            names = "--warm-up",
            paramLabel = "RUNS",
            description = "Runs that are enqueued before anything is measured; default " + WARM_UP + ".")
    private @Nullable String warmUp;

    @Option(
            names = "--batch-size",
            paramLabel = "RUNS",
            description = "Runs of one statement in bulk; default " + BATCH_SIZE + ".")
    private @Nullable String batchSize;

    @Mixin
    private RepetitionFlags repetitions = new RepetitionFlags();

    @Mixin
    private BenchFlags flags = new BenchFlags();

    @Override
    public Integer call() throws InterruptedException {
        int count = BenchFlags.runs("--runs", runs, RUNS);
        int singles = BenchFlags.runs("--single-runs", singleRuns, SINGLE_RUNS);
        int before = BenchFlags.runs("--warm-up", warmUp, WARM_UP);
        int batch = BenchFlags.number("--batch-size", batchSize, BATCH_SIZE, 1, 100_000);
        int times = repetitions.count();
        return flags.take(spec.commandLine().getOut(), Map.of(), (bench, report) -> {
            var ground = bench.ground();
            var enqueuer = new Enqueuer(ground.database().runs());
            timed(ground, before, () -> bulk(enqueuer, before, batch));
            timed(ground, before, () -> ground.store().copy(before));
            timed(ground, singles, () -> single(enqueuer, singles));
            var bulk = new ArrayList<Rate>();
            var single = new ArrayList<Rate>();
            var copy = new ArrayList<Rate>();
            for (int i = 1; i <= times; i++) {
                bulk.add(timed(ground, count, () -> bulk(enqueuer, count, batch)));
                copy.add(timed(ground, count, () -> ground.store().copy(count)));
                single.add(timed(ground, singles, () -> single(enqueuer, singles)));
                report.progress(
                        "%d of %d: in bulk %,.0f, by COPY %,.0f, one by one %,.0f runs/s",
                        i,
                        times,
                        bulk.getLast().perSecond(),
                        copy.getLast().perSecond(),
                        single.getLast().perSecond());
            }
            var setup = bench.setupWithoutNode(ground, batch);
            report(report, setup, new Rates(bulk), new Rates(single), new Rates(copy));
        });
    }

    private static Rate timed(Ground ground, int runs, Runnable enqueue) {
        var before = ground.meter().read();
        long fromNanos = System.nanoTime();
        enqueue.run();
        long tookNanos = System.nanoTime() - fromNanos;
        var cost = ground.meter().since(before);
        long there = ground.store().outcome().runs();
        if (there != runs) {
            throw new StartFailure(runs + " runs were enqueued and " + there + " are there: no figure");
        }
        ground.store().empty();
        return new Rate(runs, tookNanos, cost);
    }

    private static void bulk(Enqueuer enqueuer, int runs, int batchSize) {
        var batch = Batches.of(batchSize);
        for (int left = runs; left > 0; left -= batchSize) {
            enqueuer.enqueueAll(batch.subList(0, Math.min(left, batchSize)));
        }
    }

    private static void single(Enqueuer enqueuer, int runs) {
        var run = Batches.run("noop");
        for (int i = 0; i < runs; i++) {
            enqueuer.enqueue(run);
        }
    }

    private static void report(Report report, Report.Setup setup, Rates bulk, Rates single, Rates copy) {
        double ratio = bulk.perSecond().median() / copy.perSecond().median();
        var parts = new LinkedHashMap<String, @Nullable Object>();
        parts.put("bulk", bulk.json());
        parts.put("single", single.json());
        parts.put("copy", copy.json());
        parts.put("ratio_to_copy", Spread.rounded(ratio, 3));
        var text = new ArrayList<String>();
        List.of(bulk.text("in bulk"), single.text("one by one"), copy.text("by COPY"))
                .forEach(text::addAll);
        text.add(String.format(Locale.ROOT, "  in bulk %.0f %% of COPY, median to median", ratio * 100));
        report.figure("enqueue", "runs/s", parts, text, setup);
    }
}
