package com.agenticverz.nova.cli.runs;

import com.agenticverz.nova.cli.DatabaseFlags;
import com.agenticverz.nova.node.StartFailure;
import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.store.InterventionStore.RunWithSteps;
import com.agenticverz.nova.store.StatusStore;
import com.agenticverz.nova.telemetry.Logging;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
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
        description = "Show a run: its row, its plan, the steps that it has finished, and how far the others are.",
        mixinStandardHelpOptions = true)
final class RunsShow implements Callable<Integer> {

    private static final List<String> FIRST =
            List.of("id", "agent_id", "goal", "status", "attempts", "max_attempts", "priority", "created_at");

    private static final Set<String> HAS_YET_TO_START = Set.of("queued", "scheduled", "retry");

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "ID", description = "The run.")
    private UUID id = new UUID(0, 0);

    @Option(names = "--json", description = "One JSON object: run, steps and progress.")
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
                out.println("{\"run\":" + run.runJson() + ",\"steps\":" + run.stepsJson() + ",\"progress\":"
                        + run.progressJson() + "}");
            } else {
                print(out, run, opened.status());
            }
            out.flush();
            return 0;
        }
    }

    private static void print(PrintWriter out, RunWithSteps it, StatusStore nodes) {
        var run = Rows.object(it.runJson());
        var ordered = new LinkedHashMap<String, @Nullable Object>();
        FIRST.forEach(name -> ordered.put(name, run.get(name)));
        ordered.putAll(run);
        if (!"scheduled".equals(run.get("status"))) {
            // Of a run that does not sleep it means nothing.
            ordered.remove("waits_for");
        }
        if (HAS_YET_TO_START.contains(String.valueOf(run.get("status")))) {
            ordered.put(
                    "waits for",
                    new NeededSkills(run.get("plan"))
                            .missing(nodes.nodes().stream()
                                    .map(StatusStore.Node::skills)
                                    .toList()));
        }
        ordered.forEach((name, value) -> {
            if (value != null) {
                boolean isJson = value instanceof Map<?, ?> || value instanceof List<?>;
                out.println("%-16s %s".formatted(name, isJson ? Json.write(value) : value));
            }
        });
        var finished = objects(it.stepsJson());
        if (!finished.isEmpty()) {
            out.println();
            out.println("finished steps");
            finished.forEach(step -> printFinished(out, step));
        }
        var over = new HashSet<@Nullable Object>();
        finished.forEach(step -> over.add(step.get("step_id")));
        // What a run that has succeeded said of its last step on the way is of no use to anybody.
        var others = "succeeded".equals(run.get("status"))
                ? List.<Map<String, @Nullable Object>>of()
                : objects(it.progressJson());
        var progress = others.stream()
                .filter(step -> !over.contains(step.get("step_id")))
                .toList();
        if (!progress.isEmpty()) {
            out.println();
            out.println("progress");
            progress.forEach(step -> printProgress(out, step));
        }
    }

    private static List<Map<String, @Nullable Object>> objects(String json) {
        var objects = new ArrayList<Map<String, @Nullable Object>>();
        if (Json.read(json) instanceof List<?> elements) {
            for (var element : elements) {
                var object = Json.object(element);
                if (object != null) {
                    objects.add(object);
                }
            }
        }
        return objects;
    }

    private static void printFinished(PrintWriter out, Map<String, @Nullable Object> step) {
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

    /** What a heartbeat said is for the skill; of that there is just the moment. */
    private static void printProgress(PrintWriter out, Map<String, @Nullable Object> step) {
        var fraction = step.get("fraction");
        var note = step.get("note");
        out.println("  %-20s %-16s %s  %s"
                .formatted(
                        step.get("step_id"),
                        fraction instanceof Number number
                                ? String.format(Locale.ROOT, "%.1f %%", 100 * number.doubleValue())
                                : "",
                        Rows.moment(step.get("updated_at")),
                        note == null ? "" : Rows.oneLine(note.toString()))
                .stripTrailing());
    }
}
