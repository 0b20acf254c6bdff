package com.agenticverz.nova.cli.nodes;

import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.store.NodeControlStore;
import com.agenticverz.nova.store.UnknownNodeException;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine;

/** What became of what a command wanted of nodes. */
final class Changes {

    private Changes() {}

    /** What is wanted now on stdout, which nodes are not there on stderr; returns the exit code. */
    static int print(
            CommandLine command,
            boolean json,
            List<String> nodes,
            Function<String, NodeControlStore.Change> change,
            Function<NodeControlStore.Change, String> done) {
        int exitCode = 0;
        for (var node : nodes) {
            try {
                var changed = change.apply(node);
                command.getOut().println(json ? Json.write(changed.fields()) : done.apply(changed));
            } catch (UnknownNodeException e) {
                exitCode = 1;
                command.getErr().println("nova: " + e.getMessage());
            }
        }
        command.getOut().flush();
        command.getErr().flush();
        return exitCode;
    }
}
