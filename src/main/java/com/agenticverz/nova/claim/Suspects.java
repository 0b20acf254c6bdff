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
 * Which nodes are gone. A node is gone when its heartbeat is older than {@link #SILENCE} by the clock of the database, it
 * does not speak to the poller, and the database has answered here for {@link #WATCHED} without a gap: so the node could
 * have renewed its heartbeat, and did not. Not thread-safe; owned by the rescuer.
 */
final class Suspects {

    static final Duration SILENCE = Duration.ofSeconds(8);
    static final Duration WATCHED = Duration.ofSeconds(4);

    /** Longer between two looks, and nobody knows what happened: the database was away, or this process was stopped. */
    static final Duration LONGEST_GAP = Duration.ofSeconds(3);

    private final Map<UUID, Long> withoutRowSinceNanos = new HashMap<>();
    private boolean answering;
    private long answeringSinceNanos;
    private long lastLookNanos;

    /**
     * Takes what the tables say now.
     *
     * @param speaking nodes that the poller has heard lately
     * @return those that are gone
     */
    List<UUID> gone(Collection<Holder> holders, Set<UUID> speaking, long nowNanos) {
        if (!answering || nowNanos - lastLookNanos > LONGEST_GAP.toNanos()) {
            answering = true;
            answeringSinceNanos = nowNanos;
            withoutRowSinceNanos.clear();
        }
        lastLookNanos = nowNanos;
        var gone = new ArrayList<UUID>();
        var withoutRow = new ArrayList<UUID>();
        for (var holder : holders) {
            if (speaking.contains(holder.node())) {
                continue;
            }
            if (holder.silent() == null) {
                withoutRow.add(holder.node());
            } else if (holder.silent().compareTo(SILENCE) > 0 && watched(answeringSinceNanos)) {
                gone.add(holder.node());
            }
        }
        withoutRowSinceNanos.keySet().retainAll(withoutRow);
        for (var node : withoutRow) {
            // A node puts its row back with its next heartbeat.
            if (watched(withoutRowSinceNanos.computeIfAbsent(node, _ -> nowNanos))) {
                gone.add(node);
            }
        }
        return gone;
    }

    private boolean watched(long sinceNanos) {
        return lastLookNanos - sinceNanos >= WATCHED.toNanos();
    }

    /** The database did not answer: nobody could renew a heartbeat, so the watch begins anew. */
    void databaseAway() {
        answering = false;
    }
}
