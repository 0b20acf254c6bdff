package com.agenticverz.nova.execute;

import com.agenticverz.nova.store.Database;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/** A question to the database on the thread of a run, which waits for the answer however long the database is away. */
final class UntilAnswered {

    /** The class of SQLSTATE of a table that is not there, or not for this role; another try would end the same. */
    private static final String NOT_FOR_US = "42";

    /** Between two tries, while the database is away. */
    private static final Duration AGAIN_AFTER = Duration.ofMillis(500);

    private UntilAnswered() {}

    /**
     * Asks until there is an answer.
     *
     * @param problem what it is that cannot be done, for the message of the failure
     * @throws IllegalStateException when there will never be one
     * @throws InterruptedException when the thread was interrupted
     */
    static <T> T ask(String problem, Supplier<CompletionStage<T>> question) throws InterruptedException {
        while (true) {
            try {
                return question.get().toCompletableFuture().get();
            } catch (ExecutionException e) {
                var state = Database.sqlState(e);
                if (state != null && state.startsWith(NOT_FOR_US)) {
                    throw new IllegalStateException(problem + ": " + Database.reason(e), e);
                }
                // Not a failure of the run: without an answer it could only begin from the start.
                Thread.sleep(AGAIN_AFTER);
            }
        }
    }
}
