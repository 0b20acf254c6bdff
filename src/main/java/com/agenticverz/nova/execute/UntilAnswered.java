package com.agenticverz.nova.execute;

import com.agenticverz.nova.store.Database;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * A question to the database on the thread of a run or of a branch, which waits for the answer however long the database is
 * away. A few are asked at the same time, whatever the runs do: each takes a platform thread and a connection, and what is
 * claimed and settled needs connections, too.
 */
final class UntilAnswered {

    /** The class of SQLSTATE of a table that is not there, or not for this role; another try would end the same. */
    private static final String NOT_FOR_US = "42";

    /** Between two tries, while the database is away. */
    private static final Duration AGAIN_AFTER = Duration.ofMillis(500);

    private static final int MOST_AT_ONCE = 4;

    /** Of the process, as the connections are. */
    private static final Semaphore TURNS = new Semaphore(MOST_AT_ONCE, true);

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
                return askOnce(question);
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

    private static <T> T askOnce(Supplier<CompletionStage<T>> question)
            throws InterruptedException, ExecutionException {
        TURNS.acquire();
        try {
            return question.get().toCompletableFuture().get();
        } finally {
            TURNS.release();
        }
    }
}
