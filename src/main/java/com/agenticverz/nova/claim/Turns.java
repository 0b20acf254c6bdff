package com.agenticverz.nova.claim;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Whose turn it is among agents: the one that has had least, each by its weight. Stride scheduling (Waldspurger and Weihl,
 * 1995): each agent has a pass, which a turn moves on by the reciprocal of its weight, and the lowest pass is next. Who
 * comes anew, or comes back, begins at the pass of whoever is next: nobody saves turns up, and nobody who comes waits for
 * more than one turn of each other one. Not thread-safe; owned by the poller.
 */
final class Turns {

    private final Map<String, Double> passes = new HashMap<>();
    /** The lowest pass at which a turn was taken last. */
    private double now;

    /** How much it has had; lower is sooner. */
    double pass(String agentId) {
        return Math.max(now, passes.getOrDefault(agentId, now));
    }

    /** It has had a turn. */
    void took(String agentId, double weight) {
        double pass = pass(agentId);
        now = pass;
        passes.put(agentId, pass + 1 / weight);
    }

    /** A turn that came to nothing is no turn. */
    void gaveBack(String agentId, double weight) {
        passes.computeIfPresent(agentId, (_, pass) -> pass - 1 / weight);
    }

    /** Forgets everybody else, once they owe nothing: who has nothing queued for a moment does not come back ahead. */
    void retain(Set<String> agentIds) {
        passes.entrySet().removeIf(it -> it.getValue() <= now && !agentIds.contains(it.getKey()));
    }
}
