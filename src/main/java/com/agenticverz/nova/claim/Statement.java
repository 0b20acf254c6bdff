package com.agenticverz.nova.claim;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.store.Bucket;
import com.agenticverz.nova.store.ClaimResult;
import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.Expired;
import com.agenticverz.nova.store.InFlight;
import com.agenticverz.nova.store.InUse;
import com.agenticverz.nova.store.Lane;
import com.agenticverz.nova.store.LaneStore;
import com.agenticverz.nova.store.Policy;
import com.agenticverz.nova.store.PolicyStore;
import com.agenticverz.nova.store.Position;
import com.agenticverz.nova.store.Promotion;
import com.agenticverz.nova.store.QueueWait;
import com.agenticverz.nova.store.Queued;
import com.agenticverz.nova.store.RunStore;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/** What a poller may do next in the database. */
sealed interface Statement {

    /**
     * Read what steers it.
     *
     * @param withBuckets whether to read how far rates are used up
     */
    record ReadPolicy(boolean withBuckets) implements Statement {}

    /** Read what is in flight. */
    record ReadInFlight() implements Statement {}

    /**
     * Read what counts for limits.
     *
     * @param withSkills whether their skills do
     * @param whole whether those that are marked are read as well
     */
    record ReadInUse(boolean withSkills, boolean whole) implements Statement {}

    /** Cancel what was not started in time. */
    record Expire() implements Statement {}

    /** Move what is due into the queue, from that moment on. */
    record Promote(OffsetDateTime from) implements Statement {}

    /** Say whether an insert is to wake the poller. */
    record SayIdle(boolean idle) implements Statement {}

    /** Say what queued runs wait for. */
    record SayWaits(List<QueueWait> waits) implements Statement {}

    /**
     * List the lanes.
     *
     * @param byPriority whether each priority of an agent is one
     */
    record ListLanes(boolean byPriority) implements Statement {}

    /**
     * Look at the next runs of lanes.
     *
     * @param withSkills whether to say which skills they need
     */
    record Look(List<LaneStore.Look> looks, boolean withSkills) implements Statement {}

    /** Claim, for a node. */
    sealed interface Claim extends Statement {
        Roster.Candidate node();

        /** At most so many runs. */
        int limit();
    }

    /**
     * Claim the next runs of the queue.
     *
     * @param position onward from here
     * @param inFlight without these
     */
    record ClaimNext(Roster.Candidate node, int limit, Position position, List<Fence> inFlight) implements Claim {}

    /**
     * Claim these runs.
     *
     * @param limit more would have been picked, up to so many, had there been any
     * @param spent how full the buckets are then
     */
    record ClaimPicked(Roster.Candidate node, int limit, List<Queued> picks, List<Bucket> spent) implements Claim {}

    /** What it did. */
    sealed interface Result {

        /** What steers the poller. */
        record PolicyRead(Policy policy) implements Result {}

        /** What the claims list. */
        record InFlightRead(List<InFlight> listed) implements Result {}

        /** What counts for limits; empty: the lease has changed hands. */
        record InUseRead(Optional<List<InUse>> listed) implements Result {}

        /** What had expired is cancelled. */
        record ExpiredCancelled(List<Expired> runs) implements Result {}

        /** What was due is in the queue. */
        record Promoted(Promotion promotion) implements Result {}

        /** It was said. */
        record IdleSaid(boolean idle) implements Result {}

        /** It was said. */
        record WaitsSaid() implements Result {}

        /** All lanes that have a queued run. */
        record LanesListed(List<Lane> lanes) implements Result {}

        /** What was found, in the order of the looks. */
        record Looked(Look look, List<List<Queued>> found) implements Result {}

        /** It was claimed, or not. */
        record Claimed(Claim claim, ClaimResult result, Duration took) implements Result {}
    }

    /** Where statements are made. */
    record Stores(RunStore runs, LaneStore lanes, PolicyStore policy) {

        static Stores of(Database database) {
            return new Stores(database.runs(), database.lanes(), database.policy());
        }
    }

    /** Makes it, and blocks meanwhile. */
    default Result make(Stores stores, long epoch, int defaultMaxAttempts, LongSupplier nanoTime) {
        return switch (this) {
            case ReadPolicy(var withBuckets) ->
                new Result.PolicyRead(stores.policy().read(withBuckets));
            case ReadInFlight _ -> new Result.InFlightRead(stores.runs().inFlight());
            case ReadInUse(var withSkills, var whole) ->
                new Result.InUseRead(stores.lanes().inUse(epoch, withSkills, whole));
            case Expire _ -> new Result.ExpiredCancelled(stores.lanes().expire(epoch, Tenure.EXPIRED_AT_ONCE));
            case Promote(var from) -> new Result.Promoted(stores.runs().promote(Tenure.PROMOTED_AT_ONCE, from));
            case SayIdle(var idle) -> {
                stores.runs().setIdle(epoch, idle);
                yield new Result.IdleSaid(idle);
            }
            case SayWaits(var waits) -> {
                stores.policy().sayQueueWaits(epoch, waits);
                yield new Result.WaitsSaid();
            }
            case ListLanes(var byPriority) ->
                new Result.LanesListed(stores.lanes().active(byPriority, Lanes.MOST_LANES));
            case Look look -> new Result.Looked(look, stores.lanes().peek(look.looks(), look.withSkills()));
            case Claim claim -> {
                long before = nanoTime.getAsLong();
                var result = claim(claim, stores, epoch, defaultMaxAttempts);
                yield new Result.Claimed(claim, result, Duration.ofNanos(nanoTime.getAsLong() - before));
            }
        };
    }

    private static ClaimResult claim(Claim claim, Stores stores, long epoch, int defaultMaxAttempts) {
        return switch (claim) {
            case ClaimNext(var node, var limit, var position, var inFlight) ->
                stores.runs().claim(epoch, node.node(), limit, position, inFlight, defaultMaxAttempts);
            case ClaimPicked(var node, var _, var picks, var spent) ->
                stores.lanes().claim(epoch, node.node(), picks, spent, defaultMaxAttempts);
        };
    }
}
