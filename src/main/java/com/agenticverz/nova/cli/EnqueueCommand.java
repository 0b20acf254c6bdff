package com.agenticverz.nova.cli;

import com.agenticverz.nova.enqueue.Enqueuer;
import com.agenticverz.nova.enqueue.InvalidRunException;
import com.agenticverz.nova.enqueue.RunReader;
import com.agenticverz.nova.node.StartFailure;
import com.agenticverz.nova.run.Enqueued;
import com.agenticverz.nova.run.NewRun;
import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.telemetry.Logging;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code enqueue}: one run from flags, or many from lines. */
@Command(
        name = "enqueue",
        description = {
            "Put one run into the queue, or many from a file, and print their ids.",
            "Every run is checked before it is written. One that is known already, by its idempotency key or as unique, is"
                    + " not enqueued again: its id is printed.",
            "Exit code 1: at least one was rejected."
        },
        footer = {
            "",
            "Examples:",
            "  nova enqueue --agent me --skill echo --params '{\"hello\":\"world\"}'",
            "  nova enqueue --agent me --plan @plan.json --priority 10 --delay 5m",
            "  nova enqueue --file runs.jsonl",
            "",
            "A line of a file: {\"agent_id\":\"me\",\"plan\":{\"steps\":[{\"skill\":\"noop\"}]},\"priority\":10}",
            "Its fields: agent_id, goal, plan, priority, max_attempts, next_attempt_at, expires_at, timeout_seconds,"
                    + " idempotency_key, concurrency_key, unique_for_seconds."
        },
        mixinStandardHelpOptions = true)
public final class EnqueueCommand implements Callable<Integer> {

    /** Each is said when it is met; at the end, for people, so many of their numbers together. */
    private static final int MOST_NUMBERS = 100;

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--agent", paramLabel = "ID", description = "Who the run belongs to (column agent_id).")
    private @Nullable String agent;

    @Option(names = "--skill", paramLabel = "NAME", description = "A plan of one step: this skill.")
    private @Nullable String skill;

    @Option(names = "--params", paramLabel = "JSON", description = "The params of --skill, an object.")
    private @Nullable String params;

    @Option(
            names = "--plan",
            paramLabel = "JSON|@FILE",
            description = "The plan, as JSON or in a file, instead of --skill.")
    private @Nullable String plan;

    @Option(names = "--goal", paramLabel = "TEXT", description = "Free text for people.")
    private @Nullable String goal;

    @Option(names = "--priority", paramLabel = "N", description = "Higher is more urgent; default 0.")
    private @Nullable Integer priority;

    @Option(
            names = "--delay",
            paramLabel = "TIME",
            description = "Not before this time has passed: 90, 90s, 5m, 2h, 1d.")
    private @Nullable String delay;

    @Option(names = "--at", paramLabel = "MOMENT", description = "Not before this moment: 2030-01-31T08:00:00Z.")
    private @Nullable String at;

    @Option(
            names = "--expires-in",
            paramLabel = "TIME",
            description = "Not started when this time has passed, it is cancelled.")
    private @Nullable String expiresIn;

