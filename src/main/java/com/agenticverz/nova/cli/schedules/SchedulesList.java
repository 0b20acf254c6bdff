package com.agenticverz.nova.cli.schedules;

import com.agenticverz.nova.cli.Columns;
import com.agenticverz.nova.cli.DatabaseFlags;
import com.agenticverz.nova.telemetry.Logging;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code schedules list}: all of them. */
@Command(name = "list", description = "List all schedules, a line each.", mixinStandardHelpOptions = true)
final class SchedulesList implements Callable<Integer> {

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--json", description = "A JSON object a line, its members called as the columns.")
    private boolean json;

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    @Override
    public Integer call() {
        Logging.quiet();
        try (var opened = database.open()) {
            var schedules = opened.schedules().all();
            var out = spec.commandLine().getOut();
            if (json) {
                schedules.forEach(out::println);
            } else {
                var rows = new ArrayList<List<String>>();
                rows.add(List.of("name", "cron", "time zone", "next (UTC)", "last (UTC)", "agent", "state"));
                for (var schedule : schedules.stream().map(Rows::object).toList()) {
                    rows.add(List.of(
                            String.valueOf(schedule.get("name")),
                            String.valueOf(schedule.get("cron")),
                            String.valueOf(schedule.get("time_zone")),
                            Rows.moment(schedule.get("next_tick_at")),
                            Rows.moment(schedule.get("last_tick_at")),
                            String.valueOf(schedule.get("agent_id")),
                            Rows.state(schedule)));
                }
                Columns.of(rows).forEach(out::println);
            }
            out.flush();
            return 0;
        }
    }
}
