package com.agenticverz.nova.cli.control;

import com.agenticverz.nova.cli.Columns;
import com.agenticverz.nova.cli.DatabaseFlags;
import com.agenticverz.nova.cli.LimitText;
import com.agenticverz.nova.cli.runs.Rows;
import com.agenticverz.nova.telemetry.Logging;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code limits list}: all limits. */
@Command(name = "list", description = "List the limits, a line each.", mixinStandardHelpOptions = true)
final class LimitsList implements Callable<Integer> {

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--json", description = "A JSON object a line, its members called as the columns.")
    private boolean json;

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    @Override
    public Integer call() {
        Logging.quiet();
        try (var opened = database.open()) {
            var limits = opened.control().limits();
            var out = spec.commandLine().getOut();
            if (json) {
                limits.forEach(out::println);
            } else if (limits.isEmpty()) {
                out.println("no limits");
            } else {
                Columns.of(limits.stream()
                                .map(Rows::object)
                                .map(it -> List.of(LimitText.name(it), LimitText.bounds(it)))
                                .toList())
                        .forEach(out::println);
            }
            out.flush();
            return 0;
        }
    }
}
