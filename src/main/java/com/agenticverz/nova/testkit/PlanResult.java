package com.agenticverz.nova.testkit;

import com.agenticverz.nova.run.Ending;
import com.agenticverz.nova.skill.Json;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What one attempt at a run came to: a result, a failure, or a sleep. Who asks for what is not there gets an
 * {@link AssertionError} that says what is. The run goes on with {@link #again} or {@link #wake}.
 */
public final class PlanResult {

    /**
     * How long a run sleeps in the table, at least.
     *
     * @param signals the names of those that end it earlier
     */
    public record Sleep(Duration duration, Set<String> signals) {}

    private final PlanRun run;
    private final int attempt;
    private final Ending ending;
    private final Map<String, StepResult> steps;

    PlanResult(PlanRun run, int attempt, Ending ending, Map<String, StepResult> steps) {
        this.run = run;
        this.attempt = attempt;
        this.ending = ending;
        this.steps = steps;
    }

    /** The number of the attempt, from 1. */
    public int attempt() {
        return attempt;
    }

    /** Whether every step finished. */
    public boolean succeeded() {
        return ending instanceof Ending.Succeeded;
    }

    /** Whether it failed. */
    public boolean failed() {
        return ending instanceof Ending.Failed;
    }

    /** Whether it sleeps. */
    public boolean snoozed() {
        return ending instanceof Ending.Snoozed;
    }

    /**
     * The outputs by their keys, as the column {@code result} has them.
     *
     * @throws AssertionError when it has not succeeded
     */
    public Map<String, @Nullable Object> result() {
        return Objects.requireNonNull(Json.object(Json.read(resultJson())));
    }

    /**
     * The same as JSON text.
     *
     * @throws AssertionError when it has not succeeded
     */
    public String resultJson() {
        return ending instanceof Ending.Succeeded(var json) ? json : missing("result");
    }

    /**
     * What went wrong, as the column {@code error_message} has it.
     *
     * @throws AssertionError when it has not failed
     */
    public String failure() {
        return ending instanceof Ending.Failed failed ? failed.message() : missing("failure");
    }

    /**
     * Whether another attempt would be made, as long as there are any left.
     *
     * @throws AssertionError when it has not failed
     */
    public boolean isRetryable() {
        return ending instanceof Ending.Failed failed ? failed.retryable() : missing("failure");
    }

    /**
     * How long it sleeps, and for what.
     *
     * @throws AssertionError when it does not
     */
    public Sleep sleep() {
        return ending instanceof Ending.Snoozed snoozed
                ? new Sleep(snoozed.duration(), snoozed.signals())
                : missing("sleep");
    }

    /** The steps that have begun or were skipped, this time or in an earlier attempt, in the order of that. */
    public List<StepResult> steps() {
        return List.copyOf(steps.values());
    }

    /**
     * One of them.
     *
     * @param id of the step; of an item of a step with {@code for_each} with its number, such as {@code post[3]}
     * @throws AssertionError when it has not begun
     */
    public StepResult step(String id) {
        var step = steps.get(id);
        if (step == null) {
            throw new AssertionError("step " + id + " has not begun; these have: "
                    + (steps.isEmpty() ? "none" : String.join(", ", steps.keySet())) + "; " + this);
        }
        return step;
    }

    /** What a step has said of its progress, in all attempts, in order. */
    public List<Progress> progress(String id) {
        return run.said(id).progress();
    }

    /** The details that a step has kept by its heartbeats, in all attempts, in order. */
    public List<@Nullable Object> heartbeats(String id) {
        return run.said(id).heartbeats();
    }

    // --- what follows

    /**
     * Sends a signal to the run.
     *
     * @param payload a JSON value
     * @throws IllegalArgumentException when it has no JSON form
     */
    public PlanResult signal(String name, @Nullable Object payload) {
        run.send(name, payload);
        return this;
    }

    /**
     * The next attempt, after one that failed: the steps that it has finished are not executed again.
     *
     * @throws AssertionError when a node would make none
     */
    public PlanResult again() {
        if (!(ending instanceof Ending.Failed failed)) {
            throw new AssertionError("no attempt follows: " + this);
        }
        if (!failed.retryable()) {
            throw new AssertionError("no attempt follows a failure for good: " + this);
        }
        return run.next(this);
    }

    /**
     * Goes on with a run that sleeps, with the step that waits: a signal for it has come, or else its time is over. The
     * skill {@code wait} sees the time pass; another one that looks at a clock does not.
     *
     * @throws AssertionError when it does not sleep
     */
    public PlanResult wake() {
        return run.wake(this, sleep());
    }

    private <T> T missing(String what) {
        throw new AssertionError("there is no " + what + ": " + this, run.cause());
    }

    /** On one line. */
    @Override
    public String toString() {
        return "attempt " + attempt
                + switch (ending) {
                    case Ending.Succeeded(var json) -> " succeeded: " + Shown.start(json);
                    case Ending.Failed(var message, var retryable) ->
                        " failed: " + message + (retryable ? " (retryable)" : " (permanent)");
                    case Ending.Snoozed snoozed ->
                        " sleeps: " + snoozed.duration()
                                + (snoozed.signals().isEmpty()
                                        ? ""
                                        : ", or until a signal "
                                                + snoozed.signals().stream()
                                                        .sorted()
                                                        .collect(Collectors.joining(", ")));
                };
    }
}
