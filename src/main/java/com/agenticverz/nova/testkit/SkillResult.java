package com.agenticverz.nova.testkit;

import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.skill.Snooze;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one call of a skill came to: an output, a failure or a snooze, and what it has said meanwhile. Who asks for what is
 * not there gets an {@link AssertionError} that says what is.
 */
public final class SkillResult {

    /** How a call ended. */
    sealed interface End {

        record Output(String json) implements End {}

        record Failure(
                String message, boolean retryable, @Nullable Throwable cause) implements End {}

        record Snoozed(Snooze snooze) implements End {}
    }

    private final String skill;
    private final End end;
    private final Said said;

    SkillResult(String skill, End end, Said said) {
        this.skill = skill;
        this.end = end;
        this.said = said;
    }

    /** Whether there is an output. */
    public boolean succeeded() {
        return end instanceof End.Output;
    }

    /** Whether it failed. */
    public boolean failed() {
        return end instanceof End.Failure;
    }

    /** Whether it waits, and begins again later. */
    public boolean snoozed() {
        return end instanceof End.Snoozed;
    }

    /**
     * The output as the steps after this one would see it: a JSON value.
     *
     * @throws AssertionError when there is none; its cause is what the skill has thrown
     */
    public @Nullable Object output() {
        return Json.read(outputJson());
    }

    /**
     * The same as JSON text.
     *
     * @throws AssertionError when there is none
     */
    public String outputJson() {
        return end instanceof End.Output(var json) ? json : missing("output");
    }

    /**
     * What went wrong, in the words that the run would have in {@code error_message}.
     *
     * @throws AssertionError when it has not failed
     */
    public String failure() {
        return end instanceof End.Failure failure ? failure.message() : missing("failure");
    }

    /**
     * Whether another attempt would be made.
     *
     * @throws AssertionError when it has not failed
     */
    public boolean isRetryable() {
        return end instanceof End.Failure failure ? failure.retryable() : missing("failure");
    }

    /**
     * How long it waits, and for which signal.
     *
     * @throws AssertionError when it does not wait
     */
    public Snooze snooze() {
        return end instanceof End.Snoozed(var snooze) ? snooze : missing("snooze");
    }

    /** What it has said of its progress, in order. */
    public List<Progress> progress() {
        return said.progress();
    }

    /** The details that it has kept by {@link com.agenticverz.nova.skill.SkillContext#heartbeat}, in order, as JSON values. */
    public List<@Nullable Object> heartbeats() {
        return said.heartbeats();
    }

    private <T> T missing(String what) {
        throw new AssertionError(
                "there is no " + what + ": " + this, end instanceof End.Failure failure ? failure.cause() : null);
    }

    /** On one line. */
    @Override
    public String toString() {
        return "the skill " + skill
                + switch (end) {
                    case End.Output(var json) -> " put out " + Shown.start(json);
                    case End.Failure failure ->
                        " failed: " + failure.message() + (failure.retryable() ? " (retryable)" : " (permanent)");
                    case End.Snoozed(var snooze) -> " waits: " + Shown.of(snooze);
                };
    }
}
