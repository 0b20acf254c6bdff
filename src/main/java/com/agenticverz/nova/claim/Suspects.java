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
 * have renewed its heartbeat, and did not. All that has to hold for {@link #CONFIRMED}, longer than the time between two
 * heartbeats: a clock of the database that is put forward makes everybody look silent once. Not thread-safe; owned by the
 * rescuer.
 */
final class Suspects {

    static final Duration SILENCE = Duration.ofSeconds(6);
    static final Duration WATCHED = Duration.ofSeconds(4);
    static final Duration CONFIRMED = Duration.ofMillis(2500);

    /** Longer between two looks, and nobody knows what happened: the database was away, or this process was stopped. */
    static final Duration LONGEST_GAP = Duration.ofSeconds(3);

    private final Map<UUID, Long> withoutRowSinceNanos = new HashMap<>();
    private final Map<UUID, Long> silentSinceNanos = new HashMap<>();
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
            silentSinceNanos.clear();
        }
        lastLookNanos = nowNanos;
        var gone = new ArrayList<UUID>();
        var withoutRow = new ArrayList<UUID>();
        var silent = new ArrayList<UUID>();
        for (var holder : holders) {
            if (speaking.contains(holder.node())) {
                continue;
            }
            if (holder.silent() == null) {
                withoutRow.add(holder.node());
            } else if (holder.silent().compareTo(SILENCE) > 0) {
                silent.add(holder.node());
            }
        }
        silentSinceNanos.keySet().retainAll(silent);
        for (var node : silent) {
            long since = silentSinceNanos.computeIfAbsent(node, _ -> nowNanos);
            if (lasted(since, CONFIRMED) && lasted(answeringSinceNanos, WATCHED)) {
                gone.add(node);
            }
        }
        withoutRowSinceNanos.keySet().retainAll(withoutRow);
        for (var node : withoutRow) {
            // A node puts its row back with its next heartbeat.
            if (lasted(withoutRowSinceNanos.computeIfAbsent(node, _ -> nowNanos), WATCHED)) {
                gone.add(node);
            }
        }
        return gone;
    }

    private boolean lasted(long sinceNanos, Duration time) {
        return lastLookNanos - sinceNanos >= time.toNanos();
    }

    /** The database did not answer: nobody could renew a heartbeat, so the watch begins anew. */
    void databaseAway() {
        answering = false;
    }
}
