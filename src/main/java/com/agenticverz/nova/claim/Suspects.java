package com.agenticverz.nova.claim;

import com.agenticverz.nova.store.Holder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Which nodes are gone. A node is gone when its heartbeat is older than {@link #SILENCE} by the clock of the database,
 * it has not spoken to the poller, and it was seen like that for {@link #WATCHED} without a gap: the database answered
 * all the while, so the node could have renewed its heartbeat and did not.
 */
final class Suspects {

    static final Duration SILENCE = Duration.ofSeconds(8);
    static final Duration WATCHED = Duration.ofSeconds(4);

    private final Map<UUID, Long> suspectSinceNanos = new HashMap<>();

    /**
     * Takes what the tables say now.
     *
     * @param speaking nodes that the poller has heard lately
     * @return those that are gone
     */
    List<UUID> gone(Collection<Holder> holders, Set<UUID> speaking, long nowNanos) {
        var silent = new ArrayList<UUID>();
        for (var holder : holders) {
            boolean quiet = holder.silent() == null || holder.silent().compareTo(SILENCE) > 0;
            if (quiet && !speaking.contains(holder.node())) {
                silent.add(holder.node());
            }
        }
        suspectSinceNanos.keySet().retainAll(silent);
        silent.forEach(node -> suspectSinceNanos.putIfAbsent(node, nowNanos));
        return silent.stream()
                .filter(node -> nowNanos - suspectSinceNanos.get(node) >= WATCHED.toNanos())
                .toList();
    }

    /** The database did not answer: nobody could renew a heartbeat, so all watching begins anew. */
    void databaseAway() {
        suspectSinceNanos.clear();
    }
}
