package com.agenticverz.nova.cli.schedules;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/** {@code schedules}: runs that are enqueued by the clock. */
@Command(
        name = "schedules",
        description = "Look at schedules, which enqueue runs by the clock; make, change, pause and delete them.",
        mixinStandardHelpOptions = true,
        subcommands = {
            SchedulesList.class,
            SchedulesShow.class,
            SchedulesNext.class,
            SchedulesSet.class,
            SchedulesPause.class,
            SchedulesResume.class,
            SchedulesDelete.class,
            CommandLine.HelpCommand.class
        })
public final class SchedulesCommand implements Runnable {

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        var out = spec.commandLine().getOut();
        spec.commandLine().usage(out);
        out.flush();
    }
}
