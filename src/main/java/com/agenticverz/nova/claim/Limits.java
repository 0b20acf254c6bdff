package com.agenticverz.nova.claim;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.store.Bucket;
import com.agenticverz.nova.store.InUse;
import com.agenticverz.nova.store.Limit;
import com.agenticverz.nova.store.Policy;
import com.agenticverz.nova.store.QueueWait;
import com.agenticverz.nova.store.Queued;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What may start now, by the tables {@code limits} and {@code pauses}. Exact, because nobody but the poller claims: a run
 * counts from before its claim is written until it is over on its node, and each start uses up its rates before it is
 * made. The next poller begins with what is in use by the tables, and with the buckets that this one wrote with its claims.
 *
 * <p>A run counts for its agent, each of its skills and its concurrency key, whether or not these are limited: a limit may
 * be set at any time. Where more is in use than a new limit allows, nothing starts until enough is over.
 *
 * <p>Not thread-safe; owned by the poller.
 */
final class Limits {

    /** Longer than anybody waits: 146 years. */
    private static final long NEVER_NANOS = Long.MAX_VALUE / 2;

    private final LongSupplier nanoTime;
    private final Buckets buckets = new Buckets();
    private InUseRuns inUse = new InUseRuns();
    private LimitRules rules = new LimitRules(Set.of());
    private boolean allPaused;
    private Set<String> pausedAgents = Set.of();
    private Set<String> pausedSkills = Set.of();

    private boolean waitedForRate;

    /** When the first of the rates that were waited for opens. */
    private long rateOpensAtNanos;

