package com.agenticverz.nova.cli.control;

import com.agenticverz.nova.cli.Columns;
import com.agenticverz.nova.cli.DatabaseFlags;
import com.agenticverz.nova.cli.Times;
import com.agenticverz.nova.cli.runs.Rows;
import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.telemetry.Logging;
import java.time.Clock;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code audit}: who has changed what steers the cluster. */
@Command(
        name = "audit",
        description = "List who has changed what steers the cluster, and when, by commands, the API or SQL: the newest"
                + " first, a line each.",
        mixinStandardHelpOptions = true)
public final class AuditCommand implements Callable<Integer> {

    private static final int MOST = 10_000;

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--subject",
            paramLabel = "TEXT",
            description = "Only what was changed in this table, such as limits, or what has this in its name.")
    private @Nullable String subject;

    @Option(names = "--since", paramLabel = "TIME", description = "Only what is not older: 90, 90s, 60m, 2h, 1d.")
    private @Nullable String since;

    @Option(
            names = "--limit",
            paramLabel = "ROWS",
            defaultValue = "50",
            description = "At most so many; default 50, at most " + MOST + ".")
    private int limit;

    @Option(names = "--json", description = "A JSON object a line, its members called as the columns.")
    private boolean json;

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    private final Clock clock = Clock.systemUTC();

    @Override
    public Integer call() {
        Logging.quiet();
        if (limit < 1 || limit > MOST) {
            throw new ParameterException(
                    spec.commandLine(), "--limit: '" + limit + "' is out of range; allowed: 1 to " + MOST);
        }
        var from = from();
        try (var opened = database.open()) {
            var rows = opened.control().audit(subject, from, limit);
            var out = spec.commandLine().getOut();
            if (json) {
                rows.forEach(out::println);
            } else {
                Columns.of(rows.stream()
                                .map(Rows::object)
                                .map(AuditCommand::cells)
                                .toList())
                        .forEach(out::println);
            }
            out.flush();
            return 0;
        }
    }

    private @Nullable OffsetDateTime from() {
        if (since == null) {
            return null;
        }
        try {
            return clock.instant().atOffset(ZoneOffset.UTC).minus(Times.parse("--since", since));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private static List<String> cells(Map<String, @Nullable Object> row) {
        return List.of(
                Rows.moment(row.get("at")),
                String.valueOf(row.get("actor")),
                String.valueOf(row.get("action")),
                String.valueOf(row.get("subject_kind")),
                Rows.oneLine(String.valueOf(row.get("subject"))),
                Rows.oneLine(changes(row)));
    }

    /** Of a row that was changed what differs; of one that is new what it says beside its name. */
    private static String changes(Map<String, @Nullable Object> row) {
        var detail = Json.object(row.get("detail"));
        var was = detail == null ? null : Json.object(detail.get("was"));
        var is = detail == null ? null : Json.object(detail.get("is"));
        if (is == null) {
            return "";
        }
        var names = new TreeSet<>(is.keySet());
        if (was != null) {
            names.addAll(was.keySet());
        }
        var subject = String.valueOf(row.get("subject"));
        var changes = new ArrayList<String>();
        for (var name : names) {
            var before = was == null ? null : was.get(name);
            var now = is.get(name);
            if (!Objects.equals(before, now) && (was != null || !subject.contains(text(now)))) {
                changes.add(name + " " + (was == null ? text(now) : text(before) + " -> " + text(now)));
            }
        }
        return String.join(", ", changes);
    }

    private static String text(@Nullable Object value) {
        return value == null ? "none" : value instanceof String text ? text : Json.write(value);
    }
}
