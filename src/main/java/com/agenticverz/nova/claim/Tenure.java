package com.agenticverz.nova.claim;

import com.agenticverz.nova.execute.Demand;
import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.store.ClaimResult;
import com.agenticverz.nova.store.InFlight;
import com.agenticverz.nova.store.InUse;
import com.agenticverz.nova.store.Lane;
import com.agenticverz.nova.store.Patience;
import com.agenticverz.nova.store.Policy;
import com.agenticverz.nova.store.Promotion;
import com.agenticverz.nova.store.QueueWait;
import com.agenticverz.nova.store.Queued;
import com.agenticverz.nova.store.Rescued;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The time under one epoch of the lease: which statement is next. One at a time; what comes in meanwhile changes what the
 * next one is. Only the roster outlives it. Not thread-safe; owned by the poller.
 */
final class Tenure {

    static final int PROMOTED_AT_ONCE = 1000;
    static final int EXPIRED_AT_ONCE = 1000;

    private static final Duration FIRST_BACKOFF = Duration.ofMillis(200);
    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(2);

    /** The policy is not read more often for nodes that it does not know. */
    private static final Duration BETWEEN_POLICIES = Duration.ofSeconds(1);

    /**
     * How far rates are used up is known here: each start was written from here. It is read again for the rows that say
     * nothing any more, which go then.
     */
    private static final Duration BETWEEN_BUCKETS = Duration.ofMinutes(10);

    /** Between two corrections there is time for twenty such statements. */
    private static final Duration FAST = Duration.ofMillis(250);

    private final long epoch;
    private final int batchSize;
    private final Roster roster;
    private final LongSupplier nanoTime;
    private final Cursor cursor;
    private final Due due;
    private final Selection selection;
    private @Nullable Statement underWay;
    private boolean resting;
    private boolean policyDue = true;
    private long policyNanos;
    private boolean bucketsDue = true;
    private long bucketsNanos;
    private final Patience expiryPatience = new Patience(FAST);
    /** To find what is marked, a statement walks over the dead index entries of what was. */
    private final Patience markedPatience = new Patience(FAST);
    /** Whether all that is in use was read, and nothing has been in doubt since. */
    private boolean inUseKnown;

    private boolean readingWhole;
    private long underWayNanos;
    private boolean correctionDue = true;
    private boolean expiryDue = true;
    /** Somebody may hold a lock: after a failure not before the next correction. */
    private boolean waitsMayBeSaid = true;

    private boolean promotionDue = true;
    /** At first, and where the promotions would be many, so that neither keeps the other waiting. */
    private boolean claimFirst = true;

    private boolean idleSaid;
    private int failures;
    private int claimFailures;
    private long fetched;

    Tenure(long epoch, PollerSettings settings, Roster roster, LongSupplier nanoTime) {
        this.cursor = new Cursor(nanoTime);
        this.due = new Due(nanoTime);
        this.epoch = epoch;
        this.batchSize = settings.batchSize();
        this.roster = roster;
        this.nanoTime = nanoTime;
        this.selection = new Selection(settings, nanoTime);
        this.policyNanos = nanoTime.getAsLong();
    }

    long epoch() {
        return epoch;
    }

    /** The next statement, which is under way from now on; empty if one is, or if there is none to make. */
    Optional<Statement> next() {
        if (underWay != null || resting) {
            return Optional.empty();
        }
        if (selection.adapt()) {
            correctionDue = true;
            inUseKnown = false;
            cursor.wake();
        }
        underWayNanos = nanoTime.getAsLong();
        underWay = decide(underWayNanos);
        switch (underWay) {
            // Not when they have succeeded: what makes them due meanwhile, they may be too early to see.
            case Statement.ReadPolicy(var withBuckets) -> {
                policyDue = false;
                policyNanos = underWayNanos;
                if (withBuckets) {
                    bucketsDue = false;
                    bucketsNanos = underWayNanos;
                }
            }
            case Statement.ReadInFlight _ -> {
                correctionDue = false;
                cursor.reading();
            }
            case Statement.ReadInUse(var _, var whole) -> {
                correctionDue = false;
                readingWhole = whole;
                selection.reading();
            }
            case Statement.Expire _ -> expiryDue = false;
            case Statement.Promote(var from) -> {
                promotionDue = false;
                due.promoting(from);
            }
            case Statement.ClaimNext _ -> cursor.claiming();
            case Statement.ClaimPicked _ -> {}
            case Statement.ListLanes _, Statement.Look _, Statement.SayWaits _, Statement.SayIdle _ -> {}
            case null -> {}
        }
        return Optional.ofNullable(underWay);
    }