    /** @param nanoTime the node's monotonic clock */
    Limits(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * Limits, pauses or buckets have changed. What is in use stays. Of a bucket that is both here and in the table the one
     * counts that is full later; where the table was not read, nothing changes in them.
     *
     * @throws IllegalArgumentException if a limit makes no sense, which the table does not allow; nothing has changed then
     */
    void apply(Policy policy) {
        var limits = Set.copyOf(policy.limits());
        if (!rules.areOf(limits)) {
            rules = new LimitRules(limits);
        }
        allPaused = policy.allPaused();
        pausedAgents = policy.pausedAgents();
        pausedSkills = policy.pausedSkills();
        var read = policy.buckets();
        if (read != null) {
            buckets.take(read, nanoTime.getAsLong());
        }
        lookAgain();
    }

    /** Whether anything is limited or paused. Where nothing is, nothing need be asked or told here. */
    boolean bindAnything() {
        return rules.bindAnything() || allPaused || !pausedAgents.isEmpty() || !pausedSkills.isEmpty();
    }

    /** Whether the skills of runs matter. */
    boolean needSkills() {
        return rules.bind(Limit.Kind.SKILL) || !pausedSkills.isEmpty();
    }

    /** Why no run of this agent may start now; null: by its agent alone it may. */
    @Nullable
    QueueWait waits(String agentId) {
        if (allPaused) {
            return new QueueWait(QueueWait.Reason.PAUSED, "");
        }
        if (pausedAgents.contains(agentId)) {
            return new QueueWait(QueueWait.Reason.PAUSED, agentId);
        }
        return waits(Limit.Kind.AGENT, agentId);
    }

    /** Why this run may not start now: its agent, one of its skills, or its concurrency key; null: it may. */
    @Nullable
    QueueWait waits(Queued run) {
        var ofAgent = waits(run.agentId());
        if (ofAgent != null) {
            return ofAgent;
        }
        for (var skill : run.skills()) {
            var ofSkill = pausedSkills.contains(skill)
                    ? new QueueWait(QueueWait.Reason.PAUSED, skill)
                    : waits(Limit.Kind.SKILL, skill);
            if (ofSkill != null) {
                return ofSkill;
            }
        }
        var key = run.concurrencyKey();
        return key == null ? null : waits(Limit.Kind.KEY, key);
    }

    private @Nullable QueueWait waits(Limit.Kind kind, String name) {
        if (!rules.bind(kind)) {
            return null;
        }
        if (isAtLimit(kind, name)) {
            return new QueueWait(
                    switch (kind) {
                        case AGENT -> QueueWait.Reason.AGENT_LIMIT;
                        case SKILL -> QueueWait.Reason.SKILL_LIMIT;
                        case KEY -> QueueWait.Reason.KEY_LIMIT;
                    },
                    name);
        }
        if (waitsForRate(kind, name)) {
            return new QueueWait(
                    switch (kind) {
                        case AGENT -> QueueWait.Reason.AGENT_RATE;
                        case SKILL -> QueueWait.Reason.SKILL_RATE;
                        case KEY -> QueueWait.Reason.KEY_RATE;
                    },
                    name);
        }
        return null;
    }

    private boolean isAtLimit(Limit.Kind kind, String name) {
        int maxRunning = rules.of(kind, name).maxRunning();
        return maxRunning < Integer.MAX_VALUE && inUse.of(new Subject(kind, name)) >= maxRunning;
    }

    /** Whether its rate allows no start now; then that somebody waits for it is remembered. */
    private boolean waitsForRate(Limit.Kind kind, String name) {
        var rate = rules.of(kind, name).rate();
        if (rate == null) {
            return false;
        }
        long nowNanos = nanoTime.getAsLong();
        double opensInNanos = buckets.opensInNanos(new Subject(kind, name), rate, nowNanos);
        if (opensInNanos == 0) {
            return false;
        }
        long opensAtNanos = nowNanos + (long) Math.min(NEVER_NANOS, Math.ceil(opensInNanos));
        if (!waitedForRate || opensAtNanos - rateOpensAtNanos < 0) {
            waitedForRate = true;
            rateOpensAtNanos = opensAtNanos;
        }
        return true;
    }

    /**
     * Whether what was waited for holds no longer. A pause of a name holds as long as an agent or a skill of that name is
     * paused. Of a skill that no node has, nothing is known here: that is never over.
     */
    boolean isOver(QueueWait wait) {
        var name = wait.name();
        return switch (wait.reason()) {
            case PAUSED -> name.isEmpty() ? !allPaused : !pausedAgents.contains(name) && !pausedSkills.contains(name);
            case AGENT_LIMIT -> !isAtLimit(Limit.Kind.AGENT, name);
            case SKILL_LIMIT -> !isAtLimit(Limit.Kind.SKILL, name);
            case KEY_LIMIT -> !isAtLimit(Limit.Kind.KEY, name);
            case AGENT_RATE -> !waitsForRate(Limit.Kind.AGENT, name);
            case SKILL_RATE -> !waitsForRate(Limit.Kind.SKILL, name);
            case KEY_RATE -> !waitsForRate(Limit.Kind.KEY, name);
            case SKILL_MISSING -> false;
        };
    }

    /** Counts it from now on, as in use and as a start: before its claim is written. */
    void reserve(Queued run) {
        long nowNanos = nanoTime.getAsLong();
        var subjects = Subject.of(run);
        if (!inUse.reserve(run, new InUseRuns.Reservation(subjects, rules, nowNanos))) {
            return;
        }
        for (var subject : subjects) {
            var rate = rules.of(subject).rate();
            if (rate != null) {
                buckets.spend(subject, rate, nowNanos);
            }
        }
    }

    /** It was claimed: its reservation is in use under this claim. */
    void claimed(Queued run, long claimId) {
        inUse.claimed(run, claimId);
    }

    /**
     * It was not claimed: its reservation is undone, and its start too, as far as that is certain. Where nobody knows
     * whether it was claimed, this is to be told only after the next {@link #correct}, which keeps what was claimed.
     */
    void giveBack(Queued run) {
        var reservation = inUse.giveBack(run);
        // Under other limits than those that hold now, what it used up stays used up.
        if (reservation == null || reservation.rules() != rules) {
            return;
        }
        for (var subject : reservation.subjects()) {
            var rate = rules.of(subject).rate();
            if (rate != null) {
                buckets.giveBack(subject, rate, reservation.atNanos());
            }
        }
        lookAgain();
    }

    /** Whether it is reserved, or in use under whatever claim. */
    boolean isInUse(UUID run) {
        return inUse.contains(run);
    }

    /** These are over on their node. Unknown ones mean nothing. */
    void over(Collection<Fence> fences) {
        inUse.over(fences);
    }

    /** These are over, whatever claim they were under; what is reserved stays so. */
    void rescued(Collection<UUID> runs) {
        inUse.rescued(runs);
    }

    /** What is in use is learned anew, by the next {@link #correct}. What starts have used up stays so. */
    void forgetInUse() {
        inUse = new InUseRuns();
    }

    /** What is in use is being read from now on: what is over meanwhile must not come back with it. */
    void reading() {
        inUse.reading();
    }

    /**
     * What was read. What is listed and not known here is in use from now on. What is known and not listed is over only
     * if it was missing at the correction before as well: a run that was taken away by hand counts until its node has
     * stopped it, and a claim that commits late is not lost. What is reserved and not listed stays so.
     */
    void correct(List<InUse> listed) {
        correct(listed, true);
    }

    /**
     * The same.
     *
     * @param whole whether that is all; if not, what is missing says nothing, and nothing that is known is over
     */
    void correct(List<InUse> listed, boolean whole) {
        inUse.correct(listed, whole);
    }

    /** The state of each rate that these starts, which are reserved, have used: to be written with their claim. */
    List<Bucket> spent(Collection<Queued> picks) {
        if (!rules.bindStarts()) {
            return List.of();
        }
        long nowNanos = nanoTime.getAsLong();
        var subjects = new LinkedHashSet<Subject>();
        picks.forEach(pick -> subjects.addAll(Subject.of(pick)));
        return subjects.stream()
                .filter(it -> rules.of(it).rate() != null)
                .map(it -> buckets.state(it, nowNanos))
                .toList();
    }

    /** How long until the first rate opens of those that somebody had to wait for since this was asked last; empty: none. */
    OptionalLong opensInNanos() {
        if (!waitedForRate) {
            return OptionalLong.empty();
        }
        waitedForRate = false;
        return OptionalLong.of(Math.max(0, rateOpensAtNanos - nanoTime.getAsLong()));
    }

    /** Whoever waits for a rate may find it open earlier than it was told. */
    private void lookAgain() {
        if (waitedForRate) {
            rateOpensAtNanos = nanoTime.getAsLong();
        }
    }

    /** The share of an agent in the turns. */
    double weight(String agentId) {
        return rules.of(Limit.Kind.AGENT, agentId).weight();
    }

    /** How many runs are in use, with those that are reserved. */
    int inUse() {
        return inUse.size();
    }
}
