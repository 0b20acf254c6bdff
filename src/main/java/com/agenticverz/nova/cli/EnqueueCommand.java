package com.agenticverz.nova.cli;

import com.agenticverz.nova.enqueue.Enqueuer;
import com.agenticverz.nova.enqueue.InvalidRunException;
import com.agenticverz.nova.enqueue.RunReader;
import com.agenticverz.nova.node.StartFailure;
import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.store.NewRun;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
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
            "Every run is checked before it is written. Exit code 1: at least one was rejected."
        },
        footer = {
            "",
            "Examples:",
            "  nova enqueue --agent me --skill echo --params '{\"hello\":\"world\"}'",
            "  nova enqueue --agent me --plan @plan.json --priority 10 --delay 5m",
            "  nova enqueue --file runs.jsonl",
            "",
            "A line of a file: {\"agent_id\":\"me\",\"plan\":{\"steps\":[{\"skill\":\"noop\"}]},\"priority\":10}",
            "Its fields: agent_id, goal, plan, priority, max_attempts, next_attempt_at, timeout_seconds,"
                    + " idempotency_key."
        },
        mixinStandardHelpOptions = true)
public final class EnqueueCommand implements Callable<Integer> {

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
            names = "--file",
            paramLabel = "FILE|-",
            description = "Many runs, a JSON object a line, from a file or from stdin (-).")
    private @Nullable String file;

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
            var id = new Enqueuer(opened.runs()).enqueue(run);
            id.ifPresentOrElse(
                    it -> out().println(it), () -> err().println("nova: the idempotency key is known already"));
            out().flush();
            return 0;
        } catch (InvalidRunException e) {
            throw new StartFailure("not enqueued: " + e.getMessage(), e);
        }
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
        var fields = new LinkedHashMap<String, @Nullable Object>();
        fields.put("agent_id", agent);
        fields.put("plan", skill == null ? json("--plan", planText()) : oneStep());
        fields.put("goal", goal);
        fields.put("priority", priority);
        fields.put("max_attempts", maxAttempts);
        fields.put("next_attempt_at", delay == null ? at : after(delay));
        fields.put("timeout_seconds", timeout);
        fields.put("idempotency_key", idempotencyKey);
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

    private String after(String time) {
        Duration duration;
        try {
            duration = Times.parse("--delay", time);
        } catch (IllegalArgumentException e) {
            throw bad(String.valueOf(e.getMessage()));
        }
        return OffsetDateTime.ofInstant(clock.instant(), ZoneOffset.UTC)
                .plus(duration)
                .toString();
    }

    private Integer many(String source) {
        if (Stream.of(agent, skill, params, plan, goal, priority, delay, at, maxAttempts, timeout, idempotencyKey)
                .anyMatch(it -> it != null)) {
            throw bad("--file goes without the flags that describe one run");
        }
        try (var input = input(source);
                var opened = database.open()) {
            var counts = new Enqueuer(opened.runs()).enqueueLines(input, new Lines());
            out().flush();
            err().println("nova: " + counts.enqueued() + " enqueued, " + counts.rejected() + " rejected, "
                    + counts.known() + " with an idempotency key that was known already");
            return counts.rejected() == 0 ? 0 : 1;
        } catch (Enqueuer.Interrupted e) {
            out().flush();
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

    private final class Lines implements Enqueuer.Report {
        @Override
        public void enqueued(UUID id) {
            out().println(id);
        }

        @Override
        public void rejected(long line, String reason) {
            err().println("nova: line " + line + ": " + reason);
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
