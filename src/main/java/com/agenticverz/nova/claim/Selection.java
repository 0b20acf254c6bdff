package com.agenticverz.nova.claim;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.store.ClaimResult;
import com.agenticverz.nova.store.InUse;
import com.agenticverz.nova.store.Lane;
import com.agenticverz.nova.store.Policy;
import com.agenticverz.nova.store.QueueWait;
import com.agenticverz.nova.store.Queued;
import com.agenticverz.nova.store.Rescued;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which runs are next where not simply the first ones of the queue are: because something is limited or paused, because
 * agents take turns or priorities age, or because not every node has every skill. Not thread-safe; owned by the poller.
 *
 * <p>What counts for limits is what this picks, from that moment on, until the node says that it is over; and what the tables
 * say, when it begins and at a fixed interval. So it never counts too little: a message that is lost makes it count too much
 * until the tables correct it.
 */
final class Selection {

    private final Capabilities capabilities = new Capabilities();
    private final Lanes lanes;
    private final Limits limits;
    /** Reserved for claims of which nobody knows whether they were written. */
    private final List<Queued> unsure = new ArrayList<>();

    private boolean active;
    private boolean withSkills;
    /** Null: nobody knows, another poller may have said something. */
    private @Nullable List<QueueWait> waitsSaid;

    private boolean waitsDue;

    Selection(PollerSettings settings, LongSupplier nanoTime) {
        this.lanes = new Lanes(settings, capabilities, nanoTime);
        this.limits = new Limits(nanoTime);
    }

    /** Whether the first runs of the queue may not be the next ones. */
    boolean isActive() {
        return active;
    }

    /** Whether the skills of runs say what may be done with them. */
    boolean withSkills() {
        return withSkills;
    }

    /**
     * Takes up what has come in. Not while a claim is under way, which belongs to what was before.
     *
     * @return whether what is in use, and in the queue, has to be learned anew
     */
    boolean adapt() {
        boolean needed = lanes.matter() || limits.bindAnything() || capabilities.matter();
        boolean skillsNeeded = limits.needSkills() || capabilities.matter();
        if (needed == active && skillsNeeded == withSkills) {
            return false;
        }
        active = needed;
        withSkills = skillsNeeded;
        limits.forgetInUse();
        unsure.clear();
        lanes.reset();
        return true;
    }

    boolean wanted() {
        return lanes.wanted();
    }

    boolean backlog() {
        return lanes.backlog();
    }

    boolean knows(UUID node) {
        return capabilities.isKnown(node);
    }

    // --- what comes in

    /** What steers it has changed, or may have. */
    void apply(Policy policy) {
        limits.apply(policy);
        capabilities.apply(policy);
        lanes.opened();
    }

    void wake() {
        lanes.wake();
    }

    void opened() {
        lanes.opened();
    }

    /** A while has passed. */
    void retry() {
        waitsDue = true;
        lanes.retry();
    }

    /** Runs are over on their node. */
    void over(Collection<Fence> fences) {
        if (!fences.isEmpty() && active) {
            limits.over(fences);
            lanes.opened();
        }
    }

    /** A node has room, and may be the only one that can execute what waits. */
    void heard(int room) {
        if (room > 0 && capabilities.matter()) {
            lanes.roomChanged();
        }
    }

    /** Runs need skills that a node does not have. */
    void missing(Collection<String> skills) {
        if (!skills.isEmpty()) {
            capabilities.missing(skills);
        }
    }

    /** Runs are back in the queue, or have failed for good. */
    void rescued(Rescued rescued) {
        limits.rescued(rescued.requeued());
        limits.rescued(rescued.failed());
        lanes.opened();
    }

    // --- which statement is next

