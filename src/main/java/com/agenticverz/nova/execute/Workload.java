package com.agenticverz.nova.execute;

import com.agenticverz.nova.cluster.Heartbeat;
import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.settle.Settler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** The runs that this node has: those that wait for a worker, and those that are a worker's. Not thread-safe; owned by the pool. */
final class Workload {

    /** A run that waits for a worker. */
    record Waiting(Run run, Fence fence, long sinceNanos) {}

    private enum Mark {
        NOT_SENT,
        SENT,
        WRITTEN
    }

    /** A run that is a worker's: it is being executed, or will be next, or has ended and nobody has collected it yet. */
    static final class Active {
        final Run run;
        final Fence fence;
        final ActorRef<Worker.Command> worker;
        final Turn turn;
        private Mark mark = Mark.NOT_SENT;
        private long steadySinceNanos;
        private boolean lost;
        private @Nullable List<CompletableFuture<Boolean>> waitForMark;

        private Active(Waiting waiting, ActorRef<Worker.Command> worker, Turn turn, long nowNanos) {
            this.run = waiting.run();
            this.fence = waiting.fence();
            this.worker = worker;
            this.turn = turn;
            this.steadySinceNanos = nowNanos;
        }

        private void marked(Mark state, long nowNanos) {
            mark = state;
            steadySinceNanos = nowNanos;
        }

        /** Whether its mark has to be sent; from now on it is on its way. */
        boolean needsMark(long nowNanos) {
            boolean needed = mark == Mark.NOT_SENT;
            if (needed) {
                marked(Mark.SENT, nowNanos);
            }
            return needed;
        }

        /** Its mark is written. */
        void marked(long nowNanos) {
            marked(Mark.WRITTEN, nowNanos);
            answer(true);
        }

        private void answer(boolean marked) {
            if (waitForMark != null) {
                waitForMark.forEach(it -> it.complete(marked));
                waitForMark = null;
            }
        }

        /** Completes this with true once its mark is written; with false if it ends before. */
        void whenMarked(CompletableFuture<Boolean> marked) {
            if (mark == Mark.WRITTEN) {
                marked.complete(true);
            } else {
                waitForMark = waitForMark == null ? new ArrayList<>(1) : waitForMark;
                waitForMark.add(marked);
            }
        }

        /** When its execution began. */
        long begunNanos(long otherwise) {
            var current = turn.current();
            return current != null && current.fence().equals(fence) ? current.begunNanos() : otherwise;
        }

        /** Whether the tables say that it is no longer this node's, and it is not known to be lost yet. */
        boolean isLostBy(Heartbeat.Holdings holdings) {
            boolean steady = steadySinceNanos - holdings.readNanos() < 0;
            boolean held = switch (mark) {
                case NOT_SENT -> holdings.lists(fence);
                case SENT -> true;
                case WRITTEN -> holdings.marks(fence);
            };
            return steady && !held && !lost;
        }

        /** It is no longer this node's. False: that was known. */
        boolean lost() {
            boolean news = !lost;
            lost = true;
            return news;
        }
    }

    private final LinkedHashMap<UUID, Waiting> waiting = new LinkedHashMap<>();
    private final Map<UUID, Active> active = new HashMap<>();
    private final Set<Turn> turns = new LinkedHashSet<>();

    /** Whether it waits or is executed, under whatever claim. */
    boolean holds(UUID runId) {
        return active.containsKey(runId) || waiting.containsKey(runId);
    }

    /** The claims of what is here. */
    Set<Long> claims() {
        var claims = new HashSet<Long>();
        active.values().forEach(it -> claims.add(it.fence.claimId()));
        waiting.values().forEach(it -> claims.add(it.fence().claimId()));
        return claims;
    }

    // --- what waits

    /** A run that is not here yet. */
    void add(Run run, Fence fence, long nowNanos) {
        waiting.put(run.id(), new Waiting(run, fence, nowNanos));
    }

    Collection<Waiting> waiting() {
        return waiting.values();
    }

    /** Takes off what has waited for longer. */
    List<Fence> takeWaitingLonger(Duration time, long nowNanos) {
        var taken = new ArrayList<Fence>();
        waiting.values().removeIf(it -> {
            boolean longer = nowNanos - it.sinceNanos() > time.toNanos();
            if (longer) {
                taken.add(it.fence());
            }
            return longer;
        });
        return taken;
    }

    /** Takes off everything that waits. */
    List<Fence> takeWaiting() {
        var taken = waiting.values().stream().map(Waiting::fence).toList();
        waiting.clear();
        return taken;
    }

    /** Takes off these. */
    void removeWaiting(Collection<Fence> fences) {
        fences.forEach(fence ->
                waiting.computeIfPresent(fence.runId(), (_, it) -> it.fence().equals(fence) ? null : it));
    }

    // --- what is executed

    /** The runs that have waited longest are a worker's from now on; null: nothing waits. */
    @Nullable
    Turn begin(int most, ActorRef<Worker.Command> worker, long nowNanos) {
        var runs = new ArrayList<Waiting>(Math.min(most, waiting.size()));
        while (runs.size() < most && !waiting.isEmpty()) {
            runs.add(waiting.pollFirstEntry().getValue());
        }
        if (runs.isEmpty()) {
            return null;
        }
        var turn = new Turn(runs);
        turns.add(turn);
        runs.forEach(it -> active.put(it.run().id(), new Active(it, worker, turn, nowNanos)));
        return turn;
    }

    /** What has not begun in a turn waits again, before all others. */
    void takeBack(Turn turn) {
        for (var back : turn.takeBack().reversed()) {
            active.remove(back.run().id());
            waiting.putFirst(back.run().id(), back);
        }
    }

    /** A turn is over, and everything of it collected. */
    void ended(Turn turn) {
        turns.remove(turn);
    }

    /** Those that are not over. */
    Set<Turn> turns() {
        return Collections.unmodifiableSet(turns);
    }

    Collection<Active> active() {
        return active.values();
    }

    /** What is executed under this fence; null: nothing. */
    @Nullable
    Active active(Fence fence) {
        var found = active.get(fence.runId());
        return found != null && found.fence.equals(fence) ? found : null;
    }

    /** Whether the run is executed under this claim. */
    boolean executes(UUID runId, long claimId) {
        var found = active.get(runId);
        return found != null && found.fence.claimId() == claimId;
    }

    /** It is no longer executed, and will not be marked any more; null: it was not. */
    @Nullable
    Active ended(UUID runId) {
        var ended = active.remove(runId);
        if (ended != null) {
            ended.answer(false);
        }
        return ended;
    }

    /** What has been executed since before that moment and is not marked: from now on its marks are on their way. */
    List<Settler.Started> toMark(long begunBeforeNanos, long nowNanos) {
        var lasting = new ArrayList<Settler.Started>();
        for (var turn : turns) {
            var current = turn.current();
            if (current != null && current.begunNanos() - begunBeforeNanos <= 0) {
                var it = active(current.fence());
                if (it != null && it.needsMark(nowNanos)) {
                    lasting.add(new Settler.Started(it.fence, current.begunNanos()));
                }
            }
        }
        return lasting;
    }

    /** What has been marked since before that moment, and is not known to be lost. */
    List<Fence> markedBefore(long nanos) {
        var marked = new ArrayList<Fence>();
        for (var it : active.values()) {
            if (it.mark == Mark.WRITTEN && it.steadySinceNanos - nanos <= 0 && !it.lost) {
                marked.add(it.fence);
            }
        }
        return marked;
    }
}
