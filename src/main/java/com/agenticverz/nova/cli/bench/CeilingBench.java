package com.agenticverz.nova.cli.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code bench ceiling}: what the database alone could do. */
@Command(
        name = "ceiling",
        description = {
            "How many runs a second the database settles when nothing else costs time.",
            "Nova's own two statements over plain JDBC: one thread claims, one settles; no node, no plan, no skill."
        },
        mixinStandardHelpOptions = true)
public final class CeilingBench implements Callable<Integer> {

    private static final int RUNS = 100_000;
    private static final int WARM_UP = 50_000;

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--runs", paramLabel = "RUNS", description = "Runs of one repetition; default " + RUNS + ".")
    private @Nullable String runs;

    @Option(
            names = "--warm-up",
            paramLabel = "RUNS",
            description = "Runs that are settled before anything is measured; default " + WARM_UP + ".")
    private @Nullable String warmUp;

    @Option(
            names = "--batch-size",
            paramLabel = "RUNS",
            description = "WORKER_BATCH_SIZE; most runs of one statement; default here 1000.")
    private @Nullable String batchSize;

    @Mixin
    private RepetitionFlags repetitions = new RepetitionFlags();

    @Mixin
    private BenchFlags flags = new BenchFlags();

    @Override
    public Integer call() throws InterruptedException {
        int count = BenchFlags.runs("--runs", runs, RUNS);
        int before = BenchFlags.runs("--warm-up", warmUp, WARM_UP);
        int times = repetitions.count();
        var given = batchSize == null ? Map.<String, String>of() : Map.of("--batch-size", batchSize);
        return flags.take(spec.commandLine().getOut(), given, (bench, report) -> {
            var ground = bench.ground();
            var ceiling = bench.ceiling(ground);
            ground.drain(before, ceiling::settle);
            ground.checkAndEmpty(before);
            var rates = new ArrayList<Rate>();
            for (int i = 1; i <= times; i++) {
                var rate = ground.drain(count, ceiling::settle);
                ground.checkAndEmpty(count);
                rates.add(rate);
                report.progress("%d of %d: %,.0f runs/s", i, times, rate.perSecond());
            }
            report(report, bench, ground, count, new Rates(rates));
        });
    }

    static void report(Report report, Bench bench, Ground ground, int runs, Rates rates) {
        var parts = new LinkedHashMap<String, @Nullable Object>();
        parts.put("runs", runs);
        parts.putAll(rates.json());
        report.figure(
                "ceiling", "runs/s", parts, rates.text("ceiling"), bench.setupWithoutNode(ground, bench.batchSize()));
    }
}
