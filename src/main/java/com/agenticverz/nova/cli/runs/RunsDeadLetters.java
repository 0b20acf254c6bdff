package com.agenticverz.nova.cli.runs;

import com.agenticverz.nova.cli.DatabaseFlags;
import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.store.DeadLetterFilter;
import com.agenticverz.nova.store.DeadLetterStore;
import com.agenticverz.nova.telemetry.Logging;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code runs dead-letters}: the runs that have failed, and why. */
@Command(
        name = "dead-letters",
        description = {
            "List the runs that have failed, the last first, with their cause; or the causes, with how many failed for each.",
            "runs retry takes the same filters."
        },
        mixinStandardHelpOptions = true)
final class RunsDeadLetters implements Callable<Integer> {

    private static final int MOST = 10_000;
    private static final int MOST_NEWEST = 1_000_000;

    private final Clock clock = Clock.systemUTC();

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private FilterFlags filters = new FilterFlags();

    @Option(names = "--not-retried", description = "Only those that no other run repeats.")
    private boolean notRetried;

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "50",
            description = "At most so many runs, or causes; default 50, at most " + MOST + ".")
    private int limit;

    @Option(
            names = "--before",
            paramLabel = "ID",
            description = "Only those that failed before this one: the next page after its line.")
    private @Nullable UUID before;

    @Option(
            names = "--by-cause",
            description = "The causes, the most frequent first; ids and numbers in them are alike.")
    private boolean byCause;

    @Option(
            names = "--newest",
            paramLabel = "RUNS",
            defaultValue = "10000",
            description = "With --by-cause: how many runs it looks at; default 10000, at most " + MOST_NEWEST + ".")
    private int newest;

    @Option(names = "--json", description = "A JSON object a line.")
    private boolean json;

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    @Override
    public Integer call() {
        Logging.quiet();
        inRange("--limit", limit, MOST);
        inRange("--newest", newest, MOST_NEWEST);
        if (byCause && before != null) {
            throw bad("--before goes without --by-cause");
        }
        DeadLetterFilter filter;
        try {
            filter = filters.filter(notRetried, clock);
        } catch (IllegalArgumentException e) {
            throw bad(String.valueOf(e.getMessage()));
        }
        try (var opened = database.open()) {
            if (byCause) {
                causes(opened.deadLetters(), filter);
            } else {
                list(opened.deadLetters(), filter);
            }
            spec.commandLine().getOut().flush();
            return 0;
        }
    }

    private void list(DeadLetterStore store, DeadLetterFilter filter) {
        var runs = store.list(filter, before, limit)
                .orElseThrow(() -> bad("--before: " + before + " has not failed, or is not there"));
        var out = spec.commandLine().getOut();
        if (!json) {
            out.println("%-36s  %-19s  %8s  %-7s  %s"
                    .formatted("id", "failed (UTC)", "attempts", "retried", "agent, error"));
        }
        runs.forEach(run -> out.println(json ? run : line(run)));
        if (!json && runs.size() == limit) {
            note("there may be more: --before " + Rows.object(runs.getLast()).get("id"));
        }
    }

    private static String line(String json) {
        var run = Rows.object(json);
        var failed = run.get("completed_at") == null ? run.get("created_at") : run.get("completed_at");
        var error = run.get("error_message");
        return "%-36s  %-19s  %8s  %-7s  %s"
                .formatted(
                        run.get("id"),
                        Rows.moment(failed),
                        run.get("attempts"),
                        run.get("repeated_by") == null ? "no" : "yes",
                        run.get("agent_id") + (error == null ? "" : ", " + Rows.oneLine(error.toString())));
    }

    private void causes(DeadLetterStore store, DeadLetterFilter filter) {
        var causes = store.causes(filter, newest, limit);
        var out = spec.commandLine().getOut();
        if (!json) {
            out.println("%8s  %-19s  %-19s  %-36s  %s"
                    .formatted("runs", "first (UTC)", "last (UTC)", "the last one", "cause"));
        }
        for (var cause : causes.causes()) {
            out.println(
                    json
                            ? json(cause)
                            : "%8d  %-19s  %-19s  %-36s  %s"
                                    .formatted(
                                            cause.runs(),
                                            Rows.moment(cause.first()),
                                            Rows.moment(cause.last()),
                                            cause.example(),
                                            cause.cause() == null ? "no message" : Rows.oneLine(cause.cause())));
        }
        if (causes.more()) {
            note("these are the causes of the newest " + newest + " runs; there are older ones: --newest");
        }
    }

    private static String json(DeadLetterStore.Cause cause) {
        var fields = new LinkedHashMap<String, @Nullable Object>();
        fields.put("cause", cause.cause());
        fields.put("runs", cause.runs());
        fields.put("first", cause.first().toString());
        fields.put("last", cause.last().toString());
        fields.put("example", cause.example().toString());
        return Json.write(fields);
    }

    private void inRange(String flag, int value, int most) {
        if (value < 1 || value > most) {
            throw bad(flag + ": '" + value + "' is out of range; allowed: 1 to " + most);
        }
    }

    private void note(String what) {
        spec.commandLine().getOut().flush();
        var err = spec.commandLine().getErr();
        err.println("nova: " + what);
        err.flush();
    }

    private ParameterException bad(String problem) {
        return new ParameterException(spec.commandLine(), problem);
    }
}
