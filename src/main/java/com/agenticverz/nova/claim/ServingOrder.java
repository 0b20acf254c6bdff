package com.agenticverz.nova.claim;

import com.agenticverz.nova.store.Lane;
import com.agenticverz.nova.store.LanePlace;
import com.agenticverz.nova.store.Queued;
import java.time.Duration;
import java.util.Comparator;

/**
 * Which of two runs of the queue is served first: the one of the higher priority, and of one priority the older one. With
 * ageing, a run that has waited for a while counts as one priority higher. As all runs age alike, this order of two runs is
 * the same at any time: it is that of the moments at which they would have been created with priority 0.
 *
 * @param ageing the time that counts as one priority; zero: none does
 */
record ServingOrder(Duration ageing) implements Comparator<Queued> {

    boolean isAgeing() {
        return ageing.isPositive();
    }

    /** Whether every priority of an agent is a lane of its own: within a lane, the order is that of the index. */
    boolean byPriority() {
        return isAgeing();
    }

    @Override
    public int compare(Queued one, Queued other) {
        if (!isAgeing()) {
            return one.place().compareTo(other.place());
        }
        int aged = Double.compare(aged(one.place()), aged(other.place()));
        return aged != 0 ? aged : one.place().compareTo(other.place());
    }

    /** A double: a product of two extremes has to stay in order, not to the microsecond. */
    private double aged(LanePlace place) {
        var created = place.createdMicros();
        return (created == null ? Double.NEGATIVE_INFINITY : created) + (double) place.rank() * ageing.toNanos() / 1000;
    }

    /** Of the same rank, so much earlier; the start of the lane where there is none. */
    static LanePlace earlier(Lane lane, LanePlace place, Duration by) {
        var created = place.createdMicros();
        return created == null
                ? lane.start()
                : new LanePlace(
                        place.rank(),
                        created - by.toNanos() / 1000,
                        LanePlace.startOf(0).id());
    }
}
