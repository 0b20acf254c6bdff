package com.agenticverz.nova.execute;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What one run executes at the same time, each on a virtual thread of its own. The thread of the run owns them: it starts
 * them, takes what they come to one after the other, and at the end leaves none behind but skills that ignore their
 * interrupt, as far as these may be.
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

    private final UUID runId;
    private final StepExecution.Tries tries;
    private final BlockingQueue<Ended> ended = new LinkedBlockingQueue<>();
    private final Semaphore over = new Semaphore(0);
    private final Set<Branch> running = new LinkedHashSet<>();
    private int started;
    private boolean stopped;

    /**
     * None so far.
     *
     * @param runId for those who look at threads
     * @param tries knows how many skills may be left behind
     */
    Branches(UUID runId, StepExecution.Tries tries) {
        this.runId = runId;
        this.tries = tries;
    }

    /** Those that were started, and whose end was not taken yet. */
    int running() {
        return running.size();
    }

    /** Starts another one. */
    void start(String id, Work work) {
        var branch = new Branch(id, work);
        running.add(branch);
        started++;
        // First, so that there is one left for the thread of the run, whatever the branch does.
        Carriers.branchStarts();
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
            interrupted |= leaveBehind();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Those that may not be left to themselves are waited for: there are too many already.
     *
     * @return whether the thread of the run was interrupted meanwhile
     */
    private boolean leaveBehind() {
        boolean interrupted = false;
        var left = new ArrayList<>(running);
        left.removeIf(Branch::leaveBehind);
        while (!left.isEmpty()) {
            try {
                left.getFirst().thread.join(GRACE);
            } catch (InterruptedException e) {
                // The worker waits no longer than it wants to.
                interrupted = true;
            }
            left.removeIf(Branch::leaveBehind);
        }
        return interrupted;
    }

    private boolean allOver() throws InterruptedException {
        return over.tryAcquire(started, GRACE.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** One of them. */
    final class Branch {

        private final String id;
        private final Thread thread;
        private boolean keeps;
        private boolean interruptedForGood;
        private boolean hasEnded;
        private boolean leftBehind;

        private Branch(String id, Work work) {
            this.id = id;
            this.thread = Thread.ofVirtual().name("run-" + runId + "/" + id).unstarted(() -> execute(work));
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
            Carriers.branchEnds();
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

        /** Whether nobody needs to wait for it: it has ended, only keeps what it has done, or may go on by itself. */
        private synchronized boolean leaveBehind() {
            if (hasEnded) {
                return true;
            }
            if (!keeps && !tries.leave(thread, runId, id)) {
                return false;
            }
            leftBehind = true;
            thread.interrupt();
            return true;
        }
    }
}
