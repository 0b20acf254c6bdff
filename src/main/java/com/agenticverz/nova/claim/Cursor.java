package com.agenticverz.nova.claim;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.store.ClaimResult;
import com.agenticverz.nova.store.InFlight;
import com.agenticverz.nova.store.Position;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * How far the poller has come in the queue, and what it knows to be in flight. Not thread-safe; owned by the poller.
 */
final class Cursor {

    private final Map<UUID, Fence> inFlight = new HashMap<>();
    private final Set<Fence> freedWhileReading = new HashSet<>();
    private Position position = Position.START;
    private boolean wanted = true;
    private boolean backlog;
    private boolean wokenMeanwhile;
    private boolean reading;

    /** Whether there may be something to claim. */
    boolean wanted() {
        return wanted;
    }

    /** Whether the last batch was full, so that more is likely. */
    boolean backlog() {
        return backlog;
    }

    Position position() {
        return position;
    }

    Collection<Fence> inFlight() {
        return inFlight.values();
    }

    /** Something may have come in before the position: back to the start. */
    void wake() {
        wanted = true;
        wokenMeanwhile = true;
        position = Position.START;
    }

    /** A claim is under way, from the position. */
    void claiming() {
        wokenMeanwhile = false;
    }

    /** A claim of at most {@code limit} runs was made. */
    void claimed(ClaimResult.Claimed claimed, int limit) {
        for (var run : claimed.runs()) {
            inFlight.put(run.id(), run.under(claimed.claimId()));
        }
        backlog = claimed.runs().size() == limit;
        if (!backlog) {
            reachedTheEnd();
        } else if (!wokenMeanwhile) {
            position = claimed.last();
        }
    }

    /** There was nothing to claim. */
    void empty() {
        backlog = false;
        reachedTheEnd();
    }

    /**
     * The end as seen from the start is the end; as seen from further on, something may have come in before. What a
     * wake-up meant that came while the claim was under way, the claim may have been too early to see.
     */
    private void reachedTheEnd() {
        wanted = wokenMeanwhile || !position.equals(Position.START);
        position = Position.START;
    }

    /** These runs are no longer in flight, unless they are again, under another claim. */
    void freed(Collection<Fence> fences) {
        fences.forEach(fence -> inFlight.remove(fence.runId(), fence));
        if (reading) {
            freedWhileReading.addAll(fences);
        }
    }

    /** The claims are being read. */
    void reading() {
        reading = true;
        freedWhileReading.clear();
    }

    /** What the claims list is what is in flight, except for what was freed while they were read. */
    void correct(List<InFlight> listed) {
        inFlight.clear();
        for (var run : listed) {
            var fence = new Fence(run.runId(), run.claimId(), run.attempts());
            if (!freedWhileReading.contains(fence)) {
                inFlight.put(run.runId(), fence);
            }
        }
        reading = false;
        freedWhileReading.clear();
    }
}
