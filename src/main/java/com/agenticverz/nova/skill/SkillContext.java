package com.agenticverz.nova.skill;

import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Which step of which attempt a skill works for, and what it can tell and ask Nova meanwhile. Thread-safe. */
public interface SkillContext {

    /** The run. */
    UUID runId();

    /** Who the run belongs to. */
    String agentId();

    /** The step within its plan; of a step with {@code for_each} with the number of its item, such as {@code post[3]}. */
    String stepId();

    /** The number of this attempt at the run, from 1. */
    int attempt();

    /** Attempts in all. */
    int maxAttempts();

    /** The same for every attempt at this step of this run, and for no other step: for services that ask for one. */
    default String idempotencyKey() {
        return runId() + "/" + stepId();
    }

    /**
     * Whether the step is to end: its run was cancelled, taken away or timed out, or the node drains. The thread of the
     * skill is interrupted too; this is for code that cannot be.
     */
    boolean isCancelled();

    /**
     * Says how far the step is, for {@code nova runs show}. Does not block. Say it as often as you like: it is written once a
     * second at most, and what was said before that is replaced by what is said later.
     *
     * @param fraction from 0 to 1
     * @param note for people, up to 1000 characters; null: none
     * @throws IllegalArgumentException for any other fraction, or a longer note
     */
    void progress(double fraction, @Nullable String note);

    /**
     * Keeps a detail for {@link #lastHeartbeat} of a later attempt at the same step, such as the position up to which it
     * has come. Does not block, and is written once a second at most, as progress is.
     *
     * <p>The last one is there for the next attempt when this one fails, times out, sleeps, or is handed back by a drain. When
     * the node dies, what was said in the last second or so is lost, or more while the database is away: what a step has done
     * after the detail that it is given, it does again.
     *
     * @param detail a JSON value, up to 100,000 characters as JSON
     * @throws IllegalArgumentException when it has no JSON form, is larger, or holds NUL
     */
    void heartbeat(@Nullable Object detail);

    /**
     * What this step said last by {@link #heartbeat}, in this attempt or else in an earlier one, as a JSON value; null:
     * nothing. Waits for the database, unless it was said in this attempt.
     *
     * @throws InterruptedException when the thread was interrupted
     */
    @Nullable
    Object lastHeartbeat() throws InterruptedException;

    /**
     * Takes a signal that was sent to the run, before or while it waits for it; it is this step's from then on, and every
     * attempt at the step is given the same. Empty: there is none yet; {@link Snooze#untilSignal} waits for it. Waits for
     * the database.
     *
     * @param name as the sender calls it: 1 to 200 characters of visible ASCII and spaces
     * @throws IllegalArgumentException when no signal can be called so
     * @throws InterruptedException when the thread was interrupted
     */
    Optional<Signal> signal(String name) throws InterruptedException;

    /**
     * For how long this step has waited for a signal of that name: the time, by the clock of the database, from the first
     * time that any attempt at the step asked for it to the last time that this one did. Zero before it did.
     *
     * @param name as the sender calls it
     */
    Duration waited(String name);

    /**
     * What was sent to a run from the outside.
     *
     * @param payload a JSON value
     */
    record Signal(@Nullable Object payload) {}
}
