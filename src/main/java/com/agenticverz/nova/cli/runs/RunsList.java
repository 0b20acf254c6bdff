package com.agenticverz.nova.cli.runs;

import com.agenticverz.nova.cli.DatabaseFlags;
import com.agenticverz.nova.run.RunStatus;
import com.agenticverz.nova.telemetry.Logging;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code runs list}: the newest runs. */
@Command(name = "list", description = "List the newest runs, a line each.", mixinStandardHelpOptions = true)
final class RunsList implements Callable<Integer> {

    private static final int MOST = 10_000;

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--status", paramLabel = "STATUS", description = "Only those with this status.")
    private @Nullable String status;

    @Option(names = "--agent", paramLabel = "ID", description = "Only those of this agent.")
    private @Nullable String agent;

    @Option(
            names = "--limit",
            paramLabel = "RUNS",
            defaultValue = "50",
            description = "At most so many; default 50, at most " + MOST + ".")
    private int limit;

    @Option(names = "--json", description = "A JSON object a line, its members called as the columns.")
    private boolean json;

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    @Override
    public Integer call() {
        Logging.quiet();
        if (limit < 1 || limit > MOST) {
            throw new ParameterException(
                    spec.commandLine(), "--limit: '" + limit + "' is out of range; allowed: 1 to " + MOST);
        }
        var wanted = status();
        try (var opened = database.open()) {
            var runs = opened.interventions().newest(wanted, agent, limit);
            var out = spec.commandLine().getOut();
            if (!json) {
                out.println("%-36s  %-9s  %8s  %-19s  %10s  %s"
                        .formatted("id", "status", "attempts", "created (UTC)", "took", "agent, error"));
            }
            runs.forEach(run -> out.println(json ? run : line(run)));
            out.flush();
            return 0;
        }
    }

    private @Nullable RunStatus status() {
        if (status == null) {
            return null;
        }
        try {
            return RunStatus.ofColumn(status);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--status: '" + status + "' is not a status; allowed: "
                            + Arrays.stream(RunStatus.values())
                                    .map(RunStatus::column)
                                    .collect(Collectors.joining(", ")));
        }
    }

    private static String line(String json) {
        var run = Rows.object(json);
        return "%-36s  %-9s  %8s  %-19s  %10s  %s"
                .formatted(
                        run.get("id"),
                        run.get("status"),
                        run.get("attempts"),
                        Rows.moment(run.get("created_at")),
                        Rows.took(run.get("duration_ms")),
                        text(run));
    }

    private static String text(Map<String, @Nullable Object> run) {
        var error = run.get("error_message");
        return run.get("agent_id") + (error == null ? "" : ", " + Rows.oneLine(error.toString()));
    }
}
