package com.agenticverz.nova.cli.bench;

import com.agenticverz.nova.node.StartFailure;
import com.agenticverz.nova.store.BenchStore.Waits;
import com.agenticverz.nova.store.Database;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code bench sustained}: a node that settles while others enqueue. */
@Command(
        name = "sustained",
        description = {
            "How many runs a second one node settles while this process enqueues at the same time, 1000 runs a"
                    + " statement, and how long a run waits.",
            "The enqueuer is as fast as it can be while fewer than --queue runs wait."
        },
        mixinStandardHelpOptions = true)
public final class SustainedBench implements Callable<Integer> {

    private static final int SECONDS = 10;
    private static final int QUEUE = 10_000;

    /** Until both are up to speed; not part of the figure. */
    private static final Duration RAMP = Duration.ofSeconds(1);

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--seconds",
            paramLabel = "SECONDS",
            description = "How long one repetition lasts; default " + SECONDS + ".")
    private @Nullable String seconds;

    @Option(
            names = "--queue",
            paramLabel = "RUNS",
            description = "The enqueuer rests while so many runs wait; default " + QUEUE + ".")
    private @Nullable String queue;

    @Mixin
    private RepetitionFlags repetitions = new RepetitionFlags();

    @Mixin
    private WorkerFlags worker = new WorkerFlags();

    @Mixin
    private BenchFlags flags = new BenchFlags();

    @Override
    public Integer call() throws InterruptedException {
        var window = Duration.ofSeconds(BenchFlags.number("--seconds", seconds, SECONDS, 1, 3600));
        int most = BenchFlags.runs("--queue", queue, QUEUE);
        int warmUp = worker.warmUp();
        int times = repetitions.count();
        return flags.take(spec.commandLine().getOut(), worker.given(), (bench, report) -> {
            var ground = bench.ground();
            var node = bench.node(ground);
            DrainBench.warmUp(ground, node, warmUp);
            var rates = new ArrayList<Rate>();
            var waits = new ArrayList<Waits>();
            for (int i = 1; i <= times; i++) {
                var rate = repetition(ground, node, window, most);
                rates.add(rate.rate());
                waits.add(rate.waits());
                report.progress("%d of %d: %,.0f runs/s", i, times, rate.rate().perSecond());
            }
            report(report, bench, ground, new Rates(rates), waits);
        });
    }

    private record Repetition(Rate rate, Waits waits) {}

    private static Repetition repetition(Ground ground, NodeUnderTest node, Duration window, int most) {
        var enqueuing = Enqueuing.start(ground.database(), node, most);
        try {
            Pace.until(System.nanoTime() + RAMP.toNanos());
            var before = ground.meter().read();
            long settledBefore = node.settled();
            long fromNanos = System.nanoTime();
            Pace.until(fromNanos + window.toNanos());
            long settled = node.settled() - settledBefore;
            long tookNanos = System.nanoTime() - fromNanos;
            var cost = ground.meter().since(before);
            long enqueued = enqueuing.stop();
            node.awaitSettled(enqueued);
            ground.check(enqueued);
            if (settled == 0) {
                throw new StartFailure("nothing was settled within " + window.toSeconds() + " s: no figure");
            }
            var waits = ground.store().waits();
            ground.store().empty();
            return new Repetition(new Rate(settled, tookNanos, cost), waits);
        } finally {
            enqueuing.stop();
        }
    }

    /** Somebody who enqueues while few enough runs wait, until stopped. */
    private static final class Enqueuing {

        private final Thread thread;
        private volatile boolean stopped;
        private volatile long enqueued;
        private volatile @Nullable RuntimeException failure;

        static Enqueuing start(Database database, NodeUnderTest node, int most) {
            return new Enqueuing(database, node, most);
        }

        private Enqueuing(Database database, NodeUnderTest node, int most) {
            long before = node.settled();
            var batch = Batches.of(Batches.SIZE);
            thread = Thread.ofPlatform().daemon().name("enqueue").start(() -> {
                try {
                    var runs = database.runs();
                    while (!stopped) {
                        if (enqueued - (node.settled() - before) < most) {
                            enqueued += runs.enqueueAll(batch).size();
                        } else {
                            Pace.moment();
                        }
                    }
                } catch (RuntimeException e) {
                    failure = e;
                }
            });
        }

        /** Stops it, and says how many runs it has enqueued. */
        long stop() {
            stopped = true;
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (failure != null) {
                throw failure;
            }
            return enqueued;
        }
    }

    private static void report(Report report, Bench bench, Ground ground, Rates rates, List<Waits> waits) {
        var wait = new Percentiles(median(waits, Waits::p50), median(waits, Waits::p95), median(waits, Waits::p99));
        var parts = new LinkedHashMap<String, @Nullable Object>();
        parts.putAll(rates.json());
        parts.put("wait_ms", wait.json());
        var text = new ArrayList<>(rates.text("sustained"));
        text.add(String.format(
                Locale.ROOT,
                "  wait        p50 %.1f ms, p95 %.1f ms, p99 %.1f ms: from created_at to the start; medians",
                wait.p50(),
                wait.p95(),
                wait.p99()));
        report.figure("sustained", "runs/s", parts, text, bench.setup(ground));
    }

    private static double median(List<Waits> waits, ToDoubleFunction<Waits> percentile) {
        return new Spread(waits.stream()
                        .map(it -> (Double) percentile.applyAsDouble(it))
                        .toList())
                .median();
    }
}
