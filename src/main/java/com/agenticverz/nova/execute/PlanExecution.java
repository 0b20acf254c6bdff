package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Ending;
import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.run.Step;
import com.agenticverz.nova.run.Step.OnError;
import com.agenticverz.nova.skill.InvalidPlanException;
import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.skill.PlanReader;
import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import com.agenticverz.nova.skill.SkillFailure;
import com.agenticverz.nova.skill.SkillRegistry;
import com.agenticverz.nova.skill.Snooze;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at one run: its steps in order, on the thread that calls {@link #execute}. A step that an earlier attempt
 * has finished is not executed again, and none begins before what came before it is kept.
 */
final class PlanExecution {

    private static final Duration LONGEST_STEP_BACKOFF = Duration.ofSeconds(30);

    /** Larger ones belong into a store for large things, with their address as the result. */
    static final int LARGEST_RESULT_CHARS = 8_000_000;

    private final SkillRegistry skills;
    private final Metrics metrics;
    private final LongSupplier nanoTime;
    private final Run run;
    private final Supplier<Checkpoints> checkpointsOfRun;
    private @Nullable Map<String, @Nullable Object> input;
    private volatile boolean stopped;

    /**
     * An attempt at a run.
     *
     * @param checkpoints asked for by a run of several steps alone: one of a single step keeps nothing
     */
    PlanExecution(
            SkillRegistry skills, Metrics metrics, LongSupplier nanoTime, Run run, Supplier<Checkpoints> checkpoints) {
        this.skills = skills;
        this.metrics = metrics;
        this.nanoTime = nanoTime;
        this.run = run;
        this.checkpointsOfRun = checkpoints;
    }

    /**
     * No further step begins, and no step is tried again. The interrupt alone does not see to that: a skill may swallow
     * it. From any thread.
     */
    void stop() {
        stopped = true;
    }

    /**
     * Executes the plan.
     *
     * @throws InterruptedException when the thread was interrupted; the caller knows why
     */
    Ending execute() throws InterruptedException {
        var outputs = new LinkedHashMap<String, @Nullable Object>();
        try {
            var steps = PlanReader.read(run.plan()).steps();
            if (steps.size() == 1) {
                var step = steps.getFirst();
                outputs.put(step.outputKey(), execute(step, outputs).output());
            } else {
                executeAll(steps, outputs);
            }
            return result(Json.write(outputs));
        } catch (InvalidPlanException e) {
            return new Ending.Failed(e.getMessage(), false);
        } catch (StepFailed e) {
            return e.ending;
        } catch (Sleeps e) {
            return new Ending.Snoozed(e.snooze.duration());
        } catch (IllegalArgumentException e) {
            return new Ending.Failed("the result " + e.getMessage(), false);
        }
    }

    private void executeAll(List<Step> steps, Map<String, @Nullable Object> outputs)
            throws InterruptedException, StepFailed {
        var checkpoints = checkpointsOfRun.get();
        var finished = checkpoints.finished();
        for (var step : steps) {
            var before = finished.get(step.id());
            if (before != null && before.skill().equals(step.skill())) {
                outputs.put(step.outputKey(), before.outputJson() == null ? null : Json.read(before.outputJson()));
                continue;
            }
            var done = execute(step, outputs);
            outputs.put(step.outputKey(), done.output());
            // The last one is kept by the end of the run.
            if (step != steps.getLast()) {
                keep(checkpoints, step, done);
            }
        }
    }

    private static void keep(Checkpoints checkpoints, Step step, Done done) throws InterruptedException, StepFailed {
        try {
            checkpoints.keep(new Checkpoints.Step(
                    step.id(),
                    step.skill(),
                    done.error() == null ? json(step, done.output()) : null,
                    done.error(),
                    done.tries(),
                    done.ran()));
        } catch (Checkpoints.Refused e) {
            throw new StepFailed(step, "its output cannot be stored as jsonb: " + e.getMessage(), false);
        }
    }

    private static String json(Step step, @Nullable Object output) throws StepFailed {
        String json;
        try {
            json = Json.write(output);
        } catch (IllegalArgumentException e) {
            throw new StepFailed(step, "its output " + e.getMessage(), false);
        }
        if (json.length() > LARGEST_RESULT_CHARS) {
            throw new StepFailed(
                    step,
                    "its output has " + json.length() + " characters; allowed: at most " + LARGEST_RESULT_CHARS,
                    false);
        }
        return json;
    }

    private static Ending result(String json) {
        return json.length() <= LARGEST_RESULT_CHARS
                ? new Ending.Succeeded(json)
                : new Ending.Failed(
                        "the result has " + json.length() + " characters; allowed: at most " + LARGEST_RESULT_CHARS,
                        false);
    }

    /**
     * How a step was finished.
     *
     * @param error why it failed, where the run goes on all the same
     * @param tries 0 where it was skipped, or its params could not be filled in
     */
    private record Done(@Nullable Object output, @Nullable String error, int tries, Duration ran) {}

    private Done execute(Step step, Map<String, @Nullable Object> outputs) throws InterruptedException, StepFailed {
        Map<String, @Nullable Object> params;
        try {
            if (step.when() != null && !given(step, step.when(), outputs)) {
                return new Done(null, null, 0, Duration.ZERO);
            }
            params = step.filledIn() == null ? step.params() : given(step, step.filledIn(), outputs);
        } catch (StepFailed e) {
            if (step.onError() == OnError.CONTINUE) {
                return new Done(null, e.getMessage(), 0, Duration.ZERO);
            }
            throw e;
        }
        var skill = skills.find(step.skill())
                .orElseThrow(() -> new StepFailed(
                        step,
                        "there is no skill '" + step.skill() + "' on this node; there are "
                                + String.join(", ", skills.names()),
                        false));
        for (int attempt = 1; ; attempt++) {
            long started = nanoTime.getAsLong();
            try {
                return new Done(call(step, skill, params), null, attempt, since(started));
            } catch (StepFailed e) {
                if (step.onError() == OnError.CONTINUE) {
                    return new Done(null, e.getMessage(), attempt, since(started));
                }
                if (step.onError() != OnError.RETRY || attempt > step.retries() || !e.ending.retryable()) {
                    throw e;
                }
                Thread.sleep(backoff(attempt));
            }
        }
    }

    private Duration since(long startedNanos) {
        return Duration.ofNanos(nanoTime.getAsLong() - startedNanos);
    }

    private <T extends @Nullable Object> T given(
            Step step, Step.Reference<T> reference, Map<String, @Nullable Object> outputs)
            throws InterruptedException, StepFailed {
        if (stopped) {
            throw new InterruptedException("stopped");
        }
        var input = input(outputs);
        try {
            return reference.in(input);
        } catch (RuntimeException e) {
            throw new StepFailed(step, e instanceof SkillFailure ? e.getMessage() : e.toString(), false);
        }
    }

    /**
     * What references see: the run, and each output as JSON has it. So an attempt that executed a step and one that only
     * reads what it left behind come to the same.
     */
    private Map<String, @Nullable Object> input(Map<String, @Nullable Object> outputs) {
        if (input == null) {
            var about = new LinkedHashMap<String, Object>();
            about.put("id", run.id().toString());
            about.put("agent_id", run.agentId());
            about.put("attempt", run.attempts() + 1);
            input = new LinkedHashMap<>();
            input.put(PlanReader.RUN, about);
        }
        for (var output : outputs.entrySet()) {
            if (!input.containsKey(output.getKey())) {
                input.put(output.getKey(), Json.read(Json.write(output.getValue())));
            }
        }
        return input;
    }

    private static Duration backoff(int attempt) {
        var delay = Duration.ofMillis(500L << Math.min(attempt - 1, 10));
        return delay.compareTo(LONGEST_STEP_BACKOFF) < 0 ? delay : LONGEST_STEP_BACKOFF;
    }

    private @Nullable Object call(Step step, Skill skill, Map<String, @Nullable Object> params)
            throws InterruptedException, StepFailed {
        if (stopped) {
            throw new InterruptedException("stopped");
        }
        var context = new SkillContext(run.id(), run.agentId(), step.id(), run.attempts() + 1, run.maxAttempts());
        long started = nanoTime.getAsLong();
        try {
            var timeout = step.timeout();
            var output = timeout == null
                    ? skill.run(params, context)
                    : within(timeout, step, new FutureTask<>(() -> skill.run(params, context)));
            if (output instanceof Snooze snooze) {
                throw new Sleeps(snooze);
            }
            return output;
        } catch (InterruptedException | StepFailed | Sleeps e) {
            throw e;
        } catch (SkillFailure e) {
            throw new StepFailed(step, e.getMessage(), e.isRetryable());
        } catch (Exception | Error e) {
            throw new StepFailed(step, e.toString(), true);
        } finally {
            metrics.skillEnded(step.skill(), since(started));
        }
    }

    /** On a thread of its own, so that the step can be interrupted and left behind without the run. */
    private <T extends @Nullable Object> T within(Duration timeout, Step step, FutureTask<T> call) throws Exception {
        Thread.ofVirtual().name("step-" + run.id()).start(call);
        try {
            return call.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            // Here, because a skill may throw the same for reasons of its own.
            throw new StepFailed(
                    step, "timed out after " + seconds(timeout) + " s (timeout_seconds of the step)", true);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case Exception cause -> throw cause;
                case Error error -> throw error;
                case null, default -> throw e;
            }
        } finally {
            call.cancel(true);
        }
    }

    /** For messages: 1.5, or 90. */
    static String seconds(Duration duration) {
        return java.math.BigDecimal.valueOf(duration.toMillis(), 3)
                .stripTrailingZeros()
                .toPlainString();
    }

    /** Leaves the plan for now. */
    private static final class Sleeps extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final transient Snooze snooze;

        Sleeps(Snooze snooze) {
            super(null, null, false, false);
            this.snooze = snooze;
        }
    }

    /** Ends the plan. */
    private static final class StepFailed extends Exception {

        private static final long serialVersionUID = 1L;

        private final transient Ending.Failed ending;

        StepFailed(Step step, @Nullable String message, boolean retryable) {
            super(message, null, false, false);
            this.ending = new Ending.Failed("step " + step.id() + " (" + step.skill() + "): " + message, retryable);
        }
    }
}
