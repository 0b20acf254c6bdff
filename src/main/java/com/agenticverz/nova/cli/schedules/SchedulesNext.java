package com.agenticverz.nova.cli.schedules;

import com.agenticverz.nova.cli.DatabaseFlags;
import com.agenticverz.nova.enqueue.Cron;
import com.agenticverz.nova.node.StartFailure;
import com.agenticverz.nova.telemetry.Logging;
import java.time.Clock;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code schedules next}: what is to come. */
@Command(
        name = "next",
        description = {
            "Show the next ticks of a schedule, in its time zone and in UTC, before it has any jitter.",
            "Or those of any expression, without a database: nova schedules next --cron '0 2 * * *' --time-zone"
                    + " Europe/Berlin"
        },
        mixinStandardHelpOptions = true)
final class SchedulesNext implements Callable<Integer> {

    private static final int MOST = 1000;
    private static final DateTimeFormatter THERE =
            DateTimeFormatter.ofPattern("EEE yyyy-MM-dd HH:mm:ss xxx", Locale.ROOT);

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "NAME", arity = "0..1", description = "The schedule.")
    private @Nullable String name;

    @Option(names = "--cron", paramLabel = "EXPRESSION", description = "Of this expression instead of a schedule.")
    private @Nullable String cron;

    @Option(names = "--time-zone", paramLabel = "ZONE", description = "With --cron: default UTC.")
    private @Nullable String timeZone;

    @Option(
            names = "--ticks",
            paramLabel = "N",
            defaultValue = "10",
            description = "So many; default 10, at most " + MOST + ".")
    private int ticks;

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    private final Clock clock = Clock.systemUTC();

    @Override
    public Integer call() {
        Logging.quiet();
        if ((name == null) == (cron == null)) {
            throw bad(name == null ? "NAME or --cron is missing" : "NAME and --cron exclude each other");
        }
        if (cron == null && timeZone != null) {
            throw bad("--time-zone needs --cron; a schedule has its own");
        }
        if (ticks < 1 || ticks > MOST) {
            throw bad("--ticks: '" + ticks + "' is out of range; allowed: 1 to " + MOST);
        }
        if (cron != null) {
            try {
                print(cron, timeZone == null ? "UTC" : timeZone);
            } catch (IllegalArgumentException e) {
                throw bad(String.valueOf(e.getMessage()));
            }
            return 0;
        }
        try (var opened = database.open()) {
            var schedule = Rows.named(opened.schedules(), String.valueOf(name));
            if (Boolean.TRUE.equals(schedule.get("paused"))) {
                spec.commandLine()
                        .getErr()
                        .println("nova: " + name + " is paused; once it is resumed, these would come");
                spec.commandLine().getErr().flush();
            }
            print(String.valueOf(schedule.get("cron")), String.valueOf(schedule.get("time_zone")));
            return 0;
        } catch (IllegalArgumentException e) {
            throw new StartFailure(name + " does not tick: " + e.getMessage(), e);
        }
    }

    private void print(String expression, String zone) {
        var out = spec.commandLine().getOut();
        Cron.of(expression, zone)
                .next(clock.instant(), ticks)
                .forEach(tick -> out.println(THERE.format(tick.atZone(ZoneId.of(zone))) + "  " + tick));
        out.flush();
    }

    private ParameterException bad(String problem) {
        return new ParameterException(spec.commandLine(), problem);
    }
}
