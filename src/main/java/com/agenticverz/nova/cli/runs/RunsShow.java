package com.agenticverz.nova.cli.runs;

import com.agenticverz.nova.cli.DatabaseFlags;
import com.agenticverz.nova.node.StartFailure;
import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.store.InterventionStore.RunWithSteps;
import com.agenticverz.nova.telemetry.Logging;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code runs show}: all of a run. */
@Command(
        name = "show",
        description = "Show a run: its row, its plan, and the steps that it has finished.",
        mixinStandardHelpOptions = true)
final class RunsShow implements Callable<Integer> {

    private static final List<String> FIRST =
            List.of("id", "agent_id", "goal", "status", "attempts", "max_attempts", "priority", "created_at");

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "ID", description = "The run.")
    private UUID id = new UUID(0, 0);

    @Option(names = "--json", description = "One JSON object: run and steps.")
    private boolean json;

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    @Override
    public Integer call() {
        Logging.quiet();
        try (var opened = database.open()) {
            var run = opened.interventions().run(id).orElseThrow(() -> new StartFailure("there is no run " + id));
            var out = spec.commandLine().getOut();
            if (json) {
                out.println("{\"run\":" + run.runJson() + ",\"steps\":" + run.stepsJson() + "}");
            } else {
                print(out, run);
            }
            out.flush();
            return 0;
        }
    }

    private static void print(PrintWriter out, RunWithSteps it) {
        var run = Rows.object(it.runJson());
        var ordered = new LinkedHashMap<String, @Nullable Object>();
        FIRST.forEach(name -> ordered.put(name, run.get(name)));
        ordered.putAll(run);
        ordered.forEach((name, value) -> {
            if (value != null) {
                out.println("%-16s %s".formatted(name, value instanceof Map<?, ?> ? Json.write(value) : value));
            }
        });
        if (!(Json.read(it.stepsJson()) instanceof List<?> steps) || steps.isEmpty()) {
            return;
        }
        out.println();
        out.println("finished steps");
        for (var element : steps) {
            var step = Json.object(element);
            if (step != null) {
                var error = step.get("error_message");
                out.println("  %-20s %-16s %s  %s"
                        .formatted(
                                step.get("step_id"),
                                step.get("skill"),
                                Rows.moment(step.get("completed_at")),
                                error == null
                                        ? Rows.oneLine(Json.write(step.get("output")))
                                        : "failed: " + Rows.oneLine(error.toString())));
            }
        }
    }
}
