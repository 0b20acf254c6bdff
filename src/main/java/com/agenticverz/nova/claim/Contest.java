package com.agenticverz.nova.claim;

import com.agenticverz.nova.store.Queued;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which run of some lanes is next: they are merged in the order in which the queue is served. For one pick of a batch. Not
 * thread-safe.
 */
final class Contest {

    static final Comparator<Contest> BY_PASS =
            Comparator.<Contest>comparingDouble(it -> it.pass).thenComparing(it -> it.agentId);

    private static final class Head {
        private final List<Queued> runs;
        private int next;

        private Head(List<Queued> runs) {
            this.runs = runs;
        }

        private Queued run() {
            return runs.get(next);
        }
    }

    /** Whose lanes they are; empty: everybody's. */
    final String agentId;

    /** How much the agent has had. */
    double pass;

    private final PriorityQueue<Head> heads;

    Contest(String agentId, ServingOrder order) {
        this.agentId = agentId;
        this.heads = new PriorityQueue<>(Comparator.comparing(Head::run, order));
    }

    void add(LaneQueue lane) {
        heads.add(new Head(lane.waiting()));
    }

    /** The next one that may be picked; null: there is none. What may not now may not later in this pick either. */
    @Nullable
    Queued next(Predicate<Queued> mayBePicked) {
        while (!heads.isEmpty()) {
            var head = heads.remove();
            var run = head.run();
            head.next++;
            if (head.next < head.runs.size()) {
                heads.add(head);
            }
            if (mayBePicked.test(run)) {
                return run;
            }
        }
        return null;
    }
}
