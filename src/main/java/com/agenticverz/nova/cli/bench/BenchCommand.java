package com.agenticverz.nova.cli.bench;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code bench}: the figures, a subcommand each. */
@Command(
        name = "bench",
        description = {
            "Measure what Nova does on a database: in a schema of its own, which is removed at the end.",
            "The runs of others in that database are not touched, but they share its CPU, WAL and disk with the bench."
        },
        footer = {
            "",
            "nova bench FIGURE --help names the flags of a figure.",
            "Figures are medians of repetitions. Compare only what ran in turns on an otherwise idle machine."
        },
        mixinStandardHelpOptions = true,
        subcommands = {
            DrainBench.class,
            SustainedBench.class,
            LatencyBench.class,
            EnqueueBench.class,
            BacklogBench.class,
            PinnedBench.class,
            CeilingBench.class
        })
public final class BenchCommand implements Runnable {

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
        var out = spec.commandLine().getOut();
        spec.commandLine().usage(out);
        out.flush();
    }
}
