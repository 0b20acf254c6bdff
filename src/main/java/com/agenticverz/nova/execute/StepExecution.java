package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.run.Step;
import com.agenticverz.nova.run.Step.OnError;
import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillFailure;
import com.agenticverz.nova.skill.SkillRegistry;
import com.agenticverz.nova.skill.Snooze;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Executes single steps of a run: whether it is executed at all, its params, its tries, its timeout. Thread-safe. */
final class StepExecution {

    private static final int NEVER_LOOKED = Integer.MAX_VALUE;

    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(30);

    /**
     * How a step was finished.
     *
     * @param error why it failed, where the run goes on all the same
     * @param tries 0 where it was skipped, or its params could not be filled in
     * @param ran how long the last try took
     */
    record Done(@Nullable Object output, @Nullable String error, int tries, Duration ran) {}

    /** What tries are to the world around them. */
    interface Tries {

        /** One call of a skill has ended. */
        void ended(String skill, Duration took);

        /** Lets time pass before the next try. */
        void pause(Duration duration) throws InterruptedException;

        /**
         * A skill goes on though it was interrupted: whether its thread may be left to itself. If not, it is waited for.
         *
         * @param step for the log
         */
        default boolean leave(Thread thread, UUID runId, String step) {
            return true;
        }

        /** Those of a node: they are counted, and they wait. */
        static Tries of(Metrics metrics, Abandoned abandoned) {
            return new Tries() {
                @Override
                public void ended(String skill, Duration took) {
                    metrics.skillEnded(skill, took);
                }

                @Override
                public void pause(Duration duration) throws InterruptedException {
                    Thread.sleep(duration);
                }

                @Override
                public boolean leave(Thread thread, UUID runId, String step) {
                    return abandoned.leave(thread, runId, step);
                }
            };
        }
    }

    /** Leaves the plan for now. */
    static final class Sleeps extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final Duration duration;
        private final transient Set<String> signals;

        Sleeps(Duration duration, Set<String> signals) {
            super(null, null, false, false);
            this.duration = duration;
            this.signals = Set.copyOf(signals);
        }

        Duration duration() {
            return duration;
        }

