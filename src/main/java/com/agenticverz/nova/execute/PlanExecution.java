package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Ending;
import com.agenticverz.nova.run.Plan;
import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.run.Step;
import com.agenticverz.nova.skill.InvalidPlanException;
import com.agenticverz.nova.skill.PlanReader;
import com.agenticverz.nova.skill.SkillRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at one run: its steps in order, on the thread that calls {@link #execute}, unless the plan wants them
 * otherwise. A step that an earlier attempt has finished is not executed again, and none begins before what it builds on is
 * kept.
 */
final class PlanExecution {

    /** Larger ones belong into a store for large things, with their address as the result. */
    static final int LARGEST_RESULT_CHARS = 8_000_000;

    private final SkillRegistry skills;
    private final StepExecution.Tries tries;
    private final LongSupplier nanoTime;
    private final Run run;
    private final StepExecution stepExecution;
    private final Supplier<Checkpoints> checkpointsOfRun;
    private @Nullable Plan plan;

    /**
     * An attempt at a run.
     *
     * @param checkpoints asked for by a run of several steps or items alone: one of a single step keeps nothing
     * @param signals asked by steps that wait for one
     */
    PlanExecution(
            SkillRegistry skills,
            StepExecution.Tries tries,
            LongSupplier nanoTime,
            Run run,
            Supplier<Checkpoints> checkpoints,
            SignalSource signals,
            Reports reports) {
        this.skills = skills;
        this.tries = tries;
        this.nanoTime = nanoTime;
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

    /** The step whose skill was called last, for the log; empty: none. */
    String step() {
        return stepExecution.step();
    }

    /**
     * The skills of the plan that this node does not have, each once; none of a plan that is not valid, which fails when it is
     * executed. To be asked before, on the same thread.
     */
    List<String> missingSkills() {
        try {
            plan = PlanReader.read(run.plan());
        } catch (InvalidPlanException e) {
            return List.of();
        }
        List<String> missing = List.of();
        for (var step : plan.steps()) {
            if (!skills.has(step.skill()) && !missing.contains(step.skill())) {
                missing = missing.isEmpty() ? new ArrayList<>() : missing;
                missing.add(step.skill());
            }
        }
        return missing;
    }

    /**
     * Executes the plan.
     *
     * @throws InterruptedException when the thread was interrupted; the caller knows why
     */
    Ending execute() throws InterruptedException {
        var outputs = new Outputs(run);
        try {
            var plan = this.plan != null ? this.plan : PlanReader.read(run.plan());
            if (!plan.isSequence() || hasItems(plan)) {
                executeFlow(plan, outputs);
            } else if (plan.steps().size() == 1) {
                var step = plan.steps().getFirst();
                outputs.put(step, executed(step, outputs).output());
            } else {
                executeSequence(plan, outputs);
            }
            return result(outputs.json());
        } catch (InvalidPlanException e) {
            return new Ending.Failed(e.getMessage(), false);
        } catch (StepFailed e) {
            return e.ending();
        } catch (StepExecution.Sleeps e) {
            return new Ending.Snoozed(e.duration(), e.signals(), stepExecution.signalsSeen());
        } catch (IllegalArgumentException e) {
            return new Ending.Failed("the result " + e.getMessage(), false);
        }
    }

    private static boolean hasItems(Plan plan) {
        for (var step : plan.steps()) {
            if (step.forEach() != null) {
                return true;
            }
        }
        return false;
    }

    private void executeFlow(Plan plan, Outputs outputs) throws InterruptedException, StepFailed {
        var keeper = new StepKeeper(checkpointsOfRun.get());
        var branches = new Branches(run.id(), tries);
        new FlowExecution(plan, stepExecution, keeper, outputs, branches, nanoTime).execute();
    }

    private void executeSequence(Plan plan, Outputs outputs) throws InterruptedException, StepFailed {
        var keeper = new StepKeeper(checkpointsOfRun.get());
        for (var step : plan.steps()) {
            var before = keeper.before(step);
            if (before != null) {
                outputs.put(step, before.output());
                continue;
            }
            var done = executed(step, outputs);
            outputs.put(step, done.output());
            // The last one is kept by the end of the run.
            if (step != plan.steps().getLast()) {
                keeper.keep(step, done);
            }
        }
    }

    private static Ending result(String json) {
        return json.length() <= LARGEST_RESULT_CHARS
                ? new Ending.Succeeded(json)
                : new Ending.Failed(
                        "the result has " + json.length() + " characters; allowed: at most " + LARGEST_RESULT_CHARS,
                        false);
    }

    private StepExecution.Done executed(Step step, Outputs outputs) throws InterruptedException, StepFailed {
        return stepExecution.execute(step, step.id(), outputs::input);
    }

    /** For messages: 1.5, or 90. */
    static String seconds(Duration duration) {
        return java.math.BigDecimal.valueOf(duration.toMillis(), 3)
                .stripTrailingZeros()
                .toPlainString();
    }
}
