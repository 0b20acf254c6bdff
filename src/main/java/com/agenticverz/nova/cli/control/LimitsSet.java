package com.agenticverz.nova.cli.control;

import com.agenticverz.nova.cli.CommandActor;
import com.agenticverz.nova.cli.DatabaseFlags;
import com.agenticverz.nova.cli.LimitText;
import com.agenticverz.nova.cli.Times;
import com.agenticverz.nova.cli.runs.Rows;
import com.agenticverz.nova.store.Limit;
import com.agenticverz.nova.store.RefusedChangeException;
import com.agenticverz.nova.telemetry.Logging;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code limits set}: sets a limit. */
@Command(
        name = "set",
        description = {
            "Set a limit for each agent, skill or concurrency key that a name or pattern fits, each for itself. Prints it as"
                    + " it is then.",
            "What is not named stays as it is; none takes it away."
        },
        footer = {
            "",
            "Examples:",
            "  nova limits set --agent 'acme-*' --max-running 3",
            "  nova limits set --skill http_call --max-starts 50 --per 1s",
            "  nova limits set --agent acme-1 --unbounded"
        },
        mixinStandardHelpOptions = true)
final class LimitsSet implements Callable<Integer> {

    private static final String NONE = "none";

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private LimitFlags flags = new LimitFlags();

    @Option(names = "--max-running", paramLabel = "RUNS", description = "Most runs at once; 0: none is started.")
    private @Nullable String maxRunning;

    @Option(names = "--max-starts", paramLabel = "RUNS", description = "Most starts in the time of --per.")
    private @Nullable String maxStarts;

    @Option(names = "--per", paramLabel = "TIME", description = "The time for --max-starts: 1s, 5m, 2h, 1d.")
    private @Nullable String per;

    @Option(
            names = "--burst",
            paramLabel = "RUNS",
            description = "Starts at once after a pause; default: what a tenth of a second allows, at least one.")
    private @Nullable String burst;

    @Option(
            names = "--weight",
            paramLabel = "NUMBER",
            description = "Of an agent: its share of the turns where RUN_FAIRNESS is weighted; default 1.")
    private @Nullable String weight;

    @Option(
            names = "--unbounded",
            description = "No bound, and none of a wider pattern either: takes all but the weight away.")
    private boolean unbounded;

    @Option(names = "--json", description = "Print the limit as a JSON object.")
    private boolean json;

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    @Override
    public Integer call() {
        Logging.quiet();
        var chosen = flags.chosen(spec.commandLine());
        var columns = columns();
        var limit = new Limit(
                chosen.kind(),
                chosen.text(),
                wholeNumber("--max-running", maxRunning),
                wholeNumber("--max-starts", maxStarts),
                per == null || per.equals(NONE) ? null : seconds(per),
                wholeNumber("--burst", burst),
                number("--weight", weight));
        try (var opened = database.open()) {
            var store = opened.control();
            var row = store.setLimit(CommandActor.get(), limit, columns);
            var out = spec.commandLine().getOut();
            var set = Rows.object(row);
            out.println(json ? row : LimitText.name(set) + ": " + LimitText.bounds(set));
            out.flush();
            sayNarrower(store.narrowerLimits(limit.kind(), limit.pattern()));
            return 0;
        } catch (RefusedChangeException e) {
            throw bad(String.valueOf(e.getMessage())
                    .replace("max_running", "--max-running")
                    .replace("max_starts", "--max-starts")
                    .replace("per_seconds", "--per")
                    .replace("burst", "--burst")
                    .replace("weight", "--weight"));
        }
    }

    /** Those that are set; to take the starts away takes with it what is nothing without them. */
    private Set<String> columns() {
        var columns = new LinkedHashSet<String>();
        if (maxRunning != null || unbounded) {
            columns.add("max_running");
        }
        if (maxStarts != null || unbounded) {
            columns.add("max_starts");
        }
        boolean noStarts = NONE.equals(maxStarts) || unbounded;
        if (per != null || noStarts) {
            columns.add("per_seconds");
        }
        if (burst != null || noStarts) {
            columns.add("burst");
        }
        if (weight != null) {
            columns.add("weight");
        }
        if (unbounded && (maxRunning != null || maxStarts != null || per != null || burst != null)) {
            throw bad("--unbounded goes without a bound");
        }
        if (columns.isEmpty()) {
            throw bad("--max-running, --max-starts, --burst, --weight or --unbounded is missing");
        }
        return columns;
    }

    private @Nullable Integer wholeNumber(String flag, @Nullable String text) {
        if (text == null || text.equals(NONE)) {
            return null;
        }
        try {
            return Integer.valueOf(text);
        } catch (NumberFormatException e) {
            throw bad(flag + ": '" + text + "' is not a whole number of up to " + Integer.MAX_VALUE + ", or none");
        }
    }

    private @Nullable Double number(String flag, @Nullable String text) {
        if (text == null || text.equals(NONE)) {
            return null;
        }
        try {
            return Double.valueOf(text);
        } catch (NumberFormatException e) {
            throw bad(flag + ": '" + text + "' is not a number, or none");
        }
    }

    private double seconds(String text) {
        try {
            return Times.parse("--per", text).toSeconds();
        } catch (IllegalArgumentException e) {
            throw bad(String.valueOf(e.getMessage()));
        }
    }

    private void sayNarrower(List<String> patterns) {
        if (!patterns.isEmpty()) {
            var err = spec.commandLine().getErr();
            err.println("nova: more specific limits hold in its place for " + String.join(", ", patterns));
            err.flush();
        }
    }

    private ParameterException bad(String problem) {
        return new ParameterException(spec.commandLine(), problem);
    }
}
