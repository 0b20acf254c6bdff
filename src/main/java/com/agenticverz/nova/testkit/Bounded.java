package com.agenticverz.nova.testkit;

import com.agenticverz.nova.execute.PlanTrial;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/** Something that is stopped after a while, as the worker of a node does it: an interrupt, and a grace. */
final class Bounded {

    /**
     * What became of it.
     *
     * @param before what it came to before it was stopped; null: it was stopped
     * @param after what it came to within the grace; null: nothing
     * @param endedInTime whether it ended within the grace
     * @param took from the interrupt to its end, or to the end of the grace
     */
    record Stop<T>(@Nullable T before, @Nullable T after, boolean endedInTime, Duration took) {}

    private Bounded() {}

    /**
     * Does it on a virtual thread, as on a node.
     *
     * @param stop called before the interrupt
     */
    static <T> Stop<T> stopAfter(Duration delay, Callable<T> work, Runnable stop) {
        var task = new FutureTask<>(work);
        var thread = Thread.ofVirtual().name("skill-tester").start(task);
        try {
            if (thread.join(delay)) {
                return new Stop<>(value(task), null, true, Duration.ZERO);
            }
            stop.run();
            long interruptedNanos = System.nanoTime();
            thread.interrupt();
            boolean ended = thread.join(PlanTrial.GRACE);
            var took = Duration.ofNanos(System.nanoTime() - interruptedNanos);
            return new Stop<>(null, ended ? value(task) : null, ended, took);
        } catch (InterruptedException e) {
            stop.run();
            thread.interrupt();
            Thread.currentThread().interrupt();
            throw new AssertionError("the test was interrupted while it waited for the skill", e);
        }
    }

    private static <T> @Nullable T value(FutureTask<T> ended) throws InterruptedException {
        try {
            return ended.get();
        } catch (ExecutionException e) {
            throw switch (e.getCause()) {
                case RuntimeException cause -> cause;
                case Error cause -> throw cause;
                case null, default -> new IllegalStateException(e);
            };
        }
    }
}
