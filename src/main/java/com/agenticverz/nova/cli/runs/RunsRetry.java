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
import picocli.CommandLine.Parameters;

/** {@code runs retry}: repeats runs that have failed or were cancelled. */
@Command(
        name = "retry",
        description = {
            "Enqueue runs once more that have failed or were cancelled: as new ones, whose parent_run_id says which they"
                    + " repeat. All of their steps are executed. Prints the old ids and the new.",
            "Exit code 1: at least one has not failed and was not cancelled, or is not there."
        },
        mixinStandardHelpOptions = true)
final class RunsRetry implements Callable<Integer> {

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "ID", arity = "1..*", description = "The runs.")
    private List<UUID> ids = List.of();

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    @Override
    public Integer call() {
        Logging.quiet();
        try (var opened = database.open()) {
            return Answers.print(
                    spec.commandLine(),
                    opened.interventions().retry(ids),
                    done -> done.id() + " is repeated by " + done.newId());
        }
    }
}
