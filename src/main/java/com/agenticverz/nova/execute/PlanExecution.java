package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Ending;
import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.run.Step;
import com.agenticverz.nova.skill.InvalidPlanException;
import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.skill.PlanReader;
import com.agenticverz.nova.skill.SkillRegistry;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at one run: its steps in order, on the thread that calls {@link #execute}. A step that an earlier attempt
 * has finished is not executed again, and none begins before what came before it is kept.
 */
final class PlanExecution {

    /** Larger ones belong into a store for large things, with their address as the result. */
    static final int LARGEST_RESULT_CHARS = 8_000_000;

    private final Run run;
    private final StepExecution stepExecution;
    private final Supplier<Checkpoints> checkpointsOfRun;
    private @Nullable Map<String, @Nullable Object> input;

    /**
     * An attempt at a run.
     *
     * @param checkpoints asked for by a run of several steps alone: one of a single step keeps nothing
     * @param signals asked by steps that wait for one
     */
    PlanExecution(
            SkillRegistry skills,
            Metrics metrics,
            LongSupplier nanoTime,
            Run run,
            Supplier<Checkpoints> checkpoints,
            SignalSource signals,
            Reports reports) {
        this(skills, StepExecution.Tries.of(metrics), nanoTime, run, checkpoints, signals, reports);
    }

    /** The same for tries that are not those of a node. */
    PlanExecution(
            SkillRegistry skills,
            StepExecution.Tries tries,
            LongSupplier nanoTime,
            Run run,
            Supplier<Checkpoints> checkpoints,
            SignalSource signals,
            Reports reports) {
        this.run = run;
        this.stepExecution = new StepExecution(skills, tries, nanoTime, run, signals, reports);
        this.checkpointsOfRun = checkpoints;
    }

    /**
     * No further step begins, and no step is tried again. The interrupt alone does not see to that: a skill may swallow
     * it. From any thread.
     */
    void stop() {
        stepExecution.stop();
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
                outputs.put(step.outputKey(), executed(step, outputs).output());
            } else {
                executeAll(steps, outputs);
            }
            return result(Json.write(outputs));
        } catch (InvalidPlanException e) {
            return new Ending.Failed(e.getMessage(), false);
        } catch (StepFailed e) {
            return e.ending();
        } catch (StepExecution.Sleeps e) {
            return new Ending.Snoozed(
                    e.snooze().duration(),
                    e.snooze().signal() == null ? Set.of() : Set.of(e.snooze().signal()),
                    stepExecution.signalsSeen());
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
            var done = executed(step, outputs);
            outputs.put(step.outputKey(), done.output());
            // The last one is kept by the end of the run.
            if (step != steps.getLast()) {
                keep(checkpoints, step, done);
            }
        }
    }

    private static void keep(Checkpoints checkpoints, Step step, StepExecution.Done done)
            throws InterruptedException, StepFailed {
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

    private StepExecution.Done executed(Step step, Map<String, @Nullable Object> outputs)
            throws InterruptedException, StepFailed {
        return stepExecution.execute(step, step.id(), () -> input(outputs));
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

    /** For messages: 1.5, or 90. */
    static String seconds(Duration duration) {
        return java.math.BigDecimal.valueOf(duration.toMillis(), 3)
                .stripTrailingZeros()
                .toPlainString();
    }
}
