package com.agenticverz.nova.bench.driver;

import static com.agenticverz.nova.bench.driver.Row.Better.LESS;
import static com.agenticverz.nova.bench.driver.Row.Better.MORE;
import static com.agenticverz.nova.bench.driver.Row.Better.NEITHER;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What was measured, as Markdown for the README. */
final class Table {

    private static final String NOVA = "Nova";

    private final Results results;
    private final Sizes sizes;
    private final List<String> contestants;

    /**
     * Of what there is.
     *
     * @param contestants a column each, in this order
     */
    Table(Results results, Sizes sizes, List<String> contestants) {
        this.results = results;
        this.sizes = sizes;
        this.contestants = contestants;
    }

    private List<Row> rows() {
        return List.of(
                Row.at(
                        "drain of " + count(Figure.DRAIN) + " no-op jobs, one process, jobs/s",
                        Figure.DRAIN,
                        "/rate",
                        MORE,
                        0),
                Row.at("… CPU of the worker, µs a job", Figure.DRAIN, "/worker_cpu_us_per_job", LESS, 1),
                Row.at("… CPU of PostgreSQL, µs a job", Figure.DRAIN, "/postgres_cpu_us_per_job", LESS, 1),
                Row.at("… WAL, bytes a job", Figure.DRAIN, "/wal_bytes_per_job", LESS, 0),
                Row.at("… resident memory of the worker, MB", Figure.DRAIN, "/memory_mb", LESS, 0),
                Row.at(
                        "call of enqueue to start of handler, idle, p50, ms",
                        Figure.LATENCY,
                        "/call_to_start/p50",
                        LESS,
                        2),
                Row.at("… p95", Figure.LATENCY, "/call_to_start/p95", LESS, 2),
                Row.at("… p99", Figure.LATENCY, "/call_to_start/p99", LESS, 2),
                Row.at("… of which the enqueue itself, p50", Figure.LATENCY, "/enqueue/p50", LESS, 2),
                Row.at("bulk enqueue, one connection, jobs/s", Figure.ENQUEUE, "/rate", MORE, 0),
                Row.at(
                        "drain with " + count(sizes.smallBacklog()) + " queued, jobs/s",
                        Figure.BACKLOG,
                        "/small",
                        MORE,
                        0),
                Row.at(
                        "… with " + count(Figure.BACKLOG) + " queued, the first " + count(sizes.drainedOfBacklog()),
                        Figure.BACKLOG,
                        "/large",
                        MORE,
                        0),
                Row.quotient("… the latter / the former", Figure.BACKLOG, "/large", "/small"),
                Row.at("drain of " + count(Figure.PINNED) + " jobs, jobs/s", Figure.PINNED, "/unpinned/total", MORE, 0),
                Row.at("… while another session holds an old snapshot", Figure.PINNED, "/pinned/total", MORE, 0),
                Row.quotient("… with / without it", Figure.PINNED, "/pinned/total", "/unpinned/total"),
                new Row(
                        "… with / without it, the last tenth of the jobs",
                        Figure.PINNED,
                        fields -> last(fields.at("/pinned/portions")) / last(fields.at("/unpinned/portions")),
                        NEITHER,
                        2));
    }

    private static List<Row> novaRows() {
        return List.of(
                Row.at(
                        "plain SQL with the writes of Nova, no application, runs/s",
                        Figure.CEILING,
                        "/rate",
                        NEITHER,
                        0),
                Row.at("enqueue one by one, runs/s", Figure.ENQUEUE, "/single", NEITHER, 0),
                Row.at("COPY of the same rows, runs/s", Figure.ENQUEUE, "/copy", NEITHER, 0),
                Row.at("commit to start of handler, p50, ms", Figure.LATENCY, "/commit_to_start/p50", NEITHER, 2),
                Row.at("start of the process to its first claim, s", Figure.START, "/without_aot_s", NEITHER, 2),
                Row.at("… with an AOT cache, as in the image", Figure.START, "/with_aot_s", NEITHER, 2));
    }

    private static double last(JsonNode portions) {
        return portions.isEmpty()
                ? Double.NaN
                : portions.get(portions.size() - 1).asDouble(Double.NaN);
    }

    private String count(Figure figure) {
        return count(sizes.of(figure));
    }

    private static String count(int jobs) {
        return String.format(Locale.ROOT, "%,d", jobs);
    }

    /** All of it. */
    String markdown() {
        var lines = new ArrayList<String>();
        table(lines, rows(), contestants);
        if (contestants.contains(NOVA)) {
            table(lines, novaRows(), List.of(NOVA));
        }
        settings(lines);
        lines.add(conditions());
        results.failures()
                .forEach(failure -> lines.add("\nerror: " + failure.figure().label() + ", " + failure.contestant()
                        + ", round " + failure.round() + ": " + failure.failure()));
        return String.join("\n", lines);
    }

    private void table(List<String> lines, List<Row> rows, List<String> columns) {
        var measured =
                rows.stream().filter(row -> row.isMeasured(results, columns)).toList();
        if (measured.isEmpty()) {
            return;
        }
        lines.add(line("figure", columns.stream().map(this::heading).toList()));
        lines.add(line("---", columns.stream().map(_ -> "---").toList()));
        for (var row : measured) {
            lines.add(line(
                    row.label(),
                    columns.stream()
                            .map(contestant -> row.cell(results, contestant, NOVA))
                            .toList()));
        }
        lines.add("");
    }

    private void settings(List<String> lines) {
        lines.add(line("", List.of("settings")));
        lines.add(line("---", List.of("---")));
        for (var contestant : contestants) {
            lines.add(line(
                    heading(contestant),
                    List.of(results.said(contestant, "settings").orElse(""))));
        }
        lines.add("");
    }

    private String heading(String contestant) {
        return results.said(contestant, "version")
                .map(version -> contestant + " " + version)
                .orElse(contestant);
    }

    private static String line(String first, List<String> others) {
        return "| " + first + " | " + String.join(" | ", others) + " |";
    }

    private String conditions() {
        var it = results.environment();
        var settings = it.at("/postgresql/settings");
        var postgresql = settings.properties().stream()
                .filter(setting -> List.of("shared_buffers", "max_wal_size", "fsync", "synchronous_commit")
                        .contains(setting.getKey()))
                .map(setting -> setting.getKey() + " " + setting.getValue().asText())
                .collect(Collectors.joining(", "));
        return ("The median of the rounds (%d, in turns) and, in brackets, the least and the most; bold: how many times better"
                        + " Nova was, the median of the rounds. %s, %d cores and %.0f GB of memory for all together,"
                        + " PostgreSQL %s%s, Java %s.")
                .formatted(
                        it.path("rounds").asInt(),
                        it.path("date").asText(),
                        it.path("cores").asInt(),
                        it.path("memory_mb").asDouble() / 1024,
                        it.at("/postgresql/version").asText(),
                        postgresql.isEmpty() ? "" : " (" + postgresql + ")",
                        it.path("java").asText());
    }
}
