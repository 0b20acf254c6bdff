package com.agenticverz.nova.cli.bench;

import com.agenticverz.nova.node.StartFailure;
import com.agenticverz.nova.store.OldSnapshot;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code bench pinned}: whether a transaction that somebody leaves open makes a node slower. */
@Command(
        name = "pinned",
        description = {
            "How many runs a second one node settles, without and with another session that keeps an old snapshot open.",
            "Such a session keeps PostgreSQL from vacuuming what died since, so that a queue may become slower with each"
                    + " run. --runs are drained either way, in portions, each timed.",
            "While it lasts, the other tables of that database are not vacuumed either."
        },
        mixinStandardHelpOptions = true)
public final class PinnedBench implements Callable<Integer> {

    private static final int RUNS = 1_000_000;
    private static final int PORTION = 100_000;

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--runs",
            paramLabel = "RUNS",
            description = "Runs that are drained either way; default " + RUNS + ".")
    private @Nullable String runs;

    @Option(
            names = "--portion",
            paramLabel = "RUNS",
            description = "Runs that are inserted and timed at once; default " + PORTION + ".")
    private @Nullable String portion;

    @Mixin
    private WorkerFlags worker = new WorkerFlags();

    @Mixin
    private BenchFlags flags = new BenchFlags();

    @Override
    public Integer call() throws InterruptedException {
        int count = BenchFlags.runs("--runs", runs, RUNS);
        int each = BenchFlags.runs("--portion", portion, PORTION);
        int warmUp = worker.warmUp();
        return flags.take(spec.commandLine().getOut(), worker.given(), (bench, report) -> {
            var ground = bench.ground();
            var node = bench.node(ground);
            DrainBench.warmUp(ground, node, warmUp);
            var unpinned = portions(ground, node, count, each, report, "without");
            ground.checkAndEmpty(count);
            List<Rate> pinned;
            try (var snapshot = OldSnapshot.take(ground.url())) {
                pinned = portions(ground, node, count, each, report, "with");
                if (!snapshot.isHeld()) {
                    throw new StartFailure("the old snapshot was let go on the way: no figure");
                }
            }
            ground.checkAndEmpty(count);
            report(report, bench, ground, count, unpinned, pinned);
        });
    }

    private static List<Rate> portions(
            Ground ground, NodeUnderTest node, int runs, int portion, Report report, String how) {
        var rates = new ArrayList<Rate>();
        for (int left = runs; left > 0; left -= portion) {
            rates.add(ground.drain(Math.min(left, portion), node::awaitSettled));
            report.progress(
                    "%s an old snapshot, portion %d: %,.0f runs/s",
                    how, rates.size(), rates.getLast().perSecond());
        }
        return rates;
    }

    private static void report(
            Report report, Bench bench, Ground ground, int runs, List<Rate> unpinned, List<Rate> pinned) {
        double ratioTotal = total(pinned).perSecond() / total(unpinned).perSecond();
        double ratioLast = pinned.getLast().perSecond() / unpinned.getLast().perSecond();
        var parts = new LinkedHashMap<String, @Nullable Object>();
        parts.put("runs", runs);
        parts.put("unpinned", json(unpinned));
        parts.put("pinned", json(pinned));
        parts.put("ratio_total", Spread.rounded(ratioTotal, 3));
        parts.put("ratio_last", Spread.rounded(ratioLast, 3));
        var text = new ArrayList<String>();
        text.addAll(text("without", unpinned));
        text.addAll(text("with", pinned));
        text.add(String.format(
                Locale.ROOT,
                "  with an old snapshot %.0f %% of the rate in all, %.0f %% in the last portion",
                ratioTotal * 100,
                ratioLast * 100));
        report.figure("pinned", "runs/s", parts, text, bench.setup(ground));
    }

    private static Rate total(List<Rate> portions) {
        return portions.stream().reduce(Rate.NONE, Rate::plus);
    }

    private static Map<String, @Nullable Object> json(List<Rate> portions) {
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put("total", Spread.rounded(total(portions).perSecond(), 1));
        json.put(
                "portions",
                portions.stream()
                        .map(rate -> Spread.rounded(rate.perSecond(), 1))
                        .toList());
        new Rates(List.of(total(portions))).costs(json);
        return json;
    }

    private static List<String> text(String name, List<Rate> portions) {
        return List.of(
                String.format(
                        Locale.ROOT,
                        "  %-11s %,9.0f runs/s   portions: %s",
                        name,
                        total(portions).perSecond(),
                        portions.stream()
                                .map(rate -> String.format(Locale.ROOT, "%,.0f", rate.perSecond()))
                                .collect(Collectors.joining(" "))),
                new Rates(List.of(total(portions))).costText());
    }
}
