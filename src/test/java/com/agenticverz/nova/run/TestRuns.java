package com.agenticverz.nova.run;

import java.util.UUID;

/** Runs for tests. */
public final class TestRuns {

    /** One step that does nothing. */
    public static final String NOOP = "{\"steps\":[{\"skill\":\"noop\"}]}";

    private TestRuns() {}

    /** A run that has never been tried, of at most five attempts. */
    public static Run run() {
        return run(NOOP);
    }

    /** The same with a plan. */
    public static Run run(String plan) {
        return new Run(UUID.randomUUID(), "agent", plan, 0, 5, null, 0);
    }

    /** The same with a timeout. */
    public static Run runFor(double timeoutSeconds) {
        return new Run(UUID.randomUUID(), "agent", NOOP, 0, 5, timeoutSeconds, 0);
    }
}
