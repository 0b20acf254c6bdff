package com.agenticverz.nova.cli.nodes;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/** {@code nodes}: look at nodes, and steer them. */
@Command(
        name = "nodes",
        description = "List nodes, drain and resume them, change how many runs they execute at once.",
        mixinStandardHelpOptions = true,
        subcommands = {
            NodesList.class,
            NodesDrain.class,
            NodesResume.class,
            NodesResize.class,
            CommandLine.HelpCommand.class
        })
public final class NodesCommand implements Runnable {

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        var out = spec.commandLine().getOut();
        spec.commandLine().usage(out);
        out.flush();
    }
}
