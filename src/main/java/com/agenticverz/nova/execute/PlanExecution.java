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
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One attempt at one run: its steps in order, on the thread that calls {@link #execute}. */
final class PlanExecution {

    private static final Duration LONGEST_STEP_BACKOFF = Duration.ofSeconds(30);

    /** Larger ones belong into a store for large things, with their address as the result. */
    static final int LARGEST_RESULT_CHARS = 8_000_000;

    private final SkillRegistry skills;
    private final Metrics metrics;
    private final LongSupplier nanoTime;
    private final Run run;
    private @Nullable Map<String, @Nullable Object> input;
    private volatile boolean stopped;

    PlanExecution(SkillRegistry skills, Metrics metrics, LongSupplier nanoTime, Run run) {
        this.skills = skills;
        this.metrics = metrics;
        this.nanoTime = nanoTime;
        this.run = run;
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
            for (var step : PlanReader.read(run.plan()).steps()) {
                outputs.put(step.outputKey(), output(step, outputs));
            }
            return result(Json.write(outputs));
        } catch (InvalidPlanException e) {
            return new Ending.Failed(e.getMessage(), false);
        } catch (StepFailed e) {
            return e.ending;
        } catch (IllegalArgumentException e) {
            return new Ending.Failed("the result " + e.getMessage(), false);
        }
    }

    private static Ending result(String json) {
        return json.length() <= LARGEST_RESULT_CHARS
                ? new Ending.Succeeded(json)
                : new Ending.Failed(
                        "the result has " + json.length() + " characters; allowed: at most " + LARGEST_RESULT_CHARS,
                        false);
    }

    private @Nullable Object output(Step step, Map<String, @Nullable Object> outputs)
            throws InterruptedException, StepFailed {
        Map<String, @Nullable Object> params;
        try {
            if (step.when() != null && !given(step, step.when(), outputs)) {
                return null;
            }
            params = step.filledIn() == null ? step.params() : given(step, step.filledIn(), outputs);
        } catch (StepFailed e) {
            if (step.onError() == OnError.CONTINUE) {
                return null;
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
            try {
                return call(step, skill, params);
            } catch (StepFailed e) {
                if (step.onError() == OnError.CONTINUE) {
                    return null;
                }
                if (step.onError() != OnError.RETRY || attempt > step.retries() || !e.ending.retryable()) {
                    throw e;
                }
                Thread.sleep(backoff(attempt));
            }
        }
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
            return timeout == null
                    ? skill.run(params, context)
                    : within(timeout, step, new FutureTask<>(() -> skill.run(params, context)));
        } catch (InterruptedException | StepFailed e) {
            throw e;
        } catch (SkillFailure e) {
            throw new StepFailed(step, e.getMessage(), e.isRetryable());
        } catch (Exception | Error e) {
            throw new StepFailed(step, e.toString(), true);
        } finally {
            metrics.skillEnded(step.skill(), Duration.ofNanos(nanoTime.getAsLong() - started));
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

    private static String seconds(Duration duration) {
        return java.math.BigDecimal.valueOf(duration.toMillis(), 3)
                .stripTrailingZeros()
                .toPlainString();
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
