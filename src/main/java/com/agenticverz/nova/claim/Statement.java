package com.agenticverz.nova.claim;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.store.ClaimResult;
import com.agenticverz.nova.store.InFlight;
import com.agenticverz.nova.store.Position;
import com.agenticverz.nova.store.Promotion;
import com.agenticverz.nova.store.RunStore;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.function.LongSupplier;

/** What a poller may do next in the database. */
sealed interface Statement {

    /** Read what is in flight. */
    record ReadInFlight() implements Statement {}

    /** Move what is due into the queue, from that moment on. */
    record Promote(OffsetDateTime from) implements Statement {}

    /** Say whether an insert is to wake the poller. */
    record SayIdle(boolean idle) implements Statement {}

    /**
     * Claim.
     *
     * @param limit at most so many runs
     * @param position onward from here
     * @param inFlight without these
     */
    record Claim(Roster.Candidate node, int limit, Position position, List<Fence> inFlight) implements Statement {}

    /** What it did. */
    sealed interface Result {

        /** What the claims list. */
        record InFlightRead(List<InFlight> listed) implements Result {}

        /** What was due is in the queue. */
        record Promoted(Promotion promotion) implements Result {}

        /** It was said. */
        record IdleSaid(boolean idle) implements Result {}

        /** It was claimed, or not. */
        record Claimed(Claim claim, ClaimResult result, Duration took) implements Result {}
    }

    /** Makes it, and blocks meanwhile. */
    default Result make(RunStore runs, long epoch, int defaultMaxAttempts, LongSupplier nanoTime) {
        return switch (this) {
            case ReadInFlight _ -> new Result.InFlightRead(runs.inFlight());
            case Promote(var from) -> new Result.Promoted(runs.promote(Tenure.PROMOTED_AT_ONCE, from));
            case SayIdle(var idle) -> {
                runs.setIdle(epoch, idle);
                yield new Result.IdleSaid(idle);
            }
            case Claim claim -> {
                long before = nanoTime.getAsLong();
                var result = runs.claim(
                        epoch,
                        claim.node().node(),
                        claim.limit(),
                        claim.position(),
                        claim.inFlight(),
                        defaultMaxAttempts);
                yield new Result.Claimed(claim, result, Duration.ofNanos(nanoTime.getAsLong() - before));
            }
        };
    }
}
