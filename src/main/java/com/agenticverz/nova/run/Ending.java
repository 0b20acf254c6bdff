package com.agenticverz.nova.run;

import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How one attempt at a run ended, before anybody decided what that makes of the run. */
public sealed interface Ending {

    /**
     * Every step finished.
     *
     * @param resultJson the outputs by their keys, as JSON text
     */
    record Succeeded(String resultJson) implements Ending {}

    /**
     * A step waits: the run sleeps in the table and the step begins again later. Not the end of the attempt.
     *
     * @param duration how long, at least
     * @param signals the names of those that end it earlier; none: nothing does
     * @param signalsSeen how many signals had been sent to the run when the step looked for its own: if there are more by
     *     now, the step begins again at once; null: it has not looked
     */
    record Snoozed(
            Duration duration,
            Set<String> signals,
            @Nullable Integer signalsSeen) implements Ending {

        public Snoozed {
            signals = Set.copyOf(signals);
        }

        /** For a step that has not looked. */
        public Snoozed(Duration duration, Set<String> signals) {
            this(duration, signals, null);
        }
    }

    /**
     * A step failed, the run took too long, or its worker broke.
     *
     * @param message for people
     * @param retryable whether another attempt could end otherwise
     */
    record Failed(String message, boolean retryable) implements Ending {}
}
