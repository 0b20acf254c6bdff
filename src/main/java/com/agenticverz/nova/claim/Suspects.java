package com.agenticverz.nova.claim;

import com.agenticverz.nova.cluster.Membership;
import com.agenticverz.nova.store.Holder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which nodes are gone. The cluster knows best: whom it has removed is gone at once, and a member that answers is not
 * gone, however old its heartbeat, because it may have lost no more than its database.
 *
 * <p>Of all others the heartbeat has to tell, by the clock of the database. Silence counts only while the database has
 * answered here for {@link #WATCHED} without a gap, so that the node could have renewed its heartbeat and did not; and
 * it has to last: {@link #CONFIRMED} is longer than the time between two heartbeats, because a clock of the database
 * that is put forward makes everybody look silent once. A member that does not answer is the cluster's to decide about;
 * only where it does not come to a decision for {@link #UNDECIDED}, silence counts there too.
 *
 * <p>Not thread-safe; owned by the rescuer.
 */
final class Suspects {

    static final Duration SILENCE = Duration.ofSeconds(6);
    static final Duration WATCHED = Duration.ofSeconds(4);
    static final Duration CONFIRMED = Duration.ofMillis(2500);
    static final Duration UNDECIDED = Duration.ofSeconds(20);

    /** Longer between two looks, and nobody knows what happened: the database was away, or this process was stopped. */
    static final Duration LONGEST_GAP = Duration.ofSeconds(3);

    /** Why a node may be gone, and for how long that has to hold until it is. */
    private enum Doubt {
        SILENT(CONFIRMED),
        /** It was rescued before, and a claim was written for it after that; or it is about to put its row in. */
        WITHOUT_ROW(WATCHED),
        SILENT_AND_UNREACHABLE(UNDECIDED);

        final Duration lasts;

        Doubt(Duration lasts) {
            this.lasts = lasts;
        }
    }

    private record Since(Doubt doubt, long nanos) {}

    private final Membership membership;
    private final Map<UUID, Since> doubts = new HashMap<>();

    /**
     * By what ids the cluster knew those who were seen here. Kept when their rows are gone, because a claim may be written
     * for a node after its rescue.
     */
    private final Map<UUID, Long> memberUids = new HashMap<>();

    private boolean answering;
    private long answeringSinceNanos;
    private long lastLookNanos;

    Suspects(Membership membership) {
        this.membership = membership;
    }

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
            doubts.clear();
        }
        lastLookNanos = nowNanos;
        var gone = new ArrayList<UUID>();
        var doubtful = new LinkedHashMap<UUID, Doubt>();
        for (var holder : holders) {
            var memberUid = memberUid(holder);
            if (memberUid != null && removed(memberUid)) {
                gone.add(holder.node());
                continue;
            }
            var doubt = doubt(holder, memberUid, speaking);
            if (doubt != null) {
                doubtful.put(holder.node(), doubt);
            }
        }
        doubts.keySet().retainAll(doubtful.keySet());
        doubtful.forEach((node, doubt) -> {
            var since = doubts.get(node);
            if (since == null || since.doubt() != doubt) {
                since = new Since(doubt, nowNanos);
                doubts.put(node, since);
            }
            if (lasted(since.nanos(), doubt.lasts) && lasted(answeringSinceNanos, WATCHED)) {
                gone.add(node);
            }
        });
        return gone;
    }

    private @Nullable Long memberUid(Holder holder) {
        var memberUid = holder.memberUid();
        if (memberUid != null) {
            memberUids.put(holder.node(), memberUid);
            return memberUid;
        }
        return memberUids.get(holder.node());
    }

    /** A node that has left the cluster itself sees everybody removed, and knows nothing any more. */
    private boolean removed(long memberUid) {
        return membership.size() > 0 && membership.wasRemoved(memberUid);
    }

    private @Nullable Doubt doubt(Holder holder, @Nullable Long memberUid, Set<UUID> speaking) {
        boolean fresh = holder.silent() != null && holder.silent().compareTo(SILENCE) <= 0;
        if (fresh || (memberUid != null && membership.isReachable(memberUid))) {
            return null;
        }
        if (memberUid != null && membership.isMember(memberUid)) {
            return Doubt.SILENT_AND_UNREACHABLE;
        }
        if (speaking.contains(holder.node())) {
            return null;
        }
        return holder.silent() == null ? Doubt.WITHOUT_ROW : Doubt.SILENT;
    }

    private boolean lasted(long sinceNanos, Duration time) {
        return lastLookNanos - sinceNanos >= time.toNanos();
    }

    /** The database did not answer: nobody could renew a heartbeat, so the watch begins anew. */
    void databaseAway() {
        answering = false;
    }
}
