package com.agenticverz.nova.claim;

import com.agenticverz.nova.store.Lane;
import com.agenticverz.nova.store.LaneStore;
import com.agenticverz.nova.store.Patience;
import com.agenticverz.nova.store.QueueWait;
import com.agenticverz.nova.store.Queued;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The queue lane by lane, where not every run of it may be next: whom to ask for, and whom to pick. Not thread-safe; owned by
 * the poller.
 *
 * <p>An agent that may not start anything costs nothing but the question whether it may. Of the others the next runs are
 * known, as far as it was looked; among these it is picked in memory, under all limits at once. A lane whose next runs are
 * not known is looked at first, because one of them might come before the others'.
 */
final class Lanes {

    /** More are served as the first of them come to an end. */
    static final int MOST_LANES = 100_000;

    static final int LOOKS_AT_ONCE = 256;

    private static final int LEAST_LOOK = 8;
    private static final int ROWS_AT_ONCE = 2048;

    /** What comes in for an agent that had nothing is found so soon, however much there is of others. */
    private static final Duration BETWEEN_LISTS = Duration.ofMillis(50);

    /** A slow list rests so many times as long as it takes: who is new waits for it. */
    private static final int LIST_REST = 3;

    /** Looks at lagging lanes rest so many times as long as they take. */
    private static final int LAGGING_REST = 10;

    private static final int MOST_WAITS_SAID = 100;

    private final ServingOrder order;
    private final Fairness fairness;
    private final Capabilities capabilities;
    private final LongSupplier nanoTime;
    private final Turns turns = new Turns();
    private final Patience lookPatience = new Patience(Cursor.FAST);

    private Map<Lane, LaneQueue> lanes = new LinkedHashMap<>();
    private boolean wanted = true;
    private boolean backlog;
    private boolean listWanted = true;
    private boolean rewindWanted = true;
    private boolean passedMaybeOver;
    /** Looks since the lanes went back to their starts, until all are known again. */
    private boolean rewinding;

    private List<Set<String>> withRoomBefore = List.of();
    private int lookOnFrom;
    private boolean wokenMeanwhile;
    private boolean fresh;
    private long laggingNanos;
    private long sinceNanos;
    private long listedNanos;
    private long listTookNanos;
    private long lookedNanos;

    Lanes(PollerSettings settings, Capabilities capabilities, LongSupplier nanoTime) {
        this.order = new ServingOrder(settings.priorityAgeing());
        this.fairness = settings.fairness();
        this.capabilities = capabilities;
        this.nanoTime = nanoTime;
        this.listedNanos = nanoTime.getAsLong() - BETWEEN_LISTS.toNanos();
        this.laggingNanos = nanoTime.getAsLong();
    }

    /** Whether the order of the queue is not that of its index, even where nothing is limited. */
    boolean matter() {
        return fairness != Fairness.OFF || order.isAgeing();
    }

    boolean byPriority() {
        return order.byPriority();
    }

    /** Whether there may be something to claim. */
    boolean wanted() {
        return wanted || listIsDue();
    }

    /** Whether the last batch was full, so that more is likely. */
    boolean backlog() {
        return backlog;
    }

    /** Forgets everything. */
    void reset() {
        lanes = new LinkedHashMap<>();
        rewinding = false;
        wake();
    }

    // --- what comes in

    /** There may be something new in the queue, anywhere. */
    void wake() {
        wanted = true;
        listWanted = true;
        rewindWanted = true;
        wokenMeanwhile = true;
    }

    /** Another node may have room. */
    void roomChanged() {
        wanted = true;
    }

    /** A while has passed: what was put off is tried again. */
    void retry() {
        listWanted |= rewindWanted;
        wanted |= listWanted || capabilities.matter();
    }

    /** What may start may have changed: something is over, or limits are others. */
    void opened() {
        wanted = true;
        passedMaybeOver = true;
    }

    // --- what to ask for

    /** Whether the lanes have to be listed anew before anything else. */
    boolean listIsDue() {
        long now = nanoTime.getAsLong();
        // In a backlog nobody says so when something comes in.
        long since = now - listedNanos;
        long rest = LIST_REST * listTookNanos;
        return listWanted && (since >= rest || listTookNanos <= Cursor.FAST.toNanos())
                || backlog && since >= Math.max(rest, BETWEEN_LISTS.toNanos());
    }

    /** The lanes are being listed. */
    void listing() {
        listWanted = false;
        wokenMeanwhile = false;
        sinceNanos = nanoTime.getAsLong();
    }

    /** These are all. */
    void listed(List<Lane> active) {
        long now = nanoTime.getAsLong();
        listTookNanos = now - sinceNanos;
        listedNanos = now;
        var before = lanes;
        lanes = LinkedHashMap.newLinkedHashMap(active.size());
        for (var lane : active) {
            var queue = before.get(lane);
            if (queue == null) {
                queue = new LaneQueue(lane);
                wanted = true;
            }
            lanes.put(lane, queue);
        }
        turns.retain(active.stream().map(Lane::agentId).collect(Collectors.toSet()));
        listWanted |= wokenMeanwhile;
        if (rewindWanted) {
            goBack(now);
        } else {
            lookOn();
        }
    }

