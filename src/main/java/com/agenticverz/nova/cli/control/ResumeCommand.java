package com.agenticverz.nova.cli.control;

import com.agenticverz.nova.cli.CommandActor;
import com.agenticverz.nova.cli.DatabaseFlags;
import com.agenticverz.nova.cli.runs.Rows;
import com.agenticverz.nova.telemetry.Logging;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code resume}: ends a pause. */
@Command(
        name = "resume",
        description = {
            "End a pause; its runs are claimed again at once. Each pause is ended by itself: resume --all does not resume an"
                    + " agent that was paused by its name.",
            "Exit code 1: it was not paused."
        },
        mixinStandardHelpOptions = true)
public final class ResumeCommand implements Callable<Integer> {

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private PauseFlags flags = new PauseFlags();

    @Option(names = "--json", description = "Print the pause that was ended as a JSON object.")
    private boolean json;

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    @Override
    public Integer call() {
        Logging.quiet();
        var pause = flags.pause(spec.commandLine());
        try (var opened = database.open()) {
            var store = opened.control();
            var ended = store.resume(CommandActor.get(), pause);
            ended.ifPresent(row -> {
                var out = spec.commandLine().getOut();
                out.println(json ? row : pause + " resumed");
                out.flush();
            });
            if (ended.isEmpty()) {
                say(pause + " is not paused; nothing was done");
            }
            var others = others(store.pauses());
            if (!others.isEmpty()) {
                say("still paused: " + String.join(", ", others));
            }
            return ended.isPresent() ? 0 : 1;
        }
    }

    private static List<String> others(List<String> pauses) {
        return pauses.stream()
                .map(Rows::object)
                .map(it -> "all".equals(it.get("kind")) ? "all" : it.get("kind") + " " + it.get("name"))
                .toList();
    }

    private void say(String what) {
        var err = spec.commandLine().getErr();
        err.println("nova: " + what);
        err.flush();
    }
}
