package com.agenticverz.nova.execute;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What one run executes at the same time, each on a virtual thread of its own. The thread of the run owns them: it starts
 * them, takes what they come to one after the other, and at the end leaves none behind but skills that ignore their
 * interrupt.
 */
final class Branches implements AutoCloseable {

    /** What a branch does. On its own thread. */
    interface Work {
        Then execute(Branch branch) throws InterruptedException, StepFailed;
    }

    /** What comes of it. On the thread of the run. */
    interface Then {
        void execute();
    }

    private record Ended(
            Branch branch, @Nullable Then then, @Nullable Throwable cause) {}

    /** Shorter than that of the worker: the thread of the run is to end before it is given up itself. */
    static final Duration GRACE = Duration.ofMillis(1500);

    private final String name;
    private final StepExecution.Tries tries;
    private final BlockingQueue<Ended> ended = new LinkedBlockingQueue<>();
    private final Semaphore over = new Semaphore(0);
    private final Set<Branch> running = new LinkedHashSet<>();
    private int started;
    private boolean stopped;

    /**
     * None so far.
     *
     * @param name of the run, for those who look at threads
     * @param tries is told of what is left behind
     */
    Branches(String name, StepExecution.Tries tries) {
        this.name = name;
        this.tries = tries;
    }

    /** Those that were started, and whose end was not taken yet. */
    int running() {
        return running.size();
    }

    /** Starts another one. */
    void start(String id, Work work) {
        var branch = new Branch(name + "/" + id, work);
        running.add(branch);
        started++;
        branch.thread.start();
    }

    /**
     * Waits for the next one that ends.
     *
     * @throws StepFailed if it failed
     * @throws InterruptedException when the run is stopped, or a skill says so
     */
    Then next() throws InterruptedException, StepFailed {
        Ended next;
        try {
            next = ended.take();
        } catch (InterruptedException e) {
            stopped = true;
            throw e;
        }
        running.remove(next.branch());
        return switch (next.cause()) {
            case null -> next.then();
            case InterruptedException e -> throw e;
            case StepFailed e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException(next.cause());
        };
    }

    /**
     * Interrupts those that are left, and waits until they have ended, but not for ever. One that has only to be kept is
     * let go on, unless the run is stopped: what is finished need not be done again.
     */
    @Override
    public void close() {
        running.forEach(branch -> branch.interrupt(stopped));
        boolean interrupted = false;
        boolean allOver = false;
        try {
            allOver = allOver();
        } catch (InterruptedException e) {
            interrupted = true;
            running.forEach(branch -> branch.interrupt(true));
            try {
                allOver = allOver();
            } catch (InterruptedException again) {
                // Somebody is in a hurry.
            }
        }
        if (!allOver) {
            running.forEach(Branch::leaveBehind);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean allOver() throws InterruptedException {
        return over.tryAcquire(started, GRACE.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** One of them. */
    final class Branch {

        private final Thread thread;
        private boolean keeps;
        private boolean interruptedForGood;
        private boolean hasEnded;
        private boolean leftBehind;

        private Branch(String name, Work work) {
            this.thread = Thread.ofVirtual().name(name).unstarted(() -> execute(work));
        }

        private void execute(Work work) {
            Ended end;
            try {
                end = new Ended(this, work.execute(this), null);
            } catch (Throwable e) {
                end = new Ended(this, null, e);
            }
            synchronized (this) {
                hasEnded = true;
            }
            ended.add(end);
            over.release();
        }

        /**
         * Its skill has returned, and what comes now is kept whatever becomes of the others. Called by the branch.
         *
         * @throws InterruptedException if it is too late for that
         */
        synchronized void keeps() throws InterruptedException {
            if (leftBehind) {
                throw new InterruptedException("left behind");
            }
            keeps = true;
            if (!interruptedForGood) {
                // It was for the skill.
                Thread.interrupted();
            }
        }

        private synchronized void interrupt(boolean forGood) {
            interruptedForGood |= forGood;
            if (forGood || !keeps) {
                thread.interrupt();
            }
        }

        private synchronized void leaveBehind() {
            if (!hasEnded) {
                leftBehind = true;
                thread.interrupt();
                if (!keeps) {
                    tries.leftBehind();
                }
            }
        }
    }
}
