package com.agenticverz.nova.claim;

import com.agenticverz.nova.store.Lane;
import com.agenticverz.nova.store.LanePlace;
import com.agenticverz.nova.store.LaneStore;
import com.agenticverz.nova.store.QueueWait;
import com.agenticverz.nova.store.Queued;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What the poller knows of one lane: its next runs, as far as it has looked. Not thread-safe; owned by the poller.
 *
 * <p>Runs that may not start are kept among the next ones, up to a bound. Beyond it they are passed over, and for each reason
 * it is kept where the first run stands that was passed over for it. Once the reason is over, the lane is looked at from
 * there again, and when it holds again, from where it had come to before: what lies between is passed over already. So a
 * million runs that wait for one thing cost a look at each of them once, not at each claim.
 */
final class LaneQueue {

    /** So many runs that may not start are kept, and looked at with each claim. */
    static final int MOST_WAITING = 256;

    private static final int MOST_IN_VAIN = 1;

    private final Lane lane;
    private final ArrayList<Queued> waiting = new ArrayList<>();
    private final Map<QueueWait, LanePlace> passed = new HashMap<>();
    /** Before the first of those that wait. */
    private LanePlace begin;
    /** Looked at up to here. */
    private LanePlace end;

    private boolean exhausted;
    /** How far it had been looked at when it went back; null: it did not. */
    private @Nullable LanePlace known;

    private boolean knownToEnd;
    private final Set<QueueWait> wentBackFor = new HashSet<>();
    private int looksInVain;
    private @Nullable LanePlace last;

    LaneQueue(Lane lane) {
        this.lane = lane;
        this.begin = lane.start();
        this.end = lane.start();
    }

    Lane lane() {
        return lane;
    }

    /** Its next runs, as far as it was looked at. */
    List<Queued> waiting() {
        return waiting;
    }

    /** Why runs were passed over. */
    Iterable<QueueWait> passedFor() {
        return passed.keySet();
    }

    /** Whether a look may find more. */
    boolean mayHaveMore() {
        return !exhausted;
    }

    /** Whether several looks in a row have found nothing that may start. */
    boolean isLagging() {
        return looksInVain > MOST_IN_VAIN && !exhausted;
    }

    boolean isFull() {
        return waiting.size() >= MOST_WAITING;
    }

    LaneStore.Look look(int most) {
        return new LaneStore.Look(lane, end, most);
    }

    /** A look has found these. */
    void looked(List<Queued> found, int most, Predicate<Queued> isInUse) {
        exhausted = found.size() < most;
        looksInVain++;
        if (!found.isEmpty()) {
            end = found.getLast().place();
        }
        found.stream().filter(isInUse.negate()).forEach(waiting::add);
        if (known != null && (exhausted || end.compareTo(known) >= 0)) {
            forgetKnown();
        }
    }

    private void forgetKnown() {
        known = null;
        wentBackFor.clear();
    }

    /** A run was picked. */
    void picked(Queued run) {
        waiting.remove(run);
        looksInVain = 0;
        last = last == null || last.compareTo(run.place()) < 0 ? run.place() : last;
    }

    /** Those that may start now stay; the others are passed over, each for its reason. */
    void passOver(Function<Queued, @Nullable QueueWait> reason) {
        var before = begin;
        var kept = new ArrayList<Queued>();
        for (var run : waiting) {
            var wait = reason.apply(run);
            if (wait == null) {
                kept.add(run);
            } else {
                passedOver(wait, before);
            }
            before = run.place();
        }
        waiting.clear();
        waiting.addAll(kept);
        begin = kept.isEmpty() ? end : begin;
    }

    private void passedOver(QueueWait wait, LanePlace before) {
        passed.merge(wait, before, (one, other) -> one.compareTo(other) <= 0 ? one : other);
    }

    /** Goes back to what was passed over for reasons that are over. */
    void goBack(Predicate<QueueWait> isOver) {
        var to = end;
        for (var it = passed.entrySet().iterator(); it.hasNext(); ) {
            var entry = it.next();
            if (isOver.test(entry.getKey())) {
                it.remove();
                wentBackFor.add(entry.getKey());
                to = entry.getValue().compareTo(to) < 0 ? entry.getValue() : to;
            }
        }
        if (!to.equals(end)) {
            if (known == null) {
                known = end;
                knownToEnd = exhausted;
            }
            lookAgainFrom(to);
        }
    }

    /** Where all for which it went back holds again: on from where it had come to before. */
    void goOn(Function<Queued, @Nullable QueueWait> reason, Predicate<QueueWait> isOver) {
        if (known == null || wentBackFor.stream().anyMatch(isOver)) {
            return;
        }
        passOver(reason);
        for (var wait : wentBackFor) {
            passedOver(wait, end);
        }
        end = known;
        exhausted = knownToEnd;
        begin = waiting.isEmpty() ? end : begin;
        forgetKnown();
    }

    /** Back to its start. */
    void rewind() {
        passed.clear();
        forgetKnown();
        lookAgainFrom(lane.start());
    }

    /** Whether there is more behind what is known, and a little before: what was enqueued while others were looked at. */
    void lookOn(Duration lateCommit) {
        if (exhausted && known == null) {
            lookAgainFrom(last == null ? lane.start() : ServingOrder.earlier(lane, last, lateCommit));
        }
    }

    private void lookAgainFrom(LanePlace place) {
        waiting.removeIf(run -> run.place().compareTo(place) > 0);
        begin = waiting.isEmpty() ? place : begin;
        end = place;
        exhausted = false;
        looksInVain = 0;
    }
}
