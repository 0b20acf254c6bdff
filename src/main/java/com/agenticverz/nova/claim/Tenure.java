package com.agenticverz.nova.claim;

import com.agenticverz.nova.execute.Demand;
import com.agenticverz.nova.store.ClaimResult;
import com.agenticverz.nova.store.InFlight;
import com.agenticverz.nova.store.Promotion;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The time under one epoch of the lease: which statement is next. One at a time; what comes in meanwhile changes what the
 * next one is. Only the roster outlives it. Not thread-safe; owned by the poller.
 */
final class Tenure {

    static final int PROMOTED_AT_ONCE = 1000;

    private static final Duration FIRST_BACKOFF = Duration.ofMillis(200);
    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(2);

    private final long epoch;
    private final int batchSize;
    private final Roster roster;
    private final Cursor cursor;
    private final Due due;
    private @Nullable Statement underWay;
    private boolean resting;
    private boolean correctionDue = true;
    private boolean promotionDue = true;
    /** At first, and where the promotions would be many, so that neither keeps the other waiting. */
    private boolean claimFirst = true;

    private boolean idleSaid;
    private int failures;
    private int claimFailures;
    private long fetched;

    Tenure(long epoch, int batchSize, Roster roster, LongSupplier nanoTime) {
        this.cursor = new Cursor(nanoTime);
        this.due = new Due(nanoTime);
        this.epoch = epoch;
        this.batchSize = batchSize;
        this.roster = roster;
    }

    long epoch() {
        return epoch;
    }

    /** The next statement, which is under way from now on; empty if one is, or if there is none to make. */
    Optional<Statement> next() {
        if (underWay != null || resting) {
            return Optional.empty();
        }
        underWay = decide();
        switch (underWay) {
            // Not when they have succeeded: what makes them due meanwhile, they may be too early to see.
            case Statement.ReadInFlight _ -> {
                correctionDue = false;
                cursor.reading();
            }
            case Statement.Promote(var from) -> {
                promotionDue = false;
                due.promoting(from);
            }
            case Statement.Claim _ -> cursor.claiming();
            case Statement.SayIdle _ -> {}
            case null -> {}
        }
        return Optional.ofNullable(underWay);
    }

    private @Nullable Statement decide() {
        if (correctionDue) {
            return new Statement.ReadInFlight();
        }
        var candidate = cursor.wanted() ? roster.next(cursor.backlog()) : Optional.<Roster.Candidate>empty();
        if (promotionDue && !(claimFirst && candidate.isPresent())) {
            return new Statement.Promote(due.from());
        }
        if (cursor.backlog() && idleSaid) {
            return new Statement.SayIdle(false);
        }
        if (cursor.wanted()) {
            return candidate.map(this::claim).orElse(null);
        }
        return idleSaid ? null : new Statement.SayIdle(true);
    }

    private Statement claim(Roster.Candidate node) {
        // Smaller after a failure: a batch that is too large for the memory here would be so for ever.
        int most = Math.max(1, batchSize >> Math.min(claimFailures, 30));
        return new Statement.Claim(
                node, Math.min(most, node.room()), cursor.position(), List.copyOf(cursor.inFlight()));
    }

    // --- what comes in

    /** A node said what has become of its runs; what room it has, the roster knows. */
    void heard(Demand demand) {
        cursor.freed(demand.freed());
        if (demand.requeued()) {
            cursor.wake();
        }
    }

    /** There may be something new in the queue. */
    void wake() {
        cursor.wake();
    }

    /** Time to look, whether or not something woke the poller. */
    void poll() {
        promotionDue = true;
        cursor.wake();
    }

    /** Something has become due. */
    void promote() {
        promotionDue = true;
    }

    /** Time to compare what is believed to be in flight with the claims. */
    void correct() {
        correctionDue = true;
    }

    /** A rescue has put runs back, and nobody says of them that they are free. */
    void broughtBack() {
        correctionDue = true;
        cursor.wake();
    }

    // --- what statements did

    /** What the claims list. */
    void read(List<InFlight> listed) {
        succeeded();
        cursor.correct(listed);
        roster.correct(listed.stream().map(InFlight::claimId).collect(Collectors.toSet()));
    }

    /** What was due is in the queue. */
    void promoted(Promotion promotion) {
        succeeded();
        due.promoted(promotion.doneTo());
        boolean more = promotion.promoted() == PROMOTED_AT_ONCE;
        promotionDue |= more;
        claimFirst = more;
        if (promotion.promoted() > 0) {
            cursor.wake();
        }
    }

    /** It was said whether an insert is to wake the poller. */
    void saidIdle(boolean idle) {
        succeeded();
        idleSaid = idle;
        if (idle) {
            // What came in before it was said did not notify.
            cursor.wake();
        }
    }

    /** Runs were claimed. */
    void claimed(Statement.Claim claim, ClaimResult.Claimed claimed) {
        claimEnded();
        fetched += claimed.runs().size();
        cursor.claimed(claimed, claim.limit());
        roster.assigned(claim.node().node(), claimed.claimId(), claimed.runs().size());
    }

    /** There was nothing to claim. */
    void claimedNothing() {
        claimEnded();
        cursor.empty();
    }

    private void claimEnded() {
        succeeded();
        claimFailures = 0;
        claimFirst = false;
    }

    private void succeeded() {
        underWay = null;
        failures = 0;
    }

    /**
     * The statement failed.
     *
     * @return how long to rest, until {@link #rested}
     */
    Duration failed() {
        // It may have been written all the same; then the claims know.
        correctionDue = true;
        switch (underWay) {
            case Statement.Promote _ -> promotionDue = true;
            case Statement.Claim _ -> claimFailures++;
            case Statement.ReadInFlight _, Statement.SayIdle _ -> {}
            case null -> {}
        }
        underWay = null;
        resting = true;
        var backoff = FIRST_BACKOFF.multipliedBy(1L << Math.min(failures++, 4));
        return backoff.compareTo(LONGEST_BACKOFF) < 0 ? backoff : LONGEST_BACKOFF;
    }

    void rested() {
        resting = false;
    }

    /** Whether a claim is under way. */
    boolean isClaiming() {
        return underWay instanceof Statement.Claim;
    }

    /** Runs claimed since this was asked last. */
    long fetched() {
        long since = fetched;
        fetched = 0;
        return since;
    }
}
