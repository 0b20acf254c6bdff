package com.agenticverz.nova.execute;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is kept of a run while it is executed, so that another attempt goes on where this one ended. Blocks. */
interface Checkpoints {

    /**
     * A step that is not executed again.
     *
     * @param outputJson null where it failed and the run went on
     */
    record Finished(String skill, @Nullable String outputJson) {}

    /**
     * A step that is finished now.
     *
     * @param outputJson null where it failed and the run goes on
     * @param error why it failed; null where it did not
     * @param tries how often it was tried
     * @param ran how long the last try took
     */
    record Step(
            String id,
            String skill,
            @Nullable String outputJson,
            @Nullable String error,
            int tries,
            Duration ran) {}

    /** The database does not take what a step has put out, and never will. */
    final class Refused extends Exception {

        private static final long serialVersionUID = 1L;

        Refused(String reason) {
            super(reason);
        }
    }

    /**
     * What earlier attempts have finished, by the ids of the steps. Waits for the database.
     *
     * @throws InterruptedException when the thread was interrupted
     */
    Map<String, Finished> finished() throws InterruptedException;

    /**
     * Returns once the step is in the table. Waits for the database.
     *
     * @throws InterruptedException when the thread was interrupted, or the run is no longer this node's
     * @throws Refused when the output cannot be stored
     */
    void keep(Step step) throws InterruptedException, Refused;
}