    @Option(names = "--expires-at", paramLabel = "MOMENT", description = "Not started by this moment, it is cancelled.")
    private @Nullable String expiresAt;

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
            names = "--idempotency-key",
            paramLabel = "KEY",
            description = "A second run with the same key is not enqueued.")
    private @Nullable String idempotencyKey;

    @Option(
            names = "--unique-for",
            paramLabel = "TIME",
            description = "The same plan of the agent is not enqueued again in this time by a run that has it, too.")
    private @Nullable String uniqueFor;

    @Option(
            names = "--concurrency-key",
            paramLabel = "KEY",
            description = "Runs that share it are bounded together, by the table limits.")
    private @Nullable String concurrencyKey;

    @Option(
            names = "--file",
            paramLabel = "FILE|-",
            description = "Many runs, a JSON object a line, from a file or from stdin (-).")
    private @Nullable String file;

    @Option(
            names = "--json",
            description = "Print an object on one line instead of ids: id and created; of --file, the counts and the"
                    + " rejected lines.")
    private boolean json;

    @Option(names = "--quiet", description = "No progress bar on a terminal.")
    private boolean quiet;

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    private final Clock clock = Clock.systemUTC();

    @Override
    public Integer call() {
        Logging.quiet();
        if (file != null) {
            return many(file);
        }
        var run = one();
        try (var opened = database.open()) {
            var enqueued = new Enqueuer(opened.runs()).enqueue(run);
            out().println(json ? Json.write(object(enqueued)) : enqueued.id());
            out().flush();
            if (!enqueued.created()) {
                err().println("nova: not enqueued again: run " + enqueued.id() + " " + known(run));
            }
            return 0;
        } catch (InvalidRunException e) {
            throw new StartFailure("not enqueued: " + e.getMessage(), e);
        }
    }

    private static Map<String, @Nullable Object> object(Enqueued enqueued) {
        var object = new LinkedHashMap<String, @Nullable Object>();
        object.put("id", enqueued.id().toString());
        object.put("created", enqueued.created());
        return object;
    }

    private static String known(NewRun run) {
        var key = "has this idempotency key";
        var plan = "of this agent has the same plan and is recent enough";
        return run.uniqueFor() == null ? key : run.idempotencyKey() == null ? plan : key + ", or " + plan;
    }

    private NewRun one() {
        if (agent == null) {
            throw bad("--agent is missing; or give --file");
        }
        if ((skill == null) == (plan == null)) {
            throw bad(skill == null ? "--skill or --plan is missing" : "--skill and --plan exclude each other");
        }
        if (params != null && skill == null) {
            throw bad("--params needs --skill; the params of --plan stand in the plan");
        }
        if (delay != null && at != null) {
            throw bad("--delay and --at exclude each other");
        }
        if (expiresIn != null && expiresAt != null) {
            throw bad("--expires-in and --expires-at exclude each other");
        }
        var fields = new LinkedHashMap<String, @Nullable Object>();
        fields.put("agent_id", agent);
        fields.put("plan", skill == null ? json("--plan", planText()) : oneStep());
        fields.put("goal", goal);
        fields.put("priority", priority);
        fields.put("max_attempts", maxAttempts);
        fields.put("next_attempt_at", delay == null ? at : after("--delay", delay));
        fields.put("expires_at", expiresIn == null ? expiresAt : after("--expires-in", expiresIn));
        fields.put("timeout_seconds", timeout);
        fields.put("idempotency_key", idempotencyKey);
        fields.put("concurrency_key", concurrencyKey);
        fields.put(
                "unique_for_seconds",
                uniqueFor == null ? null : time("--unique-for", uniqueFor).toSeconds());
        try {
            return RunReader.of(fields);
        } catch (InvalidRunException e) {
            throw bad("not enqueued: " + e.getMessage());
        }
    }

    private Map<String, @Nullable Object> oneStep() {
        var step = new LinkedHashMap<String, @Nullable Object>();
        step.put("skill", skill);
        if (params != null) {
            step.put("params", json("--params", params));
        }
        return Map.of("steps", List.of(step));
    }

    private String planText() {
        var text = String.valueOf(plan);
        if (!text.startsWith("@")) {
            return text;
        }
        try {
            return Files.readString(Path.of(text.substring(1)));
        } catch (IOException e) {
            throw bad("--plan: the file " + text.substring(1) + " cannot be read: " + reason(e));
        }
    }

    private @Nullable Object json(String flag, String text) {
        try {
            return Json.read(text);
        } catch (IllegalArgumentException e) {
            throw bad(flag + ": " + String.valueOf(e.getMessage()).replaceAll("\\s+", " "));
        }
    }

    private String after(String flag, String time) {
        return OffsetDateTime.ofInstant(clock.instant(), ZoneOffset.UTC)
                .plus(time(flag, time))
                .toString();
    }

    private Duration time(String flag, String time) {
        try {
            return Times.parse(flag, time);
        } catch (IllegalArgumentException e) {
            throw bad(String.valueOf(e.getMessage()));
        }
    }

    private Integer many(String source) {
        if (Stream.of(
                        agent,
                        skill,
                        params,
                        plan,
                        goal,
                        priority,
                        delay,
                        at,
                        expiresIn,
                        expiresAt,
                        maxAttempts,
                        timeout,
                        idempotencyKey,
                        uniqueFor,
                        concurrencyKey)
                .anyMatch(it -> it != null)) {
            throw bad("--file goes without the flags that describe one run");
        }
        try (var input = input(source);
                var opened = database.open()) {
            var progress = new Progress(err(), size(source), !quiet && Terminal.isStderr());
            var lines = new Lines(progress);
            try {
                var counts = new Enqueuer(opened.runs()).enqueueLines(progress.counting(input), lines);
                progress.clear();
                lines.summary(counts);
                return counts.rejected() == 0 ? 0 : 1;
            } finally {
                progress.clear();
                out().flush();
            }
        } catch (Enqueuer.Interrupted e) {
            var cause = e.getCause() == null ? e : e.getCause();
            throw new StartFailure(
                    (cause instanceof IOException ? reason(cause) : Problems.of(cause)) + "; " + e.getMessage(), e);
        } catch (IOException e) {
            throw new StartFailure("--file: " + source + " cannot be read: " + reason(e), e);
        }
    }

    private static InputStream input(String source) throws IOException {
        return source.equals("-") ? System.in : Files.newInputStream(Path.of(source));
    }

    /** In bytes; 0: nobody knows. */
    private static long size(String source) throws IOException {
        return !source.equals("-") && Files.isRegularFile(Path.of(source)) ? Files.size(Path.of(source)) : 0;
    }

    /** Prints what became of lines, and keeps the numbers of the rejected ones. */
    private final class Lines implements Enqueuer.Report {

        private final Progress progress;
        private final List<Long> rejected = new ArrayList<>();
        private long accepted;

        Lines(Progress progress) {
            this.progress = progress;
        }

        @Override
        public void enqueued(long line, Enqueued run) {
            accepted++;
            if (!json) {
                progress.clear();
                out().println(run.id());
            }
        }

        @Override
        public void rejected(long line, String reason) {
            progress.clear();
            out().flush();
            err().println("nova: line " + line + ": " + reason);
            rejected.add(line);
        }

        @Override
        public void dealtWith(long line) {
            out().flush();
            progress.show(accepted, rejected.size());
        }

        void summary(Enqueuer.Counts counts) {
            // A batch that PostgreSQL refuses is looked through after the lines behind it were read.
            Collections.sort(rejected);
            if (json) {
                var object = new LinkedHashMap<String, @Nullable Object>();
                object.put("enqueued", counts.enqueued());
                object.put("known", counts.known());
                object.put("rejected", counts.rejected());
                object.put("rejected_lines", rejected);
                out().println(Json.write(object));
            }
            err().println("nova: " + counts.enqueued() + " enqueued, " + counts.known() + " known already, "
                    + counts.rejected() + " rejected" + numbers());
        }

        private String numbers() {
            if (rejected.isEmpty()) {
                return "";
            }
            var first =
                    rejected.stream().limit(MOST_NUMBERS).map(Object::toString).collect(Collectors.joining(", "));
            int more = rejected.size() - MOST_NUMBERS;
            return (rejected.size() == 1 ? ": line " : ": lines ") + first + (more > 0 ? " and " + more + " more" : "");
        }
    }

    /** The class says what the message of a file exception, the bare name, does not. */
    private static String reason(Throwable failure) {
        return failure instanceof NoSuchFileException
                ? "there is no such file"
                : failure instanceof AccessDeniedException ? "access is denied" : String.valueOf(failure.getMessage());
    }

    private ParameterException bad(String problem) {
        return new ParameterException(spec.commandLine(), problem);
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    private PrintWriter err() {
        return spec.commandLine().getErr();
    }
}
