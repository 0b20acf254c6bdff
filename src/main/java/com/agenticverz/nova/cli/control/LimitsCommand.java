package com.agenticverz.nova.cli.control;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/** {@code limits}: how much may run at once, and be started in a time. */
@Command(
        name = "limits",
        description = {
            "Bound how many runs of an agent, with a skill, or of a concurrency key are executed at once in the whole"
                    + " cluster, and how many are started in a time. A change takes effect at once; what runs already"
                    + " goes on.",
            "Of several limits that fit a name the most specific one holds: the name itself, else the longest pattern."
        },
        mixinStandardHelpOptions = true,
        subcommands = {
            LimitsList.class,
            LimitsSet.class,
            LimitsDelete.class,
            LimitsExplain.class,
            CommandLine.HelpCommand.class
        })
public final class LimitsCommand implements Runnable {

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        var out = spec.commandLine().getOut();
        spec.commandLine().usage(out);
        out.flush();
    }
}
