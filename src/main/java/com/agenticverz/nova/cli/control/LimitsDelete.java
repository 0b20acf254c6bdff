package com.agenticverz.nova.cli.control;

import com.agenticverz.nova.cli.CommandActor;
import com.agenticverz.nova.cli.DatabaseFlags;
import com.agenticverz.nova.cli.LimitText;
import com.agenticverz.nova.cli.runs.Rows;
import com.agenticverz.nova.telemetry.Logging;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code limits delete}: takes a limit away. */
@Command(
        name = "delete",
        description = {
            "Take a limit away, by the name or pattern that it was set with. What it held for is under the next most"
                    + " specific one then, if there is one.",
            "Exit code 1: there is no such limit."
        },
        mixinStandardHelpOptions = true)
final class LimitsDelete implements Callable<Integer> {

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private LimitFlags flags = new LimitFlags();

    @Option(names = "--json", description = "Print the limit that was taken away as a JSON object.")
    private boolean json;

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    @Override
    public Integer call() {
        Logging.quiet();
        var chosen = flags.chosen(spec.commandLine());
        try (var opened = database.open()) {
            var deleted = opened.control().deleteLimit(CommandActor.get(), chosen.kind(), chosen.text());
            if (deleted.isEmpty()) {
                var err = spec.commandLine().getErr();
                err.println("nova: there is no limit for "
                        + chosen.kind().name().toLowerCase(Locale.ROOT) + " " + chosen.text() + "; nothing was done");
                err.flush();
                return 1;
            }
            var out = spec.commandLine().getOut();
            var row = Rows.object(deleted.get());
            out.println(json ? deleted.get() : LimitText.name(row) + " deleted; it was " + LimitText.bounds(row));
            out.flush();
            return 0;
        }
    }
}
