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
     * @param marked those of them that are marked and still executed
     * @param requeued whether some of these, or of those said since the last time that nothing was left, are in the queue
     *     again
     */
    record Batch(List<Fence> fences, List<Fence> marked, boolean requeued) {}

    private final ArrayDeque<Fence> marked = new ArrayDeque<>();
    private final ArrayDeque<Fence> over = new ArrayDeque<>();
    private boolean requeued;

    /** These are marked, and go on. */
    void addMarked(Collection<Fence> fences) {
        marked.addAll(fences);
    }

    /** These are over here. */
    void add(Collection<Fence> freed, boolean back) {
        over.addAll(freed);
        requeued |= back;
    }

    /** The oldest, taken off. */
    Batch take() {
        var batch = new ArrayList<Fence>(Math.min(marked.size() + over.size(), MOST_AT_ONCE));
        while (batch.size() < MOST_AT_ONCE && !marked.isEmpty()) {
            batch.add(marked.remove());
        }
        var nowMarked = List.copyOf(batch);
        while (batch.size() < MOST_AT_ONCE && !over.isEmpty()) {
            batch.add(over.remove());
        }
        var taken = new Batch(List.copyOf(batch), nowMarked, requeued);
        // Said with each batch to the last: a look at the queue before the last is said would not find its runs.
        requeued &= !isEmpty();
        return taken;
    }

    boolean isEmpty() {
        return marked.isEmpty() && over.isEmpty();
    }
}
