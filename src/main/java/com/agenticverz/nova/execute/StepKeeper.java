package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Step;
import com.agenticverz.nova.skill.Json;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What a run keeps of its steps, and what it has kept in earlier attempts. Thread-safe. */
final class StepKeeper {

    /**
     * How an earlier attempt finished a step.
     *
     * @param output null also where it failed and the run went on
     */
    record Before(@Nullable Object output) {}

    private final Checkpoints checkpoints;
    private final Map<String, Checkpoints.Finished> finished;

    /** Of what was put out, as JSON: it is all in memory at the end, and so is the result. */
    private final AtomicLong chars = new AtomicLong();

    /** Reads what there is. Blocks. */
    StepKeeper(Checkpoints checkpoints) throws InterruptedException {
        this.checkpoints = checkpoints;
        this.finished = new ConcurrentHashMap<>(checkpoints.finished());
    }

    /** Takes what an earlier attempt has made of this step; null: nothing, so that it has to be executed. */
    @Nullable
    Before before(Step step) {
        var before = finished.remove(step.id());
        if (before == null || !before.skill().equals(step.skill())) {
            return null;
        }
        if (before.outputJson() == null) {
            return new Before(null);
        }
        var output = Json.read(before.outputJson());
        // Not as long as the text that the database makes of it.
        chars.addAndGet(Json.write(output).length());
        return new Before(output);
    }

    /**
     * Returns once the step is kept. Blocks.
     *
     * @throws StepFailed when it cannot be
     */
    void keep(Step step, StepExecution.Done done) throws InterruptedException, StepFailed {
        var json = done.error() == null ? json(step, done.output()) : null;
        try {
            checkpoints.keep(
                    new Checkpoints.Step(step.id(), step.skill(), json, done.error(), done.tries(), done.ran()));
        } catch (Checkpoints.Refused e) {
            throw new StepFailed(step, "its output cannot be stored as jsonb: " + e.getMessage(), false);
        }
    }

    private String json(Step step, @Nullable Object output) throws StepFailed {
        String json;
        try {
            json = Json.write(output);
        } catch (IllegalArgumentException e) {
            throw new StepFailed(step, "its output " + e.getMessage(), false);
        }
        int most = PlanExecution.LARGEST_RESULT_CHARS;
        if (json.length() > most) {
            throw new StepFailed(
                    step, "its output has " + json.length() + " characters; allowed: at most " + most, false);
        }
        // An array of outputs of items consists of what was counted before.
        long all = step.forEach() == null ? chars.addAndGet(json.length()) : 0;
        if (all > most) {
            throw new StepFailed(
                    step,
                    "with its output those of the run have " + all + " characters; allowed: at most " + most,
                    false);
        }
        return json;
    }
}
