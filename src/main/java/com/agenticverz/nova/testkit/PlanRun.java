package com.agenticverz.nova.testkit;

import com.agenticverz.nova.execute.PlanTrial;
import com.agenticverz.nova.run.Ending;
import com.agenticverz.nova.run.Plan;
import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.skill.PlanReader;
import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.builtin.WaitSkill;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A run of a plan: its attempts, one after the other, and what is kept between them. */
final class PlanRun {

    private final Plan plan;
    private final Setup setup;
    private final RunMemory memory;
    private final PlanTrial trial;
    private volatile Calls calls = new Calls();
    private @Nullable PlanResult last;

    /**
     * A run that has not begun.
     *
     * @throws com.agenticverz.nova.skill.InvalidPlanException when the plan is none
     */
    PlanRun(String json, Skills skills, Setup setup) {
        this.plan = PlanReader.read(json);
        this.setup = setup;
        this.memory = setup.memory();
        this.trial = new PlanTrial(
                skills.registryOf(this::recorded),
                System::nanoTime,
                UUID.randomUUID(),
                setup.agentId(),
                json,
                setup.maxAttempts(),
                memory);
    }

    private Skill recorded(Skill skill) {
        return new RecordedSkill(skill instanceof WaitSkill ? new WaitSkill(memory.clock()) : skill, () -> calls);
    }

    PlanResult first() {
        return attempt(setup.attempt());
    }

    PlanResult next(PlanResult failed) {
        goesOnFrom(failed);
        if (failed.attempt() >= setup.maxAttempts()) {
            throw new AssertionError("no attempt follows the last one of " + setup.maxAttempts() + ": " + failed);
        }
        return attempt(failed.attempt() + 1);
    }

    PlanResult wake(PlanResult sleeping, PlanResult.Sleep sleep) {
        goesOnFrom(sleeping);
        if (sleep.signals().stream().noneMatch(memory::holds)) {
            memory.clock().pass(sleep.duration());
        }
        return attempt(sleeping.attempt());
    }

    private void goesOnFrom(PlanResult result) {
        if (result != last) {
            throw new IllegalStateException("the run has gone on since; it is now: " + last);
        }
    }

    void send(String name, @Nullable Object payload) {
        memory.send(name, payload);
    }

    Said said(String stepId) {
        return memory.said(stepId);
    }

    /** What the last call of a skill that failed has thrown. */
    @Nullable
    Throwable cause() {
        return calls.cause();
    }

    private PlanResult attempt(int number) {
        var before = trial.kept().keySet();
        calls = new Calls();
        var ending = ending(number);
        var result = new PlanResult(this, number, ending, steps(before, ending));
        last = result;
        return result;
    }

    private Ending ending(int number) {
        var limit = setup.limit();
        if (limit == null) {
            return trial.attempt(number);
        }
        var stop = Bounded.stopAfter(limit, () -> trial.attempt(number), trial::stop);
        if (stop.before() != null) {
            return stop.before();
        }
        // It made it after all, as on a node.
        return stop.after() == null || stop.after() instanceof Ending.Failed
                ? new Ending.Failed(PlanTrial.timedOut(limit), true)
                : stop.after();
    }

    private Map<String, StepResult> steps(Set<String> before, Ending ending) {
        var steps = new LinkedHashMap<String, StepResult>();
        var kept = trial.kept();
        for (var id : before) {
            steps.put(id, of(id, kept.get(id), true));
        }
        calls.byStep().forEach((id, ofStep) -> {
            var call = ofStep.getLast();
            var step = kept.get(id);
            // What is kept says more: the timeout of a step is none of its skill.
            var error = step == null ? call.error() : step.error();
            var output = step == null ? outputOfLast(id, ending) : read(step.outputJson());
            steps.put(id, new StepResult(id, call.skill(), ofStep.size(), call.params(), output, error, false));
        });
        kept.forEach((id, step) -> steps.computeIfAbsent(id, _ -> of(id, step, false)));
        if (ending instanceof Ending.Succeeded) {
            // The last one is neither kept nor called where it was skipped, or had items.
            for (var step : plan.steps()) {
                steps.computeIfAbsent(
                        step.id(),
                        id -> new StepResult(id, step.skill(), 0, null, outputOfLast(id, ending), null, false));
            }
        }
        return steps;
    }

    private static StepResult of(String id, PlanTrial.Kept kept, boolean before) {
        return new StepResult(id, kept.skill(), 0, null, read(kept.outputJson()), kept.error(), before);
    }

    /** What is not kept, for it stands in the result. */
    private @Nullable Object outputOfLast(String id, Ending ending) {
        if (!(ending instanceof Ending.Succeeded(var json))) {
            return null;
        }
        var result = Objects.requireNonNull(Json.object(Json.read(json)));
        return plan.steps().stream()
                .filter(step -> step.id().equals(id))
                .findFirst()
                .map(step -> result.get(step.outputKey()))
                .orElse(null);
    }

    private static @Nullable Object read(@Nullable String json) {
        return json == null ? null : Json.read(json);
    }
}
