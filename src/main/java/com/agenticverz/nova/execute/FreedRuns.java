package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Fence;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** The runs that the poller has yet to hear are no longer in flight. Not thread-safe; owned by the pool. */
final class FreedRuns {

    /** More would not be sure to fit into a frame of the network; a fence takes some 60 bytes. */
    static final int MOST_AT_ONCE = 2000;

    /**
     * What to say.
     *
     * @param requeued whether some of these, or of those said since the last time that nothing was left, are in the queue
     *     again
     */
    record Batch(List<Fence> fences, boolean requeued) {}

    private final ArrayDeque<Fence> fences = new ArrayDeque<>();
    private boolean requeued;

    void add(Collection<Fence> freed, boolean back) {
        fences.addAll(freed);
        requeued |= back;
    }

    /** The oldest, taken off. */
    Batch take() {
        var batch = new ArrayList<Fence>(Math.min(fences.size(), MOST_AT_ONCE));
        while (batch.size() < MOST_AT_ONCE && !fences.isEmpty()) {
            batch.add(fences.remove());
        }
        var taken = new Batch(List.copyOf(batch), requeued);
        // Said with each batch to the last: a look at the queue before the last is said would not find its runs.
        requeued &= !fences.isEmpty();
        return taken;
    }

    boolean isEmpty() {
        return fences.isEmpty();
    }
}
