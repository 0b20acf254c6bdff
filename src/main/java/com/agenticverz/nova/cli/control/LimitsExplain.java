package com.agenticverz.nova.cli.control;

import com.agenticverz.nova.cli.DatabaseFlags;
import com.agenticverz.nova.cli.LimitText;
import com.agenticverz.nova.cli.runs.Rows;
import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.telemetry.Logging;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code limits explain}: which limit holds for a name. */
@Command(
        name = "explain",
        description =
                "Say which limit holds for an agent, a skill or a concurrency key: the most specific one that fits.",
        mixinStandardHelpOptions = true)
final class LimitsExplain implements Callable<Integer> {

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private LimitFlags flags = new LimitFlags();

    @Option(names = "--json", description = "One JSON object: kind, name, and the limit or null.")
    private boolean json;

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    @Override
    public Integer call() {
        Logging.quiet();
        var chosen = flags.chosen(spec.commandLine());
        var kind = chosen.kind().name().toLowerCase(Locale.ROOT);
        try (var opened = database.open()) {
            var limit = opened.control().limitOf(chosen.kind(), chosen.text()).map(Rows::object);
            var out = spec.commandLine().getOut();
            if (json) {
                var answer = new LinkedHashMap<String, @Nullable Object>();
                answer.put("kind", kind);
                answer.put("name", chosen.text());
                answer.put("limit", limit.orElse(null));
                out.println(Json.write(answer));
            } else {
                out.println(kind + " " + chosen.text() + ": "
                        + limit.map(it -> LimitText.bounds(it) + " (limit " + LimitText.name(it) + ")")
                                .orElse("not bounded (no limit fits it)"));
            }
            out.flush();
            return 0;
        }
    }
}
