package com.agenticverz.nova.settle;

import com.agenticverz.nova.run.Ending;
import com.agenticverz.nova.run.Outcome;
import java.time.Duration;

/**
 * What the end of an attempt makes of a run.
 *
 * @param base the delay after the first attempt
 * @param max the longest delay
 */
public record RetryPolicy(Duration base, Duration max) {

    /** Longer messages are cut, with a note of how much is missing. */
    static final int LONGEST_MESSAGE_CHARS = 4000;

    /** Delays are shortened by up to this share, so that runs that failed together do not come back together. */
    static final double JITTER = 0.2;

    /**
     * The outcome of an attempt.
     *
     * @param attempt its number, from 1
     * @param maxAttempts attempts in all
     * @param random from 0 to 1, for the jitter
     */
    public Outcome decide(Ending ending, int attempt, int maxAttempts, double random) {
        return switch (ending) {
            case Ending.Succeeded(var resultJson) -> new Outcome.Succeeded(resultJson);
            case Ending.Snoozed(var duration, var signals, var seen) -> new Outcome.Snoozed(duration, signals, seen);
            case Ending.Failed(var message, var retryable)
            when retryable && attempt < maxAttempts -> new Outcome.Retry(storable(message), delay(attempt, random));
            case Ending.Failed(var message, var retryable)
            when retryable && maxAttempts > 1 ->
                new Outcome.Failed(storable(message + " (attempt " + attempt + " of " + maxAttempts + ")"));
            case Ending.Failed(var message, var _) -> new Outcome.Failed(storable(message));
        };
    }

    /** {@code min(base · 2^(attempt−1), max)}, less the jitter. */
    public Duration delay(int attempt, double random) {
        double nanos = Math.min(base.toNanos() * Math.pow(2, attempt - 1), max.toNanos());
        return Duration.ofNanos(Math.round(nanos * (1 - JITTER * random)));
    }

    /** As PostgreSQL's text can hold it: cut, and without the one character that it cannot. */
    static String storable(String message) {
        var text = message.replace('\u0000', '\uFFFD');
        if (text.length() <= LONGEST_MESSAGE_CHARS) {
            return text;
        }
        // Not between the halves of a character.
        int end = Character.isHighSurrogate(text.charAt(LONGEST_MESSAGE_CHARS - 1))
                ? LONGEST_MESSAGE_CHARS - 1
                : LONGEST_MESSAGE_CHARS;
        return text.substring(0, end) + "… (" + (text.length() - end) + " more characters)";
    }
}
