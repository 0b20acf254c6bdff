package com.agenticverz.nova.execute;

import com.agenticverz.nova.cluster.Heartbeat;
import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.settle.Settler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** The runs that this node has: those that wait for a worker, and those that are executed. Not thread-safe; owned by the pool. */
final class Workload {

    /** A run that waits for a worker. */
    record Waiting(Run run, Fence fence, long sinceNanos) {}

    private enum Mark {
        NOT_SENT,
        SENT,
        WRITTEN
    }

    /** A run that is being executed. */
    static final class Active {
        final Run run;
        final Fence fence;
        final ActorRef<Worker.Command> worker;
        private final long startedNanos;
        private Mark mark = Mark.NOT_SENT;
        private long steadySinceNanos;
        private boolean lost;

        private Active(Run run, Fence fence, ActorRef<Worker.Command> worker, long startedNanos) {
            this.run = run;
            this.fence = fence;
            this.worker = worker;
            this.startedNanos = startedNanos;
            this.steadySinceNanos = startedNanos;
        }

        private void marked(Mark state, long nowNanos) {
            mark = state;
            steadySinceNanos = nowNanos;
        }

        /** Its mark is written. */
        void marked(long nowNanos) {
            marked(Mark.WRITTEN, nowNanos);
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

        /** It is no longer this node's. */
        void lost() {
            lost = true;
        }
    }

    private final LinkedHashMap<UUID, Waiting> waiting = new LinkedHashMap<>();
    private final Map<UUID, Active> active = new HashMap<>();

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

    /** Takes off what has waited longest; null: nothing waits. */
    @Nullable
    Waiting next() {
        var first = waiting.pollFirstEntry();
        return first == null ? null : first.getValue();
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

    void started(Waiting next, ActorRef<Worker.Command> worker, long nowNanos) {
        active.put(next.run().id(), new Active(next.run(), next.fence(), worker, nowNanos));
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

    /** It is no longer executed; null: it was not. */
    @Nullable
    Active ended(UUID runId) {
        return active.remove(runId);
    }

    /** What has been executed since before that moment and is not marked: from now on its marks are on their way. */
    List<Settler.Started> toMark(long startedBeforeNanos, long nowNanos) {
        var lasting = new ArrayList<Settler.Started>();
        for (var it : active.values()) {
            if (it.mark == Mark.NOT_SENT && it.startedNanos - startedBeforeNanos <= 0) {
                it.marked(Mark.SENT, nowNanos);
                lasting.add(new Settler.Started(it.fence, it.startedNanos));
            }
        }
        return lasting;
    }
}
