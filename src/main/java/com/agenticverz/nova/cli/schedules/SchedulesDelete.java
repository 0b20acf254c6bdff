package com.agenticverz.nova.cli.schedules;

import com.agenticverz.nova.cli.CommandActor;
import com.agenticverz.nova.cli.DatabaseFlags;
import com.agenticverz.nova.telemetry.Logging;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;

/** {@code schedules delete}: it is gone. */
@Command(name = "delete", description = "Delete a schedule. Its runs stay.", mixinStandardHelpOptions = true)
final class SchedulesDelete implements Callable<Integer> {

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "NAME", description = "The schedule.")
    private String name = "";

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    @Override
    public Integer call() {
        Logging.quiet();
        try (var opened = database.open()) {
            if (!opened.schedules().delete(CommandActor.get(), name)) {
                throw Rows.nobody(name);
            }
            spec.commandLine().getOut().println(name + " deleted");
            spec.commandLine().getOut().flush();
            return 0;
        }
    }
}
