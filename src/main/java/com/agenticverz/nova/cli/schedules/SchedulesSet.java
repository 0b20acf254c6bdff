package com.agenticverz.nova.cli.schedules;

import com.agenticverz.nova.cli.CommandActor;
import com.agenticverz.nova.cli.DatabaseFlags;
import com.agenticverz.nova.cli.PlanFlags;
import com.agenticverz.nova.enqueue.InvalidScheduleException;
import com.agenticverz.nova.enqueue.ScheduleReader;
import com.agenticverz.nova.telemetry.Logging;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code schedules set}: makes or changes one. */
@Command(
        name = "set",
        description = {
            "Make a schedule, or change one: what is not said stays as it is.",
            "It is checked before it is written, and ticks from now on, without a restart."
        },
        footer = {
            "",
            "Examples:",
            "  nova schedules set nightly --cron '30 2 * * *' --time-zone Europe/Berlin --agent me --plan @plan.json",
            "  nova schedules set nightly --cron @hourly --overlap skip",
            "",
            "{{tick}} in the texts of the plan and in the goal is the moment of the tick: 2030-01-31T01:30:00Z."
        },
        mixinStandardHelpOptions = true)
final class SchedulesSet implements Callable<Integer> {

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "NAME", description = "The schedule: letters, digits, and . _ - after the first.")
    private String name = "";

    @Option(
            names = "--cron",
            paramLabel = "EXPRESSION",
            description = "minute hour day-of-month month day-of-week; with six fields, the second is the first; or"
                    + " @hourly, @daily, @weekly, @monthly, @yearly.")
    private @Nullable String cron;

    @Option(
            names = "--time-zone",
            paramLabel = "ZONE",
            description = "A name of the IANA database, such as Europe/Berlin; default UTC.")
    private @Nullable String timeZone;

    @Option(names = "--agent", paramLabel = "ID", description = "Who the runs belong to (column agent_id).")
    private @Nullable String agent;

    @Mixin
    private PlanFlags plan = new PlanFlags();

    @Option(names = "--goal", paramLabel = "TEXT", description = "Free text for people.")
    private @Nullable String goal;

    @Option(names = "--priority", paramLabel = "N", description = "Higher is more urgent; default 0.")
    private @Nullable Integer priority;

    @Option(
            names = "--max-attempts",
            paramLabel = "N",
            description = "Attempts in all; default: RUN_MAX_ATTEMPTS of the worker.")
    private @Nullable Integer maxAttempts;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "How long one attempt may take; default: RUN_TIMEOUT of the worker.")
    private @Nullable Double timeout;

    @Option(
            names = "--concurrency-key",
            paramLabel = "KEY",
            description = "Runs that share it are bounded together, by the table limits.")
    private @Nullable String concurrencyKey;

    @Option(
            names = "--overlap",
            paramLabel = "POLICY",
            description = "What a tick does while the run of the one before it has not ended: queue (default), skip or"
                    + " cancel_previous.")
    private @Nullable String overlap;

    @Option(
            names = "--catch-up",
            paramLabel = "POLICY",
            description = "What becomes of ticks that were missed while no node ran: none, last (default: the last of"
                    + " them has its run) or all (1000 at most).")
    private @Nullable String catchUp;

    @Option(
            names = "--jitter",
            paramLabel = "SECONDS",
            description = "Each run is due up to so much later, always the same for the same tick; default 0.")
    private @Nullable Integer jitter;

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    @Override
    public Integer call() {
        Logging.quiet();
        var given = given();
        try (var opened = database.open()) {
            var store = opened.schedules();
            var fields = new LinkedHashMap<String, @Nullable Object>();
            store.schedule(name).map(Rows::object).ifPresent(was -> {
                ScheduleReader.fields().forEach(field -> fields.put(field, was.get(field)));
                // Somebody else may pause it meanwhile.
                fields.remove("paused");
            });
            fields.putAll(given);
            var written = store.set(CommandActor.get(), ScheduleReader.of(name, fields));
            spec.commandLine().getOut().println(name + (written.created() ? " made" : " changed"));
            spec.commandLine().getOut().flush();
            return 0;
        } catch (InvalidScheduleException e) {
            throw bad("not set: " + e.getMessage());
        }
    }

    private Map<String, @Nullable Object> given() {
        var given = new LinkedHashMap<String, @Nullable Object>();
        given.put("cron", cron);
        given.put("time_zone", timeZone);
        given.put("agent_id", agent);
        try {
            given.put("plan", plan.value());
        } catch (IllegalArgumentException e) {
            throw bad(String.valueOf(e.getMessage()));
        }
        given.put("goal", goal);
        given.put("priority", priority);
        given.put("max_attempts", maxAttempts);
        given.put("timeout_seconds", timeout);
        given.put("concurrency_key", concurrencyKey);
        given.put("overlap", overlap);
        given.put("catch_up", catchUp);
        given.put("jitter_seconds", jitter);
        given.values().removeIf(it -> it == null);
        return given;
    }

    private ParameterException bad(String problem) {
        return new ParameterException(spec.commandLine(), problem);
    }
}
