package com.agenticverz.nova.claim;

import com.agenticverz.nova.execute.Assign;
import com.agenticverz.nova.execute.Demand;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * The nodes and what room each has left: what it said last, less what it has been assigned since. Not thread-safe;
 * owned by the poller.
 */
final class Roster {

    /** A node that has room. */
    record Candidate(UUID node, ActorRef<Assign> pool, int room) {}

    private record Assigned(long claimId, int runs) {}

    private static final class Entry {
        Demand demand;
        long heardNanos;
        final ArrayDeque<Assigned> onTheirWay = new ArrayDeque<>();

        Entry(Demand demand) {
            this.demand = demand;
        }

        int room() {
            return demand.room() - onTheirWay.stream().mapToInt(Assigned::runs).sum();
        }
    }

    private final Map<UUID, Entry> entries = new HashMap<>();

    /** A node said what room it has. */
    void heard(Demand demand, long nowNanos) {
        var entry = entries.computeIfAbsent(demand.node(), _ -> new Entry(demand));
        entry.demand = demand;
        entry.heardNanos = nowNanos;
        // Claims are seen in order, so an assignment older than the last one seen has arrived, or never will.
        while (!entry.onTheirWay.isEmpty() && entry.onTheirWay.peek().claimId() <= demand.lastClaimId()) {
            entry.onTheirWay.remove();
        }
    }

    /** Runs are on their way to a node. */
    void assigned(UUID node, long claimId, int runs) {
        var entry = entries.get(node);
        if (entry != null) {
            entry.onTheirWay.add(new Assigned(claimId, runs));
        }
    }

    /** What no claim lists any more is not on its way: it has arrived and is done, or it was rescued. */
    void correct(Set<Long> claims) {
        entries.values().forEach(entry -> entry.onTheirWay.removeIf(it -> !claims.contains(it.claimId())));
    }

    /** Forgets who has not spoken since. */
    void forgetSilent(long heardBeforeNanos) {
        entries.values().removeIf(entry -> entry.heardNanos - heardBeforeNanos < 0);
    }

    /** The node with most room, if any has room at all; of several the same each time. */
    Optional<Candidate> mostRoom() {
        return entries.values().stream()
                .filter(entry -> entry.room() > 0)
                .max(Comparator.comparingInt(Entry::room).thenComparing(entry -> entry.demand.node()))
                .map(entry -> new Candidate(entry.demand.node(), entry.demand.pool(), entry.room()));
    }

    /** Who has spoken lately. */
    Set<UUID> nodes() {
        return Set.copyOf(entries.keySet());
    }
}
