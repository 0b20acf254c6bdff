package com.agenticverz.nova.cli.nodes;

import com.agenticverz.nova.cli.Columns;
import com.agenticverz.nova.cli.DatabaseFlags;
import com.agenticverz.nova.cli.NodeState;
import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.store.NodeControl;
import com.agenticverz.nova.store.NodeControlStore;
import com.agenticverz.nova.store.StatusStore;
import com.agenticverz.nova.telemetry.Logging;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code nodes list}: the nodes, and what is wanted of them. */
@Command(
        name = "list",
        description = "Show the nodes, how many runs each executes, and what is wanted of it.",
        mixinStandardHelpOptions = true)
final class NodesList implements Callable<Integer> {

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--json", description = "One JSON object instead of text for people.")
    private boolean json;

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    @Override
    public Integer call() {
        Logging.quiet();
        try (var opened = database.open()) {
            var nodes = opened.status().nodes();
            var controls = opened.nodeControls().all();
            var out = spec.commandLine().getOut();
            if (json) {
                out.println(Json.write(NodeControlStore.fields(nodes, controls)));
            } else {
                print(out, nodes, controls);
            }
            out.flush();
            return 0;
        }
    }

    private static void print(PrintWriter out, List<StatusStore.Node> nodes, Map<String, NodeControl> controls) {
        var rows = new ArrayList<List<String>>();
        rows.add(List.of("node", "running", "at once", "version", "id", "state"));
        for (var node : nodes) {
            rows.add(List.of(
                    node.address(),
                    Integer.toString(node.running()),
                    Integer.toString(node.concurrency()),
                    node.appVersion(),
                    node.id().toString(),
                    String.join(", ", NodeState.of(node))));
        }
        Columns.of(rows).forEach(out::println);
        controls.forEach((address, wanted) -> {
            if (address.equals(NodeControl.ALL)) {
                out.println("all nodes of which nothing else is wanted: " + wanted.concurrency() + " at once");
            } else if (nodes.stream().noneMatch(node -> node.address().equals(address))) {
                out.println("not there: " + address + ", should it come" + Wanted.of(wanted));
            }
        });
    }
}
