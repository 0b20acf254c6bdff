package com.agenticverz.nova.run;

import java.time.Duration;
import java.util.Set;

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
     */
    record Snoozed(Duration duration, Set<String> signals) implements Outcome {

        public Snoozed {
            signals = Set.copyOf(signals);
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
