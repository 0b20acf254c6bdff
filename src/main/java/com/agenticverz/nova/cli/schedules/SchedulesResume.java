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

/** {@code schedules resume}: it ticks again. */
@Command(name = "resume", description = "Let a schedule tick again, from now on.", mixinStandardHelpOptions = true)
final class SchedulesResume implements Callable<Integer> {

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
            if (!opened.schedules().pause(CommandActor.get(), name, false)) {
                throw Rows.nobody(name);
            }
            spec.commandLine().getOut().println(name + " resumed");
            spec.commandLine().getOut().flush();
            return 0;
        }
    }
}
