package com.agenticverz.nova.cli.dev;

import com.agenticverz.nova.enqueue.Enqueuer;
import com.agenticverz.nova.enqueue.RunReader;
import com.agenticverz.nova.run.NewRun;
import com.agenticverz.nova.run.RunStatus;
import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.store.StatusStore;
import com.agenticverz.nova.store.StatusStore.RunLine;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A few runs that show what Nova does with runs, and how each is expected to end. */
public final class Samples {

    private static final int LONGEST_RESULT = 44;

    /**
     * A sample.
     *
     * @param attempts how many it is expected to take
     */
    private record Sample(String what, String fields, RunStatus expected, int attempts) {}

    private static final List<Sample> SAMPLES = List.of(
            succeeds("two steps, 3 s", """
                {"plan": {"steps": [
                  {"id": "wait", "skill": "sleep", "params": {"seconds": 3}},
                  {"id": "report", "skill": "echo", "params": {"done": true}}]}}"""),
            succeeds("ordinary 1", sleep()),
            succeeds("ordinary 2", sleep()),
            succeeds("ordinary 3", sleep()),
            succeeds("ordinary 4", sleep()),
            new Sample("fails once, then succeeds", """
                {"plan": {"steps": [{"skill": "fail", "params": {"times": 1, "message": "the service is busy"}}]}}""", RunStatus.SUCCEEDED, 2),
            new Sample("fails for good", """
                {"plan": {"steps": [
                  {"skill": "fail", "params": {"retryable": false, "message": "no such customer"}}]}}""", RunStatus.FAILED, 1),
            succeeds("delayed by 2 s", """
                {"delay": 2, "plan": {"steps": [{"skill": "echo", "params": {"hello": "later"}}]}}"""),
            succeeds("urgent, enqueued last", """
                {"priority": 10, "plan": {"steps": [{"skill": "echo", "params": {"hello": "world"}}]}}"""));

    private final Map<UUID, Sample> byId;

    private Samples(Map<UUID, Sample> byId) {
        this.byId = byId;
    }

    /** Enqueues them all, anew and at once: so the urgent one overtakes those before it. */
    public static Samples enqueue(Enqueuer enqueuer, Instant now) {
        var runs = new ArrayList<NewRun>();
        for (var sample : SAMPLES) {
            var fields = new LinkedHashMap<>(fields(sample));
            fields.put("agent_id", "sample");
            fields.put("goal", sample.what);
            if (fields.remove("delay") instanceof Integer seconds) {
                fields.put(
                        "next_attempt_at",
                        OffsetDateTime.ofInstant(now.plusSeconds(seconds), ZoneOffset.UTC)
                                .toString());
            }
            runs.add(RunReader.of(fields));
        }
        var enqueued = enqueuer.enqueueAll(runs);
        var byId = new LinkedHashMap<UUID, Sample>();
        for (int i = 0; i < SAMPLES.size(); i++) {
            byId.put(enqueued.get(i).id(), SAMPLES.get(i));
        }
        return new Samples(byId);
    }

    /** How many. */
    public int count() {
        return byId.size();
    }

    /** Whether every one of them has come to its end. */
    public boolean haveEnded(StatusStore status) {
        return status.runs(byId.keySet()).stream()
                .allMatch(line -> line.status().isTerminal());
    }

    /** Whether every one of them has come to the end that it should. */
    public boolean endedAsExpected(StatusStore status) {
        return surprises(byId(status.runs(byId.keySet()))).isEmpty();
    }

    /** What became of them, for people: a table in the order in which they were enqueued, and what is not as it should. */
    public List<String> report(StatusStore status) {
        var found = byId(status.runs(byId.keySet()));
        var report = new ArrayList<String>();
        report.add("");
        report.addAll(table(found));
        report.add("");
        report.addAll(surprises(found));
        return report;
    }

    private List<String> surprises(Map<UUID, RunLine> found) {
        var surprises = new ArrayList<String>();
        byId.forEach((id, sample) -> {
            var line = found.get(id);
            if (line == null) {
                surprises.add("not as expected: " + sample.what + ": the run is gone");
            } else if (line.status() != sample.expected || line.attempts() != sample.attempts) {
                surprises.add("not as expected: " + sample.what + " is "
                        + line.status().column() + " after "
                        + line.attempts() + " attempts instead of " + sample.expected.column() + " after "
                        + sample.attempts);
            }
        });
        return surprises;
    }

    private List<String> table(Map<UUID, RunLine> found) {
        var first = found.values().stream()
                .map(RunLine::startedAt)
                .filter(it -> it != null)
                .min(OffsetDateTime::compareTo)
                .orElse(null);
        var table = new ArrayList<String>();
        table.add(row("sample", "status", "attempts", "started", "took", "result or error"));
        byId.forEach((id, sample) -> {
            var line = found.get(id);
            if (line != null) {
                table.add(row(
                        sample.what,
                        line.status().column(),
                        Integer.toString(line.attempts()),
                        started(first, line.startedAt()),
                        took(line.durationMs()),
                        result(line)));
            }
        });
        return table;
    }

    private static String row(String what, String status, String attempts, String started, String took, String result) {
        return "  %-25s  %-9s  %8s  %8s  %7s  %s"
                .formatted(what, status, attempts, started, took, result)
                .stripTrailing();
    }

    private static String started(@Nullable OffsetDateTime first, @Nullable OffsetDateTime started) {
        return first == null || started == null
                ? ""
                : String.format(
                        Locale.ROOT, "+%.1f s", Duration.between(first, started).toMillis() / 1e3);
    }

    private static String took(@Nullable Double millis) {
        return millis == null ? "" : String.format(Locale.ROOT, "%.2f s", millis / 1e3);
    }

    private static String result(RunLine line) {
        var text = line.errorMessage() != null ? line.errorMessage() : String.valueOf(line.resultJson());
        var oneLine = text.replaceAll("\\s+", " ");
        return oneLine.length() <= LONGEST_RESULT ? oneLine : oneLine.substring(0, LONGEST_RESULT - 3) + "...";
    }

    private static Map<UUID, RunLine> byId(List<RunLine> lines) {
        return lines.stream().collect(Collectors.toMap(RunLine::id, Function.identity()));
    }

    private static Map<String, @Nullable Object> fields(Sample sample) {
        var fields = Json.object(Json.read(sample.fields));
        if (fields == null) {
            throw new IllegalStateException("not an object: " + sample.fields);
        }
        return fields;
    }

    private static Sample succeeds(String what, String fields) {
        return new Sample(what, fields, RunStatus.SUCCEEDED, 1);
    }

    private static String sleep() {
        return """
            {"plan": {"steps": [{"skill": "sleep", "params": {"seconds": 0.5}}]}}""";
    }
}