    /** Picks for the node that is first to have room for anything, or asks for what has to be known before. */
    @Nullable
    Statement next(Roster roster, int most) {
        if (lanes.listIsDue()) {
            lanes.listing();
            return new Statement.ListLanes(lanes.byPriority());
        }
        boolean skillsMatter = capabilities.matter();
        var candidates = roster.inOrder(lanes.backlog())
                .filter(it -> !skillsMatter || capabilities.isKnown(it.node()))
                .toList();
        var withRoom = skillsMatter
                ? candidates.stream()
                        .map(it -> Objects.requireNonNull(capabilities.of(it.node())))
                        .distinct()
                        .toList()
                : List.<Set<String>>of();
        if (candidates.isEmpty()) {
            lanes.nothingToPick();
            return null;
        }
        var fresh = look(withRoom, most, lanes.laggingIsDue());
        if (fresh != null) {
            return fresh;
        }
        for (var candidate : candidates) {
            int limit = Math.min(most, candidate.room());
            var picks = lanes.pick(limits, skillsMatter ? capabilities.of(candidate.node()) : null, limit);
            if (!picks.isEmpty()) {
                return new Statement.ClaimPicked(candidate, limit, picks, limits.spent(picks));
            }
        }
        var lagging = look(withRoom, most, true);
        if (lagging == null) {
            lanes.nothingToPick();
        }
        return lagging;
    }

    private @Nullable Statement look(List<Set<String>> withRoom, int most, boolean lagging) {
        var looks = lanes.looks(limits, withRoom, most, lagging);
        return looks.isEmpty() ? null : new Statement.Look(looks, withSkills);
    }

    /** What queued runs wait for, if it is time to say it and it is not what was said last. */
    Optional<List<QueueWait>> waitsToSay() {
        if (!waitsDue) {
            return Optional.empty();
        }
        waitsDue = false;
        var waits = active ? lanes.waits(limits) : List.<QueueWait>of();
        capabilities.seen(waits.stream()
                .filter(it -> it.reason() == QueueWait.Reason.SKILL_MISSING)
                .map(QueueWait::name)
                .collect(Collectors.toSet()));
        if (waits.equals(waitsSaid)) {
            return Optional.empty();
        }
        waitsSaid = waits;
        return Optional.of(waits);
    }

    /** Nobody knows whether it was said. */
    void waitsNotSaid() {
        waitsSaid = null;
        waitsDue = true;
    }

    // --- what statements did

    /** What counts for limits is being read. */
    void reading() {
        limits.reading();
    }

    /** What the tables say. */
    void correct(List<InUse> listed, boolean whole) {
        limits.correct(listed, whole);
        // What was claimed after all is in use by now, and its starts stay used up.
        unsure.forEach(limits::giveBack);
        unsure.clear();
        lanes.opened();
    }

    void listed(List<Lane> active) {
        lanes.listed(active);
    }

    void looked(Statement.Look look, List<List<Queued>> found) {
        lanes.looked(look.looks(), found, limits);
    }

    /** Of the picks, these were claimed. */
    void claimed(Statement.ClaimPicked claim, ClaimResult.Claimed claimed) {
        var ids = claimed.runs().stream().map(Run::id).collect(Collectors.toSet());
        for (var run : claim.picks()) {
            if (ids.contains(run.id())) {
                limits.claimed(run, claimed.claimId());
            }
        }
        giveBack(claim.picks().stream().filter(it -> !ids.contains(it.id())).toList());
        lanes.claimed(claim.picks().size(), claim.limit());
    }

    /** None of them was as it was when it was picked. */
    void claimedNothing(Statement.ClaimPicked claim) {
        giveBack(claim.picks());
        lanes.claimed(claim.picks().size(), claim.limit());
    }

    /** Nobody knows whether they were claimed; the tables will say, before anything else is claimed. */
    void claimFailed(Statement.ClaimPicked claim) {
        unsure.addAll(claim.picks());
        lanes.lost(claim.picks(), limits);
        lanes.wake();
    }

    private void giveBack(List<Queued> picks) {
        picks.forEach(limits::giveBack);
        lanes.lost(picks, limits);
    }

    OptionalLong opensInNanos() {
        return active ? limits.opensInNanos() : OptionalLong.empty();
    }
}