    /** What came in for agents that had nothing left: in a backlog nobody says so. */
    private void lookOn() {
        var all = List.copyOf(lanes.values());
        int most = Math.min(all.size(), LOOKS_AT_ONCE);
        for (int i = 0; i < most; i++) {
            var lane = all.get((lookOnFrom + i) % all.size());
            if (lane.waiting().isEmpty()) {
                lane.lookOn(Cursor.LATE_COMMIT);
            }
        }
        lookOnFrom = all.isEmpty() ? 0 : (lookOnFrom + most) % all.size();
        wanted |= most > 0;
    }

    /**
     * To the start of each lane, unless that is slow; then a little back, where the lanes are few. A lane in which nothing was
     * found yet for which it could be left goes on first.
     */
    private void goBack(long now) {
        if (!rewinding && lookPatience.isOver(now)) {
            lanes.values().stream().filter(it -> !it.isLagging()).forEach(LaneQueue::rewind);
            rewinding = true;
            lookedNanos = 0;
            rewindWanted = false;
            wanted = true;
        } else {
            lookOn();
        }
    }

    /**
     * Looks at lanes whose next runs are not known, and might be picked; empty: there are none.
     *
     * @param lagging whether also at those of which several looks have found nothing that may start
     * @param withRoom the skills of each node that has room; empty where skills do not matter
     */
    List<LaneStore.Look> looks(Limits limits, List<Set<String>> withRoom, int batchSize, boolean lagging) {
        Predicate<QueueWait> isOver = wait -> isOver(limits, wait, withRoom);
        if (passedMaybeOver || !withRoom.equals(withRoomBefore)) {
            passedMaybeOver = false;
            withRoomBefore = withRoom;
            lanes.values().forEach(it -> it.goBack(isOver));
        }
        var unknown = new ArrayList<LaneQueue>();
        for (var lane : lanes.values()) {
            if (unknown.size() < LOOKS_AT_ONCE
                    && lane.mayHaveMore()
                    && (lagging || !lane.isLagging())
                    && limits.waits(lane.lane().agentId()) == null
                    && lane.waiting().stream().noneMatch(run -> reason(limits, run, withRoom) == null)) {
                lane.goOn(run -> reason(limits, run, withRoom), isOver);
                if (lane.isFull()) {
                    lane.passOver(run -> reason(limits, run, withRoom));
                }
                if (lane.mayHaveMore()) {
                    unknown.add(lane);
                }
            }
        }
        if (unknown.isEmpty()) {
            allKnown();
            return List.of();
        }
        int usual = Math.min(LaneQueue.MOST_WAITING, Math.max(2 * LEAST_LOOK, 2 * batchSize));
        int each = Math.max(LEAST_LOOK, ROWS_AT_ONCE / unknown.size());
        fresh = unknown.stream().noneMatch(LaneQueue::isLagging);
        sinceNanos = nanoTime.getAsLong();
        // Where nothing was found that may start, it is walked over in large steps.
        return unknown.stream()
                .map(it -> it.look(it.isLagging() ? each : Math.min(each, usual)))
                .toList();
    }

    /**
     * Whether lanes in which several looks have found nothing are looked at although there is something to pick in others: a
     * small share of the time, so that neither waits for the other.
     */
    boolean laggingIsDue() {
        return nanoTime.getAsLong() - laggingNanos >= 0;
    }

    private void allKnown() {
        if (rewinding) {
            rewinding = false;
            lookPatience.ended(Duration.ofNanos(lookedNanos), nanoTime.getAsLong());
            // Woken meanwhile.
            listWanted |= rewindWanted;
        }
    }

    /** What looks have found, in their order. */
    void looked(List<LaneStore.Look> looks, List<List<Queued>> found, Limits limits) {
        long now = nanoTime.getAsLong();
        if (fresh) {
            lookedNanos += now - sinceNanos;
        } else {
            laggingNanos = now + Math.max(BETWEEN_LISTS.toNanos(), LAGGING_REST * (now - sinceNanos));
        }
        for (int i = 0; i < looks.size(); i++) {
            var lane = lanes.get(looks.get(i).lane());
            if (lane != null) {
                lane.looked(found.get(i), looks.get(i).most(), run -> limits.isInUse(run.id()));
            }
        }
    }

    // --- whom to pick

