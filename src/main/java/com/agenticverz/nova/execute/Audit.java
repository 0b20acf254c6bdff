package com.agenticverz.nova.execute;

import com.agenticverz.nova.cluster.Heartbeat;
import com.agenticverz.nova.run.Fence;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Compares what the tables say that this node holds with what it does hold. Only what did not change since before the
 * tables were read can be judged. Not thread-safe; owned by the pool.
 *
 * <p>A run that a claim lists and that is not here, although others of the claim are, needs nothing: messages and reads
 * bring the runs of a claim all at once, so it is one that this node let go of itself, because it ended or was no longer
 * its own. The row that still lists it goes with the last of the others, and each of these is marked, settled or handed
 * back within about a second.
 */
final class Audit {

    /** A claim is older than that before its message counts as lost. One that comes yet is refused. */
    static final Duration LONGEST_WAY = Duration.ofMillis(500);

    /**
     * What to do.
     *
     * @param lost executed here, and no longer this node's
     * @param lostWaiting the same of what waits
     * @param neverArrived claims to let go
     * @param orphaned runs that the tables say are executed here, and that are not
     */
    record Findings(
            List<Workload.Active> lost, List<Fence> lostWaiting, List<Long> neverArrived, List<Fence> orphaned) {}

    private Set<Long> unknownAtLastBeat = Set.of();
    private Set<Fence> orphanedAtLastBeat = Set.of();

    Findings compare(Heartbeat.Holdings holdings, Workload workload, Arrivals arrivals) {
        return new Findings(
                workload.active().stream().filter(it -> it.isLostBy(holdings)).toList(),
                workload.waiting().stream()
                        .filter(it -> it.sinceNanos() - holdings.readNanos() < 0 && !holdings.lists(it.fence()))
                        .map(Workload.Waiting::fence)
                        .toList(),
                neverArrived(holdings, workload, arrivals),
                orphaned(holdings, workload));
    }

    /**
     * Claims that the tables list for this node, and of which nothing is here. One that never came and is old enough was
     * lost on its way. One that came is perhaps being settled; so is one that came longer ago than is remembered, and the
     * settler knows. Age alone would not do: a clock that was put back makes every claim young.
     */
    private List<Long> neverArrived(Heartbeat.Holdings holdings, Workload workload, Arrivals arrivals) {
        var here = workload.claims();
        here.addAll(arrivals.beingRead());
        var unknown = new LinkedHashSet<Long>();
        var lost = new ArrayList<Long>();
        holdings.claims().forEach((claimId, age) -> {
            if (!here.contains(claimId)) {
                unknown.add(claimId);
                boolean overdue = age.compareTo(LONGEST_WAY) > 0 && !arrivals.came(claimId);
                if (overdue || unknownAtLastBeat.contains(claimId)) {
                    lost.add(claimId);
                }
            }
        });
        unknownAtLastBeat = unknown;
        return lost;
    }

    /** At two heartbeats, because the end of a run is written a moment after it is no longer executed. */
    private List<Fence> orphaned(Heartbeat.Holdings holdings, Workload workload) {
        if (!holdings.marksRead()) {
            return List.of();
        }
        var unknown = new HashSet<Fence>();
        holdings.marked().forEach((runId, claimId) -> {
            if (!workload.executes(runId, claimId)) {
                unknown.add(new Fence(runId, claimId, 0));
            }
        });
        var orphaned = unknown.stream().filter(orphanedAtLastBeat::contains).toList();
        orphanedAtLastBeat = unknown;
        return orphaned;
    }
}
