package com.agenticverz.nova.cli.runs;

import com.agenticverz.nova.cli.DatabaseFlags;
import com.agenticverz.nova.cli.Times;
import com.agenticverz.nova.telemetry.Logging;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code runs reset-stuck}: the reset of the runbook. */
@Command(
        name = "reset-stuck",
        description = {
            "Put runs back into the queue that have been running for longer than a time: the reset of the runbook. Safe at"
                    + " any moment; whoever still executes one has its outcome fenced out. Prints their ids.",
            "It asks before it does; --yes answers."
        },
        mixinStandardHelpOptions = true)
final class RunsResetStuck implements Callable<Integer> {

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--older-than",
            required = true,
            paramLabel = "TIME",
            description = "How long they have been running: 90, 90s, 60m, 2h, 1d.")
    private String olderThan = "";

    @Option(names = "--dry-run", description = "Only say which they are.")
    private boolean dryRun;

    @Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    @Override
    public Integer call() {
        Logging.quiet();
        var time = time();
        try (var opened = database.open()) {
            var store = opened.interventions();
            var out = spec.commandLine().getOut();
            if (!dryRun && !yes && !agreed(store.stuck(time).size())) {
                return 1;
            }
            var runs = dryRun ? store.stuck(time) : store.resetStuck(time);
            runs.forEach(out::println);
            out.flush();
            say(runs.size() + (runs.size() == 1 ? " run " : " runs ") + (dryRun ? "would be reset" : "reset"));
            return 0;
        }
    }

    private Duration time() {
        try {
            return Times.parse("--older-than", olderThan);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private boolean agreed(int runs) {
        var console = System.console();
        if (console == null || !console.isTerminal()) {
            throw new ParameterException(
                    spec.commandLine(), "nobody is there to be asked about " + runs + " runs; say --yes or --dry-run");
        }
        var answer =
                console.readLine("Reset %d runs that have been running for longer than %s? [y/N] ", runs, olderThan);
        boolean agreed = answer != null && answer.strip().equalsIgnoreCase("y");
        if (!agreed) {
            say("nothing was done");
        }
        return agreed;
    }

    private void say(String what) {
        var err = spec.commandLine().getErr();
        err.println("nova: " + what);
        err.flush();
    }
}
