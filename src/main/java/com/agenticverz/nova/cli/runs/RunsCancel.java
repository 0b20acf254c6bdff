package com.agenticverz.nova.cli.runs;

import com.agenticverz.nova.cli.DatabaseFlags;
import com.agenticverz.nova.telemetry.Logging;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code runs cancel}: ends runs that have not ended. */
@Command(
        name = "cancel",
        description = {
            "Cancel runs that have not ended. The node that executes one interrupts it within a second.",
            "Exit code 1: at least one had ended already, or is not there."
        },
        mixinStandardHelpOptions = true)
final class RunsCancel implements Callable<Integer> {

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "ID", arity = "1..*", description = "The runs.")
    private List<UUID> ids = List.of();

    @Option(
            names = "--reason",
            paramLabel = "TEXT",
            defaultValue = "cancelled by hand",
            description = "Why, for people; default: cancelled by hand.")
    private String reason = "";

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    @Override
    public Integer call() {
        Logging.quiet();
        try (var opened = database.open()) {
            return Answers.print(
                    spec.commandLine(), opened.interventions().cancel(ids, reason), done -> done.id() + " cancelled");
        }
    }
}
