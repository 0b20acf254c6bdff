package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Ending;
import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Run;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a worker executes in one go: one run, or several short ones one after the other, so that the messages and the
 * thread that a run costs are shared by them.
 *
 * <p>Three take part. The thread of the worker begins a run and ends it; the worker stops the one that is being executed;
 * the pool takes back what has not begun, at any moment, and collects what has ended, even before the turn is over. So a
 * run that turns out to be long holds up none of those behind it. Thread-safe.
 */
final class Turn {

    /** What became of a run whose skill lets through an interrupt that there was none of. */
    static final String INTERRUPTED = "the skill was interrupted, but not by Nova";

    /** A run that is being executed. */
    record Current(Run run, Fence fence, long begunNanos) {}

    /** How a run of the turn ended. */
    record Result(Fence fence, Worker.Verdict verdict, Duration ran, long endedNanos) {}

    private final ArrayDeque<Workload.Waiting> notBegun;
    private final List<Result> results = new ArrayList<>();
    private final int size;
    private @Nullable Long begunNanos;
    private @Nullable Current current;
    private @Nullable PlanExecution plan;
    private @Nullable Thread thread;
    private Worker.@Nullable Verdict stopped;
    private boolean over;

    /**
     * A turn of its own for these runs.
     *
     * @param runs at least one
     */
    Turn(List<Workload.Waiting> runs) {
        notBegun = new ArrayDeque<>(runs);
        size = runs.size();
    }

    /** A turn of one run. */
    static Turn of(Run run, Fence fence, long sinceNanos) {
        return new Turn(List.of(new Workload.Waiting(run, fence, sinceNanos)));
    }

    /** How many runs it was made of. */
    int size() {
        return size;
    }

    // --- the thread that executes

    /**
     * The next run begins, on the thread that asks. Null: there is none, or the last one was stopped, after which
     * nothing more begins.
     */
    synchronized Workload.@Nullable Waiting begin(long nowNanos) {
        if (over) {
            return null;
        }
        var next = notBegun.poll();
        if (next != null) {
            // Where the last skill left its thread interrupted, the next one is not to blame.
            Thread.interrupted();
            thread = Thread.currentThread();
            current = new Current(next.run(), next.fence(), nowNanos);
            begunNanos = begunNanos == null ? nowNanos : begunNanos;
        }
        return next;
    }

    /** This is the plan of the run that was begun. */
    synchronized void executes(PlanExecution plan) {
        this.plan = plan;
        if (stopped != null) {
            plan.stop();
        }
    }

    /**
     * The run that was begun has ended. Too late, if it was left behind meanwhile.
     *
     * @param ending null: it was interrupted
     */
    synchronized void end(@Nullable Ending ending, long nowNanos) {
        if (current == null) {
            return;
        }
        if (stopped == null) {
            close(new Worker.Verdict.Over(ending != null ? ending : new Ending.Failed(INTERRUPTED, true)), nowNanos);
        } else if ((ending instanceof Ending.Succeeded || ending instanceof Ending.Snoozed) && !lost(stopped)) {
            // It made it after all.
            close(new Worker.Verdict.Over(ending), nowNanos);
        } else {
            close(stopped, nowNanos);
        }
    }

    /**
     * Nothing of the run that was begun was executed, for want of these skills. That is no failure, whatever it was stopped
     * for meanwhile.
     */
    synchronized void unable(List<String> skills, long nowNanos) {
        if (current != null) {
            close(
                    stopped != null && lost(stopped) ? stopped : new Worker.Verdict.Unable(List.copyOf(skills)),
                    nowNanos);
        }
    }

    private void close(Worker.Verdict verdict, long nowNanos) {
        if (current != null) {
            var ran = Duration.ofNanos(nowNanos - current.begunNanos());
            results.add(new Result(current.fence(), verdict, ran, nowNanos));
        }
        current = null;
        plan = null;
    }

    private static boolean lost(Worker.Verdict verdict) {
        return verdict instanceof Worker.Verdict.Stopped(var reason) && reason == Worker.Reason.LOST;
    }

    // --- the worker

    /** Nothing in the turn may take longer than its timeout, and this is the shortest of what has not begun. */
    synchronized Duration shortestTimeout(Duration otherwise) {
        return notBegun.stream()
                .map(it -> it.run().timeout(otherwise))
                .min(Duration::compareTo)
                .orElse(otherwise);
    }

    /** Whether its first run began before that moment. */
    synchronized boolean hasBegunBefore(long nanos) {
        return begunNanos != null && begunNanos - nanos < 0;
    }

    /** What is being executed; null: nothing, at this moment. */
    synchronized @Nullable Current current() {
        return current;
    }

    /**
     * Interrupts a run, if it is the one that is being executed.
     *
     * @param verdict what becomes of it, unless it succeeds all the same. The first one counts, but a run that is lost is
     *     lost
     * @return whether it was interrupted now
     */
    synchronized boolean stop(Fence fence, Worker.Verdict verdict) {
        if (current == null || !current.fence().equals(fence)) {
            return false;
        }
        if (stopped != null) {
            stopped = lost(verdict) ? verdict : stopped;
            return false;
        }
        stopped = verdict;
        over = true;
        if (plan != null) {
            plan.stop();
        }
        if (thread != null) {
            thread.interrupt();
        }
        return true;
    }

    /** The step that is being executed, for the log; empty: none. */
    synchronized String step() {
        return plan == null ? "" : plan.step();
    }

    /** The run that was stopped does not end: it is left to itself, and what it does yet counts for nothing. */
    synchronized void leaveBehind(long nowNanos) {
        if (stopped != null) {
            close(stopped, nowNanos);
        }
    }

    /**
     * The worker broke. What is being executed, or else the run that would have been next, has failed; the others are not
     * to blame.
     */
    synchronized void broke(String cause, long nowNanos) {
        if (current == null && !over) {
            var next = notBegun.poll();
            if (next != null) {
                current = new Current(next.run(), next.fence(), nowNanos);
            }
        } else if (current != null) {
            stop(current.fence(), new Worker.Verdict.Stopped(Worker.Reason.LOST));
        }
        over = true;
        close(new Worker.Verdict.Over(new Ending.Failed("the worker of this run broke: " + cause, true)), nowNanos);
    }

    // --- the pool

    /** Takes off what has not begun, in its order; it never will here. */
    synchronized List<Workload.Waiting> takeBack() {
        var taken = List.copyOf(notBegun);
        notBegun.clear();
        return taken;
    }

    /** Takes off one run, if it has not begun. */
    synchronized boolean takeBack(Fence fence) {
        for (Iterator<Workload.Waiting> it = notBegun.iterator(); it.hasNext(); ) {
            if (it.next().fence().equals(fence)) {
                it.remove();
                return true;
            }
        }
        return false;
    }

    /** What has ended since this was asked last. */
    synchronized List<Result> takeResults() {
        var taken = List.copyOf(results);
        results.clear();
        return taken;
    }
}
