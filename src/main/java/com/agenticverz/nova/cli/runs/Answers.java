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
                var status = run.status();
                command.getErr()
                        .println("nova: " + run.id()
                                + (status == null ? " is not there" : " is " + status.column() + "; nothing was done"));
            }
        }
        command.getOut().flush();
        command.getErr().flush();
        return exitCode;
    }
}