        /** The names of those that end it earlier. */
        Set<String> signals() {
            return signals;
        }
    }

    private final SkillRegistry skills;
    private final Tries tries;
    private final LongSupplier nanoTime;
    private final Run run;
    private final SignalSource signals;
    private final Reports reports;
    private final AtomicInteger leastSignalsSeen = new AtomicInteger(NEVER_LOOKED);
    private volatile boolean stopped;
    private volatile @Nullable Step executed;

    StepExecution(
            SkillRegistry skills, Tries tries, LongSupplier nanoTime, Run run, SignalSource signals, Reports reports) {
        this.skills = skills;
        this.tries = tries;
        this.nanoTime = nanoTime;
        this.run = run;
        this.signals = signals;
        this.reports = reports;
    }

    /** No further step begins, and none is tried again. From any thread. */
    void stop() {
        stopped = true;
    }

    /** The step whose skill was called last, for the log; empty: none. */
    String step() {
        var step = executed;
        return step == null ? "" : name(step);
    }

    private static String name(Step step) {
        return step.id() + " (" + step.skill() + ")";
    }

    /**
     * The fewest signals that any of the steps which wait saw when it looked for its own; null: none has looked. Where
     * more have been sent by now, one of them may have come too late for the look, and too early for the sleep.
     */
    @Nullable
    Integer signalsSeen() {
        int least = leastSignalsSeen.get();
        return least == NEVER_LOOKED ? null : Integer.valueOf(least);
    }

    /**
     * Executes a step, unless its condition is not met.
     *
     * @param id of the step, or of its item
     * @param input what its references see; asked for if it has any
     * @throws Sleeps when it waits
     */
    Done execute(Step step, String id, Supplier<Map<String, @Nullable Object>> input)
            throws InterruptedException, StepFailed {
        Map<String, @Nullable Object> params;
        try {
            if (step.when() != null && !given(step, step.when(), input)) {
                return new Done(null, null, 0, Duration.ZERO);
            }
            params = step.filledIn() == null ? step.params() : given(step, step.filledIn(), input);
        } catch (StepFailed e) {
            if (step.onError() == OnError.CONTINUE) {
                return new Done(null, e.getMessage(), 0, Duration.ZERO);
            }
            throw e;
        }
        var skill = skills.find(step)
                .orElseThrow(() -> new StepFailed(
                        step,
                        "there is no skill '" + step.skill() + "' on this node; there are "
                                + String.join(", ", skills.names()),
                        false));
        StepContext context = null;
        for (int attempt = 1; ; attempt++) {
            long started = nanoTime.getAsLong();
            context = new StepContext(run, id, () -> stopped, signals, reports, context);
            try {
                var output = call(step, skill, params, context);
                context.finished();
                return new Done(output, null, attempt, since(started));
            } catch (StepFailed e) {
                if (stopped) {
                    // Whatever the skill has made of its interrupt, it is not its failure.
                    throw new InterruptedException("stopped");
                }
                if (step.onError() == OnError.CONTINUE) {
                    context.finished();
                    return new Done(null, e.getMessage(), attempt, since(started));
                }
                if (step.onError() != OnError.RETRY
                        || attempt > step.retries()
                        || !e.ending().retryable()) {
                    throw e;
                }
                tries.pause(backoff(attempt));
            }
        }
    }

    /**
     * What a step is executed for, unless its condition is not met: then null.
     *
     * @param input what its references see
     */
    @Nullable
    List<@Nullable Object> items(Step step, Map<String, @Nullable Object> input)
            throws InterruptedException, StepFailed {
        if (step.forEach() == null || step.when() != null && !given(step, step.when(), () -> input)) {
            return null;
        }
        return given(step, step.forEach().items(), () -> input);
    }

    private Duration since(long startedNanos) {
        return Duration.ofNanos(nanoTime.getAsLong() - startedNanos);
    }

    private <T extends @Nullable Object> T given(
            Step step, Step.Reference<T> reference, Supplier<Map<String, @Nullable Object>> input)
            throws InterruptedException, StepFailed {
        if (stopped) {
            throw new InterruptedException("stopped");
        }
        try {
            return reference.in(input.get());
        } catch (RuntimeException e) {
            throw new StepFailed(step, e instanceof SkillFailure ? e.getMessage() : e.toString(), false);
        }
    }

    private static Duration backoff(int attempt) {
        var delay = Duration.ofMillis(500L << Math.min(attempt - 1, 10));
        return delay.compareTo(LONGEST_BACKOFF) < 0 ? delay : LONGEST_BACKOFF;
    }

    private @Nullable Object call(Step step, Skill skill, Map<String, @Nullable Object> params, StepContext context)
            throws InterruptedException, StepFailed {
        if (stopped) {
            throw new InterruptedException("stopped");
        }
        executed = step;
        long started = nanoTime.getAsLong();
        try {
            var timeout = step.timeout();
            var output = timeout == null
                    ? skill.run(params, context)
                    : within(timeout, step, context, new FutureTask<>(() -> skill.run(params, context)));
            if (output instanceof Snooze snooze) {
                var seen = snooze.signal() == null ? null : context.signalsSeen(snooze.signal());
                if (seen != null) {
                    leastSignalsSeen.accumulateAndGet(seen, Math::min);
                }
                throw new Sleeps(snooze.duration(), snooze.signal() == null ? Set.of() : Set.of(snooze.signal()));
            }
            return output;
        } catch (InterruptedException | StepFailed | Sleeps e) {
            throw e;
        } catch (SkillFailure e) {
            throw new StepFailed(step, e.getMessage(), e.isRetryable());
        } catch (Exception | Error e) {
            throw new StepFailed(step, e.toString(), true);
        } finally {
            context.over();
            tries.ended(step.skill(), since(started));
        }
    }

    /** On a thread of its own, so that the step can be interrupted and left behind without the run. */
    private <T extends @Nullable Object> T within(Duration timeout, Step step, StepContext context, FutureTask<T> call)
            throws Exception {
        var thread = Thread.ofVirtual().name("step-" + run.id()).start(call);
        try {
            return call.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            // Here, because a skill may throw the same for reasons of its own.
            context.over();
            call.cancel(true);
            leave(thread, step);
            throw new StepFailed(
                    step,
                    "timed out after " + PlanExecution.seconds(timeout) + " s (timeout_seconds of the step)",
                    true);
        } catch (InterruptedException e) {
            call.cancel(true);
            awaitEnd(thread);
            throw e;
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case Exception cause -> throw cause;
                case Error error -> throw error;
                case null, default -> throw e;
            }
        }
    }

    /** Waits until it has ended, but not for ever, unless there are too many already that did not. */
    private void leave(Thread thread, Step step) throws InterruptedException {
        try {
            boolean left = thread.join(Worker.GRACE);
            while (!left) {
                left = tries.leave(thread, run.id(), name(step)) || thread.join(Worker.GRACE);
            }
        } catch (InterruptedException e) {
            awaitEnd(thread);
            throw e;
        }
    }

    /** The run is stopped. Its thread lasts as long as that of the step, so that the worker knows of both. */
    private static void awaitEnd(Thread thread) {
        boolean ended = false;
        while (!ended) {
            try {
                thread.join();
                ended = true;
            } catch (InterruptedException e) {
                // The worker waits no longer than it wants to.
            }
        }
    }
}