    private @Nullable Statement decide(long now) {
        if (policyDue) {
            return new Statement.ReadPolicy(bucketsDue || now - bucketsNanos >= BETWEEN_BUCKETS.toNanos());
        }
        boolean byLanes = selection.isActive();
        if (correctionDue) {
            return byLanes
                    ? new Statement.ReadInUse(selection.withSkills(), !inUseKnown || markedPatience.isOver(now))
                    : new Statement.ReadInFlight();
        }
        boolean expiryMayBe = expiryDue && expiryPatience.isOver(now);
        if (expiryMayBe && !claimFirst && !expiryPatience.wasSlow()) {
            return new Statement.Expire();
        }
        var waits = waitsMayBeSaid ? selection.waitsToSay() : Optional.<List<QueueWait>>empty();
        if (waits.isPresent()) {
            return new Statement.SayWaits(waits.get());
        }
        boolean backlog = byLanes ? selection.backlog() : cursor.backlog();
        var candidate = isWanted() ? roster.next(backlog) : Optional.<Roster.Candidate>empty();
        if (promotionDue && !(claimFirst && candidate.isPresent())) {
            return new Statement.Promote(due.from());
        }
        if (backlog && idleSaid) {
            return new Statement.SayIdle(false);
        }
        if (candidate.isPresent()) {
            var claim = byLanes ? selection.next(roster, mostAtOnce()) : claim(candidate.get());
            if (claim != null) {
                return claim;
            }
        }
        if (promotionDue) {
            return new Statement.Promote(due.from());
        }
        if (expiryMayBe) {
            return new Statement.Expire();
        }
        return idleSaid || isWanted() ? null : new Statement.SayIdle(true);
    }

    private boolean isWanted() {
        return selection.isActive() ? selection.wanted() : cursor.wanted();
    }

    /** Smaller after a failure: a batch that is too large for the memory here would be so for ever. */
    private int mostAtOnce() {
        return Math.max(1, batchSize >> Math.min(claimFailures, 30));
    }

    private Statement claim(Roster.Candidate node) {
        return new Statement.ClaimNext(
                node, Math.min(mostAtOnce(), node.room()), cursor.position(), List.copyOf(cursor.inFlight()));
    }

    // --- what comes in

    /** A node said what has become of its runs; what room it has, the roster knows. */
    void heard(Demand demand) {
        cursor.freed(demand.freed());
        selection.over(over(demand));
        var missing = demand.missingSkills();
        if (missing != null) {
            selection.missing(missing);
        }
        selection.heard(demand.room());
        if (!selection.knows(demand.node())) {
            policyDue |= nanoTime.getAsLong() - policyNanos >= BETWEEN_POLICIES.toNanos();
        }
        if (demand.requeued()) {
            wake();
        }
    }

    /** Of what is no longer in flight, what is not executed either. */
    private static List<Fence> over(Demand demand) {
        var marked = demand.marked();
        if (marked == null) {
            // It does not tell the two apart; the tables will.
            return List.of();
        }
        if (marked.isEmpty()) {
            return demand.freed();
        }
        var goOn = new HashSet<>(marked);
        var over = new ArrayList<Fence>();
        for (var fence : demand.freed()) {
            // Once: it may be marked and over within one message.
            if (!goOn.remove(fence)) {
                over.add(fence);
            }
        }
        return over;
    }

    /** There may be something new in the queue. */
    void wake() {
        cursor.wake();
        selection.wake();
    }

    /** What steers the poller may have changed. */
    void policyChanged() {
        policyDue = true;
    }

    /** Time to look, whether or not something woke the poller. */
    void poll() {
        promotionDue = true;
        wake();
    }

    /** Something has become due. */
    void promote() {
        promotionDue = true;
    }

    /** A limit on starts may allow the next one. */
    void opened() {
        selection.opened();
    }

    /** Time to compare what is believed with the tables. */
    void correct() {
        policyDue = true;
        correctionDue = true;
        expiryDue = true;
        waitsMayBeSaid = true;
        selection.retry();
    }

    /** A rescue has put runs back, and nobody says of them that they are free. */
    void broughtBack(Rescued rescued) {
        correctionDue = true;
        selection.rescued(rescued);
        wake();
    }

    // --- what statements did

    /** What steers the poller. */
    void policyRead(Policy policy) {
        succeeded();
        selection.apply(policy);
    }

    /** What the claims list. */
    void read(List<InFlight> listed) {
        succeeded();
        cursor.correct(listed);
        correctRoster(listed.stream().map(InFlight::claimId));
    }

