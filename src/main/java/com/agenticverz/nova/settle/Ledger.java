package com.agenticverz.nova.settle;

import com.agenticverz.nova.run.Fence;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * What this node holds, as its settler sees it: per run whether it is marked, per claim which of its runs still need
 * its row. Not thread-safe; owned by the settler.
 */
final class Ledger {

    /** How far the mark of a run has come. */
    enum Marked {
        /** Not sent. */
        NO,
        /** Sent, and the answer was lost. */
        IN_DOUBT,
        /** Written. */
        YES
    }

    private final Map<Fence, Marked> runs = new HashMap<>();
    private final Map<Long, Set<UUID>> needed = new LinkedHashMap<>();

    /** A claim has arrived. */
    void opened(long claimId, Collection<Fence> fences) {
        var ids = new HashSet<UUID>();
        for (var fence : fences) {
            runs.put(fence, Marked.NO);
            ids.add(fence.runId());
        }
        needed.put(claimId, ids);
    }

    /** Whether a claim still has runs that need its row, or its row has not been deleted yet. */
    boolean knows(long claimId) {
        return needed.containsKey(claimId);
    }

    /** How far the mark of a run has come; NO where the run is unknown. */
    Marked marked(Fence fence) {
        return runs.getOrDefault(fence, Marked.NO);
    }

    /** Whether the run is held. */
    boolean holds(Fence fence) {
        return runs.containsKey(fence);
    }

    /** Those of these runs that are not held under their claim, whatever their attempts. */
    List<Fence> unknown(Collection<Fence> fences) {
        record Place(UUID runId, long claimId) {}
        var held = new HashSet<Place>();
        runs.keySet().forEach(fence -> held.add(new Place(fence.runId(), fence.claimId())));
        return fences.stream()
                .filter(fence -> !held.contains(new Place(fence.runId(), fence.claimId())))
                .toList();
    }

    /** A mark was sent and its answer was lost. */
    void markInDoubt(Fence fence) {
        runs.computeIfPresent(fence, (_, marked) -> marked == Marked.YES ? marked : Marked.IN_DOUBT);
    }

    /** A mark is written: the run no longer needs the row of its claim. */
    void marked(Fence fence, boolean written) {
        if (written) {
            runs.computeIfPresent(fence, (_, _) -> Marked.YES);
            noLongerNeeds(fence);
        }
    }

    /** The run is no longer held: settled, handed back, or lost. */
    void forget(Fence fence) {
        runs.remove(fence);
        noLongerNeeds(fence);
    }

    private void noLongerNeeds(Fence fence) {
        var ids = needed.get(fence.claimId());
        if (ids != null) {
            ids.remove(fence.runId());
        }
    }

    /** The claims whose rows nobody needs once {@code written} no longer need theirs. */
    List<Long> finishedAfter(Collection<Fence> written) {
        var left = new HashMap<Long, Integer>();
        for (var fence : written) {
            var ids = needed.get(fence.claimId());
            if (ids != null && ids.contains(fence.runId())) {
                left.merge(fence.claimId(), -1, Integer::sum);
            }
        }
        return needed.entrySet().stream()
                .filter(entry -> entry.getValue().size() + left.getOrDefault(entry.getKey(), 0) == 0)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The rows of these claims are gone. */
    void closed(Collection<Long> claims) {
        claims.forEach(needed::remove);
    }
}
