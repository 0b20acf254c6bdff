package com.agenticverz.nova.cli.nodes;

import com.agenticverz.nova.cli.CommandActor;
import com.agenticverz.nova.cli.DatabaseFlags;
import com.agenticverz.nova.store.Actor;
import com.agenticverz.nova.store.NodeControl;
import com.agenticverz.nova.store.NodeControlStore;
import com.agenticverz.nova.telemetry.Logging;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code nodes resize}: nodes execute another number of runs at once. */
@Command(
        name = "resize",
        customSynopsis = {
            "nova nodes resize NODE N|--default [--json] [DATABASE FLAGS]",
            "nova nodes resize --all N|--default [--json] [DATABASE FLAGS]"
        },
        description = {
            "Have a node, or all of them, execute N runs at once, in place of WORKER_CONCURRENCY. Nothing is interrupted:",
            "where there are more, they end first. What is said of a node goes before what is said of all.",
            "Exit code 1: the node is not there."
        },
        mixinStandardHelpOptions = true)
final class NodesResize implements Callable<Integer> {

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "NODE N", arity = "0..2", description = "The node, by its address or its id; 1 to 10000.")
    private List<String> arguments = List.of();

    @Option(names = "--all", description = "All nodes of which nothing else is said, those that come later too.")
    private boolean all;

    @Option(
            names = "--default",
            description = "In place of N: as is said of all, or without that as WORKER_CONCURRENCY of the node says.")
    private boolean byDefault;

    @Option(names = "--json", description = "One JSON object instead of text for people.")
    private boolean json;

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    @Override
    public Integer call() {
        Logging.quiet();
        var left = new ArrayList<>(arguments);
        var node = all ? NodeControl.ALL : next(left, "NODE is missing; or say --all");
        var concurrency = byDefault ? null : concurrency(next(left, "N is missing; or say --default"));
        if (!left.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "'" + left.getFirst() + "' is one too many beside " + (all ? "--all" : "--default"));
        }
        try (var opened = database.open()) {
            var controls = opened.nodeControls();
            return Changes.print(
                    spec.commandLine(),
                    json,
                    List.of(node),
                    name -> resize(controls, name, concurrency, CommandActor.get()),
                    done -> said(done, controls));
        }
    }

    private String next(List<String> arguments, String problem) {
        if (arguments.isEmpty()) {
            throw new ParameterException(spec.commandLine(), problem);
        }
        return arguments.removeFirst();
    }

    private int concurrency(String text) {
        try {
            int number = Integer.parseInt(text);
            if (number >= 1 && number <= NodeControl.MOST_CONCURRENCY) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new ParameterException(
                spec.commandLine(),
                "N: '" + text + "' is not a number of runs; allowed: 1 to " + NodeControl.MOST_CONCURRENCY);
    }

    private NodeControlStore.Change resize(
            NodeControlStore controls, String node, @Nullable Integer concurrency, Actor actor) {
        return all ? controls.resizeAll(concurrency, actor) : controls.resize(node, concurrency, actor);
    }

    private String said(NodeControlStore.Change done, NodeControlStore controls) {
        var lines = new ArrayList<String>();
        var wanted = controls.all();
        var ofAll = wanted.getOrDefault(NodeControl.ALL, NodeControl.NONE).concurrency();
        lines.add((all ? "each node" : done.node())
                + " is to run "
                + (done.is().concurrency() != null
                        ? done.is().concurrency() + " at once"
                        : ofAll != null ? ofAll + " at once, as all" : "as many at once as its WORKER_CONCURRENCY says")
                + (done.changed() ? "" : ", as before"));
        if (all) {
            wanted.forEach((node, control) -> {
                if (!node.equals(NodeControl.ALL) && control.concurrency() != null) {
                    lines.add("but " + node + " " + control.concurrency()
                            + ", which is said of it alone; nova nodes resize " + node + " --default ends that");
                }
            });
        }
        return String.join(System.lineSeparator(), lines);
    }
}