    /** What counts for limits. */
    void inUse(List<InUse> listed) {
        succeeded();
        selection.correct(listed, readingWhole);
        inUseKnown |= readingWhole;
        inUseRead();
        correctRoster(listed.stream().map(it -> it.fence().claimId()));
    }

    private void inUseRead() {
        if (readingWhole) {
            long now = nanoTime.getAsLong();
            markedPatience.ended(Duration.ofNanos(now - underWayNanos), now);
        }
    }

    private void correctRoster(Stream<Long> claims) {
        roster.correct(claims.collect(Collectors.toSet()));
    }

    /** What had expired is cancelled. */
    void expired(int runs) {
        succeeded();
        expiryEnded();
        expiryDue |= runs == EXPIRED_AT_ONCE;
    }

    private void expiryEnded() {
        long now = nanoTime.getAsLong();
        expiryPatience.ended(Duration.ofNanos(now - underWayNanos), now);
    }

    /** What was due is in the queue. */
    void promoted(Promotion promotion) {
        succeeded();
        due.promoted(promotion.doneTo());
        boolean more = promotion.promoted() == PROMOTED_AT_ONCE;
        promotionDue |= more;
        claimFirst = more;
        if (promotion.promoted() > 0) {
            wake();
        }
    }

    /** It was said whether an insert is to wake the poller. */
    void saidIdle(boolean idle) {
        succeeded();
        idleSaid = idle;
        if (idle) {
            // What came in before it was said did not notify.
            wake();
        }
    }

    /** It was said what queued runs wait for. */
    void saidWaits() {
        succeeded();
    }

    /** These lanes have queued runs. */
    void listed(List<Lane> lanes) {
        succeeded();
        selection.listed(lanes);
    }

    /** What looks at lanes have found. */
    void looked(Statement.Look look, List<List<Queued>> found) {
        succeeded();
        selection.looked(look, found);
    }

    /** Runs were claimed. */
    void claimed(Statement.Claim claim, ClaimResult.Claimed claimed) {
        claimEnded();
        fetched += claimed.runs().size();
        switch (claim) {
            case Statement.ClaimNext next -> cursor.claimed(claimed, next.limit());
            case Statement.ClaimPicked picked -> selection.claimed(picked, claimed);
        }
        roster.assigned(claim.node().node(), claimed.claimId(), claimed.runs().size());
    }

    /** There was nothing to claim. */
    void claimedNothing(Statement.Claim claim) {
        claimEnded();
        switch (claim) {
            case Statement.ClaimNext _ -> cursor.empty();
            case Statement.ClaimPicked picked -> selection.claimedNothing(picked);
        }
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
        // It may have been written all the same; then the tables know.
        correctionDue = true;
        switch (underWay) {
            case Statement.ReadPolicy(var withBuckets) -> {
                policyDue = true;
                bucketsDue |= withBuckets;
            }
            case Statement.Expire _ -> {
                expiryDue = true;
                expiryEnded();
            }
            case Statement.Promote _ -> promotionDue = true;
            case Statement.ClaimNext _ -> claimFailures++;
            case Statement.ClaimPicked picked -> {
                claimFailures++;
                bucketsDue = true;
                inUseKnown = false;
                selection.claimFailed(picked);
            }
            case Statement.ListLanes _, Statement.Look _ -> selection.wake();
            case Statement.SayWaits _ -> {
                waitsMayBeSaid = false;
                selection.waitsNotSaid();
            }
            case Statement.ReadInFlight _ -> cursor.notRead();
            case Statement.ReadInUse _ -> inUseRead();
            case Statement.SayIdle _ -> {}
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

    /** Whether a claim of picked runs is under way. */
    boolean isClaimingPicked() {
        return underWay instanceof Statement.ClaimPicked;
    }

    /** Claims that have failed since the last one that did not. */
    int claimFailures() {
        return claimFailures;
    }

    /** So many claims have failed in the tenure before, which was ended for that: a batch may be too large. */
    void goOnAfter(int failedClaims) {
        claimFailures = failedClaims;
    }

    /** Whether a claim is under way. */
    boolean isClaiming() {
        return underWay instanceof Statement.Claim;
    }

    /** The time until a limit on starts allows the next one that somebody waits for; empty: nobody does. */
    OptionalLong opensInNanos() {
        return selection.opensInNanos();
    }

    /** Runs claimed since this was asked last. */
    long fetched() {
        long since = fetched;
        fetched = 0;
        return since;
    }
}
