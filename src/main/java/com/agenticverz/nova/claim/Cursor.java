package com.agenticverz.nova.claim;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.store.ClaimResult;
import com.agenticverz.nova.store.InFlight;
import com.agenticverz.nova.store.Patience;
import com.agenticverz.nova.store.Position;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How far the poller has come in the queue, and what it knows to be in flight. Not thread-safe; owned by the poller.
 *
 * <p>Whatever may have come in before the position sends it back to the start. From there the statement walks over the
 * dead index entries of all that was done before, as long as nobody cleans them up: a transaction that stays open
 * anywhere keeps them all. So a look from the start that was slow is not repeated soon. Until it may be, what wakes the
 * poller is looked for from a little before the last run that was claimed, which finds what was enqueued just now. What
 * is more urgent than that run, or was created long before it, waits for the next look from the start.
 */
final class Cursor {

    /** A look from the start that takes no longer is made whenever something wakes the poller. */
    static final Duration FAST = Duration.ofMillis(20);

    /** A run counts as created when its transaction begins, and is seen when that commits. */
    static final Duration LATE_COMMIT = Duration.ofSeconds(2);

    private final LongSupplier nanoTime;
    private final Patience patience = new Patience(FAST);
    private final Map<UUID, Fence> inFlight = new HashMap<>();

    /** Those of them that this poller did not claim; where they stand in the queue is unknown. */
    private final Set<UUID> strangers = new HashSet<>();

    private final Set<Fence> freedWhileReading = new HashSet<>();

    /** Claims that this poller made, as far as they may still be listed: it has heard of all of their runs. */
    private final Set<Long> ownClaims = new HashSet<>();

    private Position position = Position.START;
    private Position from = Position.START;
    private @Nullable Position last;
    private @Nullable Position furthest;
    private boolean wanted = true;
    private boolean backlog;
    private boolean wokenMeanwhile;
    private boolean reading;
    private long claimingSinceNanos;

    Cursor(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

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

    /** What the next claim has to leave out: nothing, where it begins behind all that is in flight. */
    Collection<Fence> inFlight() {
        boolean behindAll = strangers.isEmpty() && furthest != null && position.compareTo(furthest) >= 0;
        return behindAll ? List.of() : inFlight.values();
    }

    /** Something may have come in before the position: back to the start, or as far back as pays. */
    void wake() {
        wanted = true;
        wokenMeanwhile = true;
        position = back();
    }

    private Position back() {
        if (last == null || patience.isOver(nanoTime.getAsLong())) {
            return Position.START;
        }
        return backlog ? position : last.earlier(LATE_COMMIT);
    }

    /** A claim is under way, from the position. */
    void claiming() {
        wokenMeanwhile = false;
        from = position;
        claimingSinceNanos = nanoTime.getAsLong();
    }

    /** A claim of at most {@code limit} runs was made. */
    void claimed(ClaimResult.Claimed claimed, int limit) {
        looked();
        ownClaims.add(claimed.claimId());
        for (var run : claimed.runs()) {
            inFlight.put(run.id(), run.under(claimed.claimId()));
            strangers.remove(run.id());
        }
        last = claimed.last();
        furthest = furthest == null || furthest.compareTo(last) < 0 ? last : furthest;
        backlog = claimed.runs().size() == limit;
        if (!backlog) {
            reachedTheEnd();
        } else if (!wokenMeanwhile || !position.equals(Position.START)) {
            position = last;
        }
    }

    /** There was nothing to claim. */
    void empty() {
        looked();
        backlog = false;
        reachedTheEnd();
    }

    private void looked() {
        if (from.equals(Position.START)) {
            long now = nanoTime.getAsLong();
            patience.ended(Duration.ofNanos(now - claimingSinceNanos), now);
        }
    }

    /**
     * The end as seen from the start is the end; as seen from further on, something may have come in before. What a
     * wake-up meant that came while the claim was under way, the claim may have been too early to see.
     */
    private void reachedTheEnd() {
        position = back();
        wanted = wokenMeanwhile || !from.equals(Position.START) && position.equals(Position.START);
    }

    /** These runs are no longer in flight, unless they are again, under another claim. */
    void freed(Collection<Fence> fences) {
        for (var fence : fences) {
            if (inFlight.remove(fence.runId(), fence)) {
                strangers.remove(fence.runId());
            }
        }
        if (reading) {
            freedWhileReading.addAll(fences);
        }
    }

    /** The claims are being read. */
    void reading() {
        reading = true;
        freedWhileReading.clear();
    }

    /** They were not read after all: what is freed need not be remembered. */
    void notRead() {
        reading = false;
        freedWhileReading.clear();
    }

    /** What the claims list is what is in flight, except for what was freed while they were read. */
    void correct(List<InFlight> listed) {
        var known = Map.copyOf(inFlight);
        var strangersBefore = Set.copyOf(strangers);
        inFlight.clear();
        strangers.clear();
        ownClaims.retainAll(listed.stream().map(InFlight::claimId).collect(Collectors.toSet()));
        for (var run : listed) {
            var fence = new Fence(run.runId(), run.claimId(), run.attempts());
            // A claim lists its runs until all of them are settled; those that are, were freed.
            boolean freed = freedWhileReading.contains(fence)
                    || ownClaims.contains(run.claimId()) && !fence.equals(known.get(run.runId()));
            if (!freed) {
                inFlight.put(run.runId(), fence);
                if (!fence.equals(known.get(run.runId())) || strangersBefore.contains(run.runId())) {
                    strangers.add(run.runId());
                }
            }
        }
        notRead();
    }
}
