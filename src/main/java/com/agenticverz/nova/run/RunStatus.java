package com.agenticverz.nova.run;

import java.util.Locale;

/** Where a run stands; the values of {@code runs.status}. */
public enum RunStatus {
    /** Ready: the poller may claim it. A claimed run stays queued until it is marked or settled. */
    QUEUED,
    /** Not before {@code next_attempt_at}; never tried yet, or snoozed. */
    SCHEDULED,
    /** An attempt failed; the next one comes at {@code next_attempt_at}. */
    RETRY,
    /** A node executes it and it has lasted long enough to be marked. */
    RUNNING,
    /** Terminal: every step finished. */
    SUCCEEDED,
    /** Terminal: out of attempts, or failed for good. */
    FAILED,
    /** Terminal: somebody stopped it. */
    CANCELLED;

    /** The value in the table. */
    public String column() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The status with this value in the table.
     *
     * @throws IllegalArgumentException when there is none
     */
    public static RunStatus ofColumn(String value) {
        return valueOf(value.toUpperCase(Locale.ROOT));
    }

    /** Whether nothing follows. */
    public boolean isTerminal() {
        return this == SUCCEEDED || this == FAILED || this == CANCELLED;
    }
}
