package com.agenticverz.nova.cli.runs;

import com.agenticverz.nova.cli.CommandActor;
import com.agenticverz.nova.cli.DatabaseFlags;
import com.agenticverz.nova.cli.Problems;
import com.agenticverz.nova.node.StartFailure;
import com.agenticverz.nova.run.StartRate;
import com.agenticverz.nova.store.BulkRetry;
import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.DeadLetterFilter;
import com.agenticverz.nova.telemetry.Logging;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code runs retry}: repeats runs that have failed or were cancelled. */
@Command(
        name = "retry",
        description = {
            "Enqueue runs once more that have failed or were cancelled: as new ones, whose parent_run_id says which they"
                    + " repeat. All of their steps are executed. By id it prints the old ids and the new; by a filter it"
                    + " takes runs that have failed, asks before it does, and prints how many there were.",
            "A run that another one repeats already is left out, unless --again.",
            "Exit code 1: at least one of the ids was left out, or the database was lost on the way; the same command"
                    + " goes on then."
        },
        mixinStandardHelpOptions = true)
final class RunsRetry implements Callable<Integer> {

    private final Clock clock = Clock.systemUTC();

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "ID", arity = "0..*", description = "The runs; or none, and a filter.")
    private List<UUID> ids = List.of();

    @Mixin
    private FilterFlags filters = new FilterFlags();

    @Option(names = "--all-failed", description = "All runs that have failed.")
    private boolean allFailed;

    @Option(names = "--again", description = "Also those that another run repeats already.")
    private boolean again;

    @Option(
            names = "--rate",
            paramLabel = "RATE",
            description =
                    "With a filter: how fast they begin: 50/s, 30/m, 100/h. The first begins at once and each later"
                            + " one at its next_attempt_at, so that the rate holds without this command.")
    private @Nullable String rate;

    @Option(names = "--dry-run", description = "With a filter: only say how many there are.")
    private boolean dryRun;

    @Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    @Override
    public Integer call() {
        Logging.quiet();
        DeadLetterFilter filter;
        @Nullable StartRate startRate;
        try {
            filter = filters.filter(!again, clock);
            startRate = rate == null ? null : StartRate.parse("--rate", rate);
        } catch (IllegalArgumentException e) {
            throw bad(String.valueOf(e.getMessage()));
        }
        if (!ids.isEmpty() && (!filter.isOfAll() || allFailed || startRate != null || dryRun)) {
            throw bad("ids go without a filter, --all-failed, --rate and --dry-run");
        }
        if (ids.isEmpty() && filter.isOfAll() != allFailed) {
            throw bad(
                    allFailed
                            ? "--all-failed goes without another filter"
                            : "nothing says which runs; allowed: ids, a filter, or --all-failed");
        }
        try (var opened = database.open()) {
            return ids.isEmpty() ? byFilter(opened, filter, startRate) : byId(opened);
        }
    }

    private int byId(Database opened) {
        return Answers.print(
                spec.commandLine(),
                opened.interventions().retry(ids, again),
                done -> done.id() + " is repeated by " + done.newId());
    }

    private int byFilter(Database opened, DeadLetterFilter filter, @Nullable StartRate startRate) {
        var retry = opened.deadLetters().retry(filter, startRate, CommandActor.get());
        try (var interruption = Interruption.watch()) {
            // Counted for whoever is asked, and for the bar of whoever waits; a script that says --yes does not.
            long count = dryRun || !yes ? retry.count(interruption::came) : -1;
            if (interruption.came()) {
                say("nothing was done");
                return 1;
            }
            if (dryRun || count == 0) {
                say(runs(count) + " would be repeated");
                return 0;
            }
            if (!yes && !agreed(count, startRate)) {
                return 1;
            }
            return repeat(retry, count, interruption);
        }
    }

    private int repeat(BulkRetry retry, long count, Interruption interruption) {
        try (var progress = new RetryProgress(spec.commandLine().getErr(), count)) {
            while (!interruption.came() && retry.next()) {
                progress.show(retry.repeated());
            }
        } catch (RuntimeException e) {
            throw new StartFailure(
                    Problems.of(e) + "; " + runs(retry.repeated()) + " are repeated, and perhaps up to "
                            + BulkRetry.BATCH + " more: the same command goes on with the others",
                    e);
        }
        if (interruption.came()) {
            say("interrupted: " + runs(retry.repeated()) + " repeated; the same command goes on with the others");
            return 1;
        }
        var last = retry.lastStart();
        say(runs(retry.repeated()) + " repeated"
                + (last == null ? "" : "; the last of them begins at " + Rows.moment(last) + " UTC"));
        return 0;
    }

    private boolean agreed(long count, @Nullable StartRate startRate) {
        var console = System.console();
        if (console == null || !console.isTerminal()) {
            throw bad("nobody is there to be asked about " + runs(count) + "; say --yes or --dry-run");
        }
        var answer =
                console.readLine("Repeat %s%s? [y/N] ", runs(count), startRate == null ? "" : ", " + rate + " of them");
        boolean agreed = answer != null && answer.strip().equalsIgnoreCase("y");
        if (!agreed) {
            say("nothing was done");
        }
        return agreed;
    }

    private static String runs(long count) {
        return count + (count == 1 ? " run" : " runs");
    }

    private void say(String what) {
        var err = spec.commandLine().getErr();
        err.println("nova: " + what);
        err.flush();
    }

    private ParameterException bad(String problem) {
        return new ParameterException(spec.commandLine(), problem);
    }
}
