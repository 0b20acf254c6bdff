package com.agenticverz.nova.cli.runs;

import com.agenticverz.nova.store.InterventionStore;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine;

/** What became of each run that a command was asked to change. */
final class Answers {

    private Answers() {}

    /** What was done on stdout, what was not on stderr; returns the exit code. */
    static int print(
            CommandLine command, List<InterventionStore.Done> runs, Function<InterventionStore.Done, String> done) {
        int exitCode = 0;
        for (var run : runs) {
            if (run.changed()) {
                command.getOut().println(done.apply(run));
            } else {
                exitCode = 1;
                command.getErr().println("nova: " + run.id() + reason(run));
            }
        }
        command.getOut().flush();
        command.getErr().flush();
        return exitCode;
    }

    private static String reason(InterventionStore.Done run) {
        var status = run.status();
        if (status == null) {
            return " is not there";
        }
        return run.repeatedBy() == null
                ? " is " + status.column() + "; nothing was done"
                : " is repeated by " + run.repeatedBy() + " already; nothing was done, --again repeats it once more";
    }
}