    /**
     * Picks the next runs for a node, and reserves them.
     *
     * @param skills of the node; null: they do not matter
     */
    List<Queued> pick(Limits limits, @Nullable Set<String> skills, int most) {
        var groups = new HashMap<String, Contest>();
        for (var lane : lanes.values()) {
            var agentId = lane.lane().agentId();
            if (!lane.waiting().isEmpty() && limits.waits(agentId) == null) {
                groups.computeIfAbsent(fairness == Fairness.OFF ? "" : agentId, it -> new Contest(it, order))
                        .add(lane);
            }
        }
        var contests = new PriorityQueue<Contest>(Contest.BY_PASS);
        groups.values().forEach(it -> {
            it.pass = turns.pass(it.agentId);
            contests.add(it);
        });
        var picks = new ArrayList<Queued>();
        while (picks.size() < most && !contests.isEmpty()) {
            var contest = contests.remove();
            var run =
                    contest.next(it -> (skills == null || skills.containsAll(it.skills())) && limits.waits(it) == null);
            if (run == null) {
                continue;
            }
            limits.reserve(run);
            picks.add(run);
            if (fairness != Fairness.OFF) {
                turns.took(contest.agentId, weight(limits, contest.agentId));
                contest.pass = turns.pass(contest.agentId);
            }
            contests.add(contest);
        }
        if (!picks.isEmpty()) {
            var byLane = lanes;
            picks.forEach(run -> laneOf(byLane, run).picked(run));
        }
        return picks;
    }

    private LaneQueue laneOf(Map<Lane, LaneQueue> of, Queued run) {
        var lane = of.get(new Lane(run.agentId(), byPriority() ? run.place().rank() : null));
        if (lane == null) {
            throw new IllegalStateException("run " + run.id() + " is of no lane");
        }
        return lane;
    }

    private double weight(Limits limits, String agentId) {
        return fairness == Fairness.WEIGHTED ? limits.weight(agentId) : 1;
    }

    /** Nothing could be picked for anybody who has room. */
    void nothingToPick() {
        wanted = false;
        backlog = false;
    }

    /** So many of the picks are claimed. */
    void claimed(int claimed, int most) {
        backlog = claimed == most;
        wanted = true;
    }

    /** These picks were not claimed: they are no longer as they were, or nobody knows. */
    void lost(List<Queued> picks, Limits limits) {
        if (fairness != Fairness.OFF) {
            picks.forEach(run -> turns.gaveBack(run.agentId(), weight(limits, run.agentId())));
        }
    }

    // --- what runs wait for

    private @Nullable QueueWait reason(Limits limits, Queued run, List<Set<String>> withRoom) {
        var wait = limits.waits(run);
        if (wait != null || withRoom.isEmpty() || withRoom.stream().anyMatch(it -> it.containsAll(run.skills()))) {
            return wait;
        }
        var lacking = run.skills().stream()
                .filter(it -> !withRoom.getFirst().contains(it))
                .findFirst();
        return new QueueWait(QueueWait.Reason.SKILL_MISSING, lacking.orElseThrow());
    }

    private static boolean isOver(Limits limits, QueueWait wait, List<Set<String>> withRoom) {
        return wait.reason() == QueueWait.Reason.SKILL_MISSING
                ? withRoom.isEmpty() || withRoom.stream().anyMatch(it -> it.contains(wait.name()))
                : limits.isOver(wait);
    }

    /** What runs wait for beside room on a node, as far as it is known here. */
    List<QueueWait> waits(Limits limits) {
        var waits = new HashSet<QueueWait>();
        var missing = new HashSet<QueueWait>();
        for (var lane : lanes.values()) {
            if (capabilities.matter()) {
                lane.waiting().forEach(run -> addMissing(run.skills(), missing));
            }
            var ofAgent = limits.waits(lane.lane().agentId());
            for (var wait : lane.passedFor()) {
                if (wait.reason() == QueueWait.Reason.SKILL_MISSING) {
                    addMissing(List.of(wait.name()), missing);
                } else if (ofAgent == null && waits.size() < MOST_WAITS_SAID) {
                    waits.add(wait);
                }
            }
            if (waits.size() < MOST_WAITS_SAID) {
                addWaits(limits, lane, ofAgent, waits);
            }
        }
        waits.addAll(missing);
        return waits.stream()
                .sorted(Comparator.comparing(QueueWait::reason).thenComparing(QueueWait::name))
                .limit(2 * MOST_WAITS_SAID)
                .toList();
    }

    private static void addWaits(Limits limits, LaneQueue lane, @Nullable QueueWait ofAgent, Set<QueueWait> waits) {
        if (ofAgent != null) {
            waits.add(ofAgent);
            return;
        }
        for (var run : lane.waiting()) {
            var wait = limits.waits(run);
            if (wait != null) {
                waits.add(wait);
            }
        }
    }

    private void addMissing(List<String> skills, Set<QueueWait> waits) {
        var missing = capabilities.nowhere(skills);
        if (missing != null) {
            waits.add(new QueueWait(QueueWait.Reason.SKILL_MISSING, missing));
        }
    }
}
