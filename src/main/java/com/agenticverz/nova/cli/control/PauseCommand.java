package com.agenticverz.nova.cli.control;

import com.agenticverz.nova.cli.CommandActor;
import com.agenticverz.nova.cli.DatabaseFlags;
import com.agenticverz.nova.store.RefusedChangeException;
import com.agenticverz.nova.telemetry.Logging;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code pause}: nothing of it is claimed until it is resumed. */
@Command(
        name = "pause",
        description = {
            "Pause everything, an agent, or a skill: its runs stay queued until somebody resumes it, whatever is restarted"
                    + " meanwhile. What runs already goes on to its end.",
            "What is paused already stays so; another --reason takes the place of the one before."
        },
        mixinStandardHelpOptions = true)
public final class PauseCommand implements Callable<Integer> {

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private PauseFlags flags = new PauseFlags();

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for people; status shows it.")
    private @Nullable String reason;

    @Option(names = "--json", description = "Print the pause as a JSON object.")
    private boolean json;

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    @Override
    public Integer call() {
        Logging.quiet();
        var pause = flags.pause(spec.commandLine());
        try (var opened = database.open()) {
            var paused = opened.control().pause(CommandActor.get(), pause, reason);
            var out = spec.commandLine().getOut();
            out.println(
                    json
                            ? paused.rowJson()
                            : paused.isNew() ? pause + " paused; what runs goes on" : pause + " was paused already");
            out.flush();
            return 0;
        } catch (RefusedChangeException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }
}
