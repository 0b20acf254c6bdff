package com.agenticverz.nova.cli.schedules;

import com.agenticverz.nova.cli.DatabaseFlags;
import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.telemetry.Logging;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code schedules show}: all of one. */
@Command(name = "show", description = "Show all of a schedule.", mixinStandardHelpOptions = true)
final class SchedulesShow implements Callable<Integer> {

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "NAME", description = "The schedule.")
    private String name = "";

    @Option(names = "--json", description = "One JSON object, its members called as the columns.")
    private boolean json;

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    @Override
    public Integer call() {
        Logging.quiet();
        try (var opened = database.open()) {
            var schedule = Rows.named(opened.schedules(), name);
            var out = spec.commandLine().getOut();
            if (json) {
                out.println(Json.write(schedule));
            } else {
                schedule.forEach((column, value) -> {
                    if (value != null) {
                        out.println(
                                "%-16s %s".formatted(column, value instanceof String text ? text : Json.write(value)));
                    }
                });
            }
            out.flush();
            return 0;
        }
    }
}
