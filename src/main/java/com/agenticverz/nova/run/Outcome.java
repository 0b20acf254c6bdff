package com.agenticverz.nova.run;

import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What an attempt makes of its run: the one thing that a settlement writes. */
public sealed interface Outcome {

    /** The status that the run gets. */
    RunStatus status();

    /**
     * The run is done.
     *
     * @param resultJson the outputs by their keys, as JSON text
     */
    record Succeeded(String resultJson) implements Outcome {
        @Override
        public RunStatus status() {
            return RunStatus.SUCCEEDED;
        }
    }

    /**
     * The run sleeps, and the attempt goes on later.
     *
     * @param duration how long, from now
     * @param signals the names of those that end it earlier; none: nothing does
     * @param signalsSeen if more have been sent to the run by now, it is queued again at once; null: however many have
     * @param started false: nothing of it was executed in this attempt, so that it may yet expire
     */
    record Snoozed(
            Duration duration,
            Set<String> signals,
            @Nullable Integer signalsSeen,
            boolean started) implements Outcome {

        public Snoozed {
            signals = Set.copyOf(signals);
        }

        /** Something of it was executed. */
        public Snoozed(Duration duration, Set<String> signals, @Nullable Integer signalsSeen) {
            this(duration, signals, signalsSeen, true);
        }

        /** Whatever has been sent. */
        public Snoozed(Duration duration, Set<String> signals) {
            this(duration, signals, null);
        }

        /** Nothing of it was executed. */
        public static Snoozed notStarted(Duration duration) {
            return new Snoozed(duration, Set.of(), null, false);
        }

        @Override
        public RunStatus status() {
            return RunStatus.SCHEDULED;
        }
    }

    /**
     * The attempt failed and another one follows.
     *
     * @param message what went wrong, for people
     * @param delay the time from now to the next attempt
     */
    record Retry(String message, Duration delay) implements Outcome {
        @Override
        public RunStatus status() {
            return RunStatus.RETRY;
        }
    }

    /**
     * The run has failed: for good, or for want of further attempts.
     *
     * @param message what went wrong, for people
     */
    record Failed(String message) implements Outcome {
        @Override
        public RunStatus status() {
            return RunStatus.FAILED;
        }
    }
}
