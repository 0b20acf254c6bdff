package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Ending;
import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.skill.SkillContext;
import com.agenticverz.nova.skill.SkillRegistry;
import com.agenticverz.nova.store.SignalLook;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One run, executed as on a node but for what is around it: its finished steps are kept in memory, nothing is counted, and
 * no time passes between two tries. For the test kit. Thread-safe, but for {@link #attempt}: one at a time.
 */
public final class PlanTrial {

    /** How long an interrupted skill may take to end before a node leaves it behind. */
    public static final Duration GRACE = Worker.GRACE;

    /** What a node says of a skill that throws an InterruptedException of its own. */
    public static final String INTERRUPTED = Turn.INTERRUPTED;

    /** How {@code jsonb} puts it. */
    private static final String NO_TEXT = "\\u0000 cannot be converted to text";

    /**
     * A finished step that no other attempt executes again.
     *
     * @param outputJson null where it failed and the run went on
     * @param error why it failed; null where it did not
     * @param tries 0 where it was skipped
     */
    public record Kept(
            String skill,
            @Nullable String outputJson,
            @Nullable String error,
            int tries) {}

    private final SkillRegistry skills;
    private final LongSupplier nanoTime;
    private final Run run;
    private final TrialMemory memory;
    private final Map<String, Kept> kept = new LinkedHashMap<>();
    private volatile @Nullable PlanExecution execution;

    /**
     * A run that has not begun.
     *
     * @param plan as JSON text
     */
    public PlanTrial(
            SkillRegistry skills,
            LongSupplier nanoTime,
            UUID id,
            String agentId,
            String plan,
            int maxAttempts,
            TrialMemory memory) {
        this.skills = skills;
        this.nanoTime = nanoTime;
        this.run = new Run(id, agentId, plan, 0, maxAttempts, null, 0);
        this.memory = memory;
    }

    /**
     * The context of a single call, as a node would make it.
     *
     * @param attempt from 1
     */
    public static SkillContext context(
            UUID id,
            String agentId,
            String stepId,
            int attempt,
            int maxAttempts,
            BooleanSupplier cancelled,
            TrialMemory memory) {
        var run = new Run(id, agentId, "", attempt - 1, maxAttempts, null, 0);
        return new StepContext(run, stepId, cancelled, signalsOf(memory), new Said(memory), null);
    }

    /**
     * Executes the plan, but for what is kept.
     *
     * @param number of the attempt, from 1
     */
    public Ending attempt(int number) {
        var attempt = new Run(run.id(), run.agentId(), run.plan(), number - 1, run.maxAttempts(), null, 0);
        var current = new PlanExecution(
                skills, new NoTimePasses(), nanoTime, attempt, InMemory::new, signalsOf(memory), new Said(memory));
        execution = current;
        try {
            var ending = current.execute();
            return ending instanceof Ending.Succeeded(var json) && holdsNothing(json)
                    ? new Ending.Failed("the result cannot be stored as jsonb: " + NO_TEXT, false)
                    : ending;
        } catch (InterruptedException e) {
            return new Ending.Failed(INTERRUPTED, true);
        }
    }

    /** The attempt is to end; its thread has to be interrupted as well. */
    public void stop() {
        var current = execution;
        if (current != null) {
            current.stop();
        }
    }

    /** What is kept so far, by the ids of the steps, in the order in which they have finished. */
    public Map<String, Kept> kept() {
        synchronized (kept) {
            return new LinkedHashMap<>(kept);
        }
    }

    /**
     * The output of a skill as a node takes it.
     *
     * @throws IllegalArgumentException when it would not
     */
    public static String outputJson(@Nullable Object output) {
        var json = Json.write(output);
        if (json.length() > PlanExecution.LARGEST_RESULT_CHARS) {
            throw new IllegalArgumentException(
                    "has " + json.length() + " characters; allowed: at most " + PlanExecution.LARGEST_RESULT_CHARS);
        }
        if (holdsNothing(json)) {
            throw new IllegalArgumentException("cannot be stored as jsonb: " + NO_TEXT);
        }
        return json;
    }

    /** What a node says of a run that took too long. */
    public static String timedOut(Duration limit) {
        return "timed out after " + seconds(limit) + " s";
    }

    /** For messages: 1.5, or 90. */
    public static String seconds(Duration duration) {
        return PlanExecution.seconds(duration);
    }

    private static SignalSource signalsOf(TrialMemory memory) {
        // How many there were is of no use where no other process sends any.
        return (stepId, name) -> new SignalLook(memory.takeSignal(stepId, name), memory.waited(stepId, name), 0);
    }

    /** Whether a text in it has a character that PostgreSQL has no place for. */
    private static boolean holdsNothing(String json) {
        for (int at = json.indexOf("\\u0000"); at >= 0; at = json.indexOf("\\u0000", at + 1)) {
            int backslashes = 1;
            while (at - backslashes >= 0 && json.charAt(at - backslashes) == '\\') {
                backslashes++;
            }
            if (backslashes % 2 == 1) {
                return true;
            }
        }
        return false;
    }

    private static final class NoTimePasses implements StepExecution.Tries {

        @Override
        public void ended(String skill, Duration took) {}

        @Override
        public void pause(Duration duration) throws InterruptedException {
            if (Thread.interrupted()) {
                throw new InterruptedException("stopped");
            }
        }
    }

    private record Said(TrialMemory memory) implements Reports {

        @Override
        public void progress(String stepId, double fraction, @Nullable String note) {
            memory.progress(stepId, fraction, note);
        }

        @Override
        public void heartbeat(String stepId, String detailJson) {
            memory.heartbeat(stepId, detailJson);
        }

        @Override
        public void finished(String stepId) {}

        @Override
        public @Nullable String lastDetailJson(String stepId) {
            return memory.lastHeartbeat(stepId);
        }
    }

    private final class InMemory implements Checkpoints {

        @Override
        public Map<String, Finished> finished() {
            var finished = new HashMap<String, Finished>();
            kept().forEach((id, step) -> finished.put(id, new Finished(step.skill(), step.outputJson())));
            return finished;
        }

        @Override
        public void keep(Step step) throws Refused {
            if (step.outputJson() != null && holdsNothing(step.outputJson())) {
                throw new Refused(NO_TEXT);
            }
            synchronized (kept) {
                kept.put(step.id(), new Kept(step.skill(), step.outputJson(), step.error(), step.tries()));
            }
        }
    }
}
