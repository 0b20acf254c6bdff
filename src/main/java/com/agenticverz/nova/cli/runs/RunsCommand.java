package com.agenticverz.nova.cli.runs;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/** {@code runs}: look at runs, and intervene. */
@Command(
        name = "runs",
        description =
                "Look at runs and at those that have failed, cancel, signal or repeat them, put stuck ones back into the queue.",
        mixinStandardHelpOptions = true,
        subcommands = {
            RunsList.class,
            RunsShow.class,
            RunsDeadLetters.class,
            RunsCancel.class,
            RunsSignal.class,
            RunsRetry.class,
            RunsResetStuck.class,
            CommandLine.HelpCommand.class
        })
public final class RunsCommand implements Runnable {

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        var out = spec.commandLine().getOut();
        spec.commandLine().usage(out);
        out.flush();
    }
}
