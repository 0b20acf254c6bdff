package com.agenticverz.nova.cli.nodes;

import com.agenticverz.nova.cli.CommandActor;
import com.agenticverz.nova.cli.DatabaseFlags;
import com.agenticverz.nova.telemetry.Logging;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nodes drain}: nodes take no new runs. */
@Command(
        name = "drain",
        description = {
            "Have nodes take no new runs. Each goes on with what it executes, hands back what waits, and stays in the",
            "cluster until it is resumed; a restart at the same address changes nothing.",
            "Exit code 1: at least one is not there."
        },
        mixinStandardHelpOptions = true)
final class NodesDrain implements Callable<Integer> {

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "NODE", arity = "1..*", description = "The nodes, each by its address or its id.")
    private List<String> nodes = List.of();

    @Option(names = "--json", description = "A JSON object for each node instead of text for people.")
    private boolean json;

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    @Override
    public Integer call() {
        Logging.quiet();
        try (var opened = database.open()) {
            var controls = opened.nodeControls();
            var actor = CommandActor.get();
            return Changes.print(
                    spec.commandLine(),
                    json,
                    nodes,
                    node -> controls.drain(node, true, actor),
                    done -> done.node() + " takes no new runs" + (done.changed() ? " from now on" : " already"));
        }
    }
}
