package com.agenticverz.nova.claim;

import com.agenticverz.nova.cluster.Membership;
import com.agenticverz.nova.execute.Assign;
import com.agenticverz.nova.execute.Demand;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * The nodes and what room each has left: what it said last, less what it has been assigned since. A member that does not
 * answer is forgotten, and is back with its next word once it answers. Not thread-safe; owned by the poller.
 */
final class Roster {

    /**
     * A node that is to get runs.
     *
     * @param room at most so many; at least one
     */
    record Candidate(UUID node, ActorRef<Assign> pool, int room) {}

    /** More than one heartbeat, less than two that were missed. */
    static final Duration DATABASE_SILENCE = Duration.ofSeconds(4);

    private record Assigned(long claimId, int runs) {}

    private static final class Entry {
        Demand demand;
        long heardNanos;
        long lastTurn;
        final ArrayDeque<Assigned> onTheirWay = new ArrayDeque<>();

        Entry(Demand demand) {
            this.demand = demand;
        }

        int room() {
            return demand.room() - onTheirWay();
        }

        /** Workers that would otherwise do nothing. */
        int idle() {
            return Math.clamp(demand.idle() - onTheirWay(), 0, Math.max(0, room()));
        }

        private int onTheirWay() {
            return onTheirWay.stream().mapToInt(Assigned::runs).sum();
        }

        /** Lower for those who have waited longer. */
        long lastTurn() {
            return lastTurn;
        }
    }

    private static final Comparator<Entry> BY_ROOM = Comparator.comparingInt(Entry::room)
            .thenComparing(Comparator.comparingLong(Entry::lastTurn).reversed());
    private static final Comparator<Entry> BY_IDLE_WORKERS =
            Comparator.comparingInt(Entry::idle).thenComparing(BY_ROOM);

    private final Membership membership;
    private final Map<UUID, Entry> entries = new HashMap<>();
    private long turns;

    Roster(Membership membership) {
        this.membership = membership;
    }

    /** A node said what room it has. */
    void heard(Demand demand, long nowNanos) {
        forgetWhoDoesNotAnswer();
        if (!answers(demand.memberUid())) {
            return;
        }
        var entry = entries.computeIfAbsent(demand.node(), _ -> new Entry(demand));
        entry.demand = demand;
        entry.heardNanos = nowNanos;
        // Claims are seen in order, so an assignment older than the last one seen has arrived, or never will.
        while (!entry.onTheirWay.isEmpty() && entry.onTheirWay.peek().claimId() <= demand.lastClaimId()) {
            entry.onTheirWay.remove();
        }
    }

    /** Who is not a member yet, as far as is known here, may well be one already. */
    private boolean answers(long memberUid) {
        return membership.isMember(memberUid) ? membership.isReachable(memberUid) : !membership.wasRemoved(memberUid);
    }

    private void forgetWhoDoesNotAnswer() {
        entries.values().removeIf(entry -> !answers(entry.demand.memberUid()));
    }

    /** Runs are on their way to a node. */
    void assigned(UUID node, long claimId, int runs) {
        var entry = entries.get(node);
        if (entry != null) {
            entry.onTheirWay.add(new Assigned(claimId, runs));
            entry.lastTurn = ++turns;
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

    /**
     * The node that is next, if any has room at all; of several that are equal, the one whose last turn is longest ago.
     *
     * @param backlog whether there is plenty to claim. If so, the node with most room is next, for large batches. If not,
     *     the one with most idle workers is, and while others have idle workers too, it reads nothing ahead that they
     *     could start at once
     */
    Optional<Candidate> next(boolean backlog) {
        return inOrder(backlog).findFirst();
    }

    /** The same with all that follow, in their order. */
    Stream<Candidate> inOrder(boolean backlog) {
        forgetWhoDoesNotAnswer();
        return entries.values().stream()
                .filter(entry -> entry.room() > 0)
                .sorted((backlog ? BY_ROOM : BY_IDLE_WORKERS).reversed())
                .map(entry -> new Candidate(
                        entry.demand.node(),
                        entry.demand.pool(),
                        !backlog && othersAreIdle(entry) ? entry.idle() : entry.room()));
    }

    /** Beside the one with most idle workers; so it has some itself. */
    private boolean othersAreIdle(Entry next) {
        return entries.values().stream().anyMatch(entry -> entry != next && entry.idle() > 0);
    }

    /** Who has spoken lately. */
    Set<UUID> nodes() {
        forgetWhoDoesNotAnswer();
        return Set.copyOf(entries.keySet());
    }

    /** Whether the database has lately answered a member that answers, but not this node, by what each says itself. */
    boolean databaseAnswersOnlyOthers(UUID self, long nowNanos) {
        var here = entries.get(self);
        return here != null
                && !databaseAnswers(here, nowNanos)
                && entries.values().stream()
                        .filter(entry -> entry != here && membership.isReachable(entry.demand.memberUid()))
                        .anyMatch(entry -> databaseAnswers(entry, nowNanos));
    }

    private static boolean databaseAnswers(Entry entry, long nowNanos) {
        var silent = Duration.ofMillis(entry.demand.databaseSilentMillis()).plusNanos(nowNanos - entry.heardNanos);
        return silent.compareTo(DATABASE_SILENCE) < 0;
    }
}
