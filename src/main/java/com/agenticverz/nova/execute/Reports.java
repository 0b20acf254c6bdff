package com.agenticverz.nova.execute;

import org.jspecify.annotations.Nullable;

/** What the skills of a run say of their steps, and what they said before. Thread-safe. */
interface Reports {

    /** How far a step is. Does not block. */
    void progress(String stepId, double fraction, @Nullable String note);

    /** From where another attempt at the step goes on. Does not block. */
    void heartbeat(String stepId, String detailJson);

    /** The step is over: what was said of it and is not written yet need not be. */
    void finished(String stepId);

    /**
     * What the last heartbeat of an earlier attempt at the step said; null: nothing. Waits for the database.
     *
     * @throws InterruptedException when the thread was interrupted
     */
    @Nullable
    String lastDetailJson(String stepId) throws InterruptedException;
}
