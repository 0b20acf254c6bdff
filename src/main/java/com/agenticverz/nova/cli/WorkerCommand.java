package com.agenticverz.nova.cli;

import com.agenticverz.nova.node.Node;
import com.agenticverz.nova.node.Settings;
import com.agenticverz.nova.telemetry.Logging;
import java.util.LinkedHashMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code worker}: a node of the cluster. */
@Command(
        name = "worker",
        description = "Run a node of the cluster: the main job in production.",
        footer = {
            "",
            "NOVA_API_TOKEN has no flag, because everybody on a host may read the arguments of a process.",
            "NOVA_CONFIG names a file with settings; variables win over it, and flags over variables."
        },
        mixinStandardHelpOptions = true)
public final class WorkerCommand implements Callable<Integer> {

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    @Mixin
    private NodeFlags flags = new NodeFlags();

    @Override
    public Integer call() throws InterruptedException {
        var given = new LinkedHashMap<>(database.given());
        given.putAll(flags.given());
        var settings = Settings.load(System.getenv(), given);
        Logging.ownStdout(settings.log().format());
        settings.warnings().forEach(warning -> System.err.println("nova: " + warning));
        var node = Node.start(settings);
        node.handleSignals();
        return node.awaitEnd() ? 0 : 1;
    }
}
