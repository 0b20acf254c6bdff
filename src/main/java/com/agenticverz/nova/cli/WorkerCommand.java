package com.agenticverz.nova.cli;

import com.agenticverz.nova.node.Node;
import com.agenticverz.nova.node.Settings;
import com.agenticverz.nova.telemetry.Logging;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code worker}: a node of the cluster. */
@Command(
        name = "worker",
        description = "Run a node of the cluster: the main job in production.",
        mixinStandardHelpOptions = true)
public final class WorkerCommand implements Callable<Integer> {

    @Mixin
    private WorkerFlags flags = new WorkerFlags();

    @Override
    public Integer call() throws InterruptedException {
        var settings = Settings.load(System.getenv(), flags.given());
        Logging.configure(settings.log().format());
        settings.warnings().forEach(warning -> System.err.println("nova: " + warning));
        var node = Node.start(settings);
        node.handleSignals();
        return node.awaitEnd() ? 0 : 1;
    }
}
