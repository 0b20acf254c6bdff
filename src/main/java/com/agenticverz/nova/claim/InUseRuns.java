package com.agenticverz.nova.claim;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.store.InUse;
import com.agenticverz.nova.store.Limit;
import com.agenticverz.nova.store.Queued;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The runs that are in use, and how many that makes for each agent, skill and concurrency key: those that are reserved
 * because they are about to be claimed, and those that are claimed and not over on their node. Once for each claim: a run
 * that was taken away by hand and claimed again is in use twice, until its first node has stopped it.
 *
 * <p>What nodes say may be lost, doubled or late, so it is corrected by what the tables say. A reading takes time, and what
 * is over meanwhile may still be in what was read; {@link #reading} says from when on that has to be remembered.
 *
 * <p>Not thread-safe; owned by the poller.
 */
final class InUseRuns {

    /**
     * A reservation.
     *
     * @param subjects what it counts for
     * @param rules the limits under which it was made
     * @param atNanos when
     */
    record Reservation(List<Subject> subjects, LimitRules rules, long atNanos) {}

    /** One run under one claim, or reserved for one. */
    private static final class Use {
        final int attempts;
        long claimId;
        List<Subject> subjects;

        @Nullable
        Reservation reservation;

        /** Whether it is so since the last reading began: then that need not have found it. */
        boolean isNew = true;

        boolean isListed;
        boolean wasMissing;

        Use(int attempts, List<Subject> subjects) {
            this.attempts = attempts;
            this.subjects = subjects;
        }

        boolean isUnder(long claim) {
            return reservation == null && claimId == claim;
        }

        void claimed(long claim) {
            reservation = null;
            claimId = claim;
            isNew = true;
        }
    }

    private static final class Count {
        int running;
    }

    private final Map<UUID, List<Use>> uses = new HashMap<>();
    private final Map<Subject, Count> counts = new HashMap<>();
    private int size;

    private boolean reading;
    private final Set<Fence> overMeanwhile = new HashSet<>();
    private final Set<UUID> rescuedMeanwhile = new HashSet<>();

    int size() {
        return size;
    }

    int of(Subject subject) {
        var count = counts.get(subject);
        return count == null ? 0 : count.running;
    }

    /** Subjects of which anything is in use. */
    int subjects() {
        return counts.size();
    }

    boolean contains(UUID run) {
        return uses.containsKey(run);
    }

    /** It is about to be claimed. A run that is reserved already stays so, once. */
    boolean reserve(Queued run, Reservation reservation) {
        if (reserved(run.id()) != null) {
            return false;
        }
        var use = new Use(run.attempts(), reservation.subjects());
        use.reservation = reservation;
        add(run.id(), use);
        return true;
    }

    /** It is claimed, whether or not it was reserved. */
    void claimed(Queued run, long claimId) {
        var reserved = reserved(run.id());
        if (under(run.id(), claimId) != null) {
            if (reserved != null) {
                remove(run.id(), reserved);
            }
        } else if (reserved != null) {
            reserved.claimed(claimId);
        } else {
            var use = new Use(run.attempts(), Subject.of(run));
            use.claimed(claimId);
            add(run.id(), use);
        }
    }

    /**
     * It is not claimed after all.
     *
     * @return its reservation; null: it has none, or what was read says that it is claimed
     */
    @Nullable
    Reservation giveBack(Queued run) {
        var reserved = reserved(run.id());
        if (reserved == null) {
            return null;
        }
        remove(run.id(), reserved);
        return reserved.reservation;
    }

    void over(Collection<Fence> fences) {
        for (var fence : fences) {
            var use = under(fence.runId(), fence.claimId());
            if (use != null) {
                remove(fence.runId(), use);
            }
            if (reading) {
                overMeanwhile.add(fence);
            }
        }
    }

    void rescued(Collection<UUID> runs) {
        for (var run : runs) {
            for (var use : uses.getOrDefault(run, List.of())) {
                if (use.reservation == null) {
                    remove(run, use);
                }
            }
            if (reading) {
                rescuedMeanwhile.add(run);
            }
        }
    }

    void reading() {
        forgetReading();
        reading = true;
        uses.values().forEach(ofRun -> ofRun.forEach(use -> use.isNew = false));
    }

    /** @param whole if not, that something was not found says nothing */
    void correct(List<InUse> listed, boolean whole) {
        for (var run : listed) {
            if (!overMeanwhile.contains(run.fence())) {
                list(run);
            }
        }
        for (var entry : List.copyOf(uses.entrySet())) {
            for (var use : entry.getValue()) {
                settle(entry.getKey(), use, whole);
            }
        }
        forgetReading();
    }

    private void list(InUse run) {
        var fence = run.fence();
        var use = under(fence.runId(), fence.claimId());
        if (use == null && !rescuedMeanwhile.contains(fence.runId())) {
            use = reserved(fence.runId());
            if (use != null && use.attempts == fence.attempts()) {
                // The answer to its claim is still on its way, or will never come.
                use.claimed(fence.claimId());
            } else {
                use = new Use(fence.attempts(), Subject.of(run));
                use.claimed(fence.claimId());
                add(fence.runId(), use);
            }
        }
        if (use != null) {
            use.isListed = true;
            recount(use, run);
        }
    }

    /** Its agent or key was changed by hand, or its skills were not asked for before. */
    private void recount(Use use, InUse run) {
        var subjects = Subject.of(run);
        boolean saysLess =
                run.skills().isEmpty() && use.subjects.stream().anyMatch(it -> it.kind() == Limit.Kind.SKILL);
        if (!saysLess && !use.subjects.equals(subjects)) {
            use.subjects.forEach(this::decrement);
            use.subjects = subjects;
            use.subjects.forEach(this::increment);
        }
    }

    /** After all that was read has been gone through. */
    private void settle(UUID run, Use use, boolean whole) {
        if (use.isListed || (reading && use.isNew) || use.reservation != null) {
            use.wasMissing = false;
        } else if (whole && use.wasMissing) {
            remove(run, use);
        } else if (whole) {
            use.wasMissing = true;
        }
        use.isListed = false;
    }

    private void forgetReading() {
        reading = false;
        overMeanwhile.clear();
        rescuedMeanwhile.clear();
    }

    private @Nullable Use reserved(UUID run) {
        for (var use : uses.getOrDefault(run, List.of())) {
            if (use.reservation != null) {
                return use;
            }
        }
        return null;
    }

    /** By the number of the claim alone: somebody may have changed the attempts by hand since. */
    private @Nullable Use under(UUID run, long claimId) {
        for (var use : uses.getOrDefault(run, List.of())) {
            if (use.isUnder(claimId)) {
                return use;
            }
        }
        return null;
    }

    private void add(UUID run, Use use) {
        uses.merge(run, List.of(use), (some, more) -> {
            var all = new ArrayList<>(some);
            all.addAll(more);
            return List.copyOf(all);
        });
        use.subjects.forEach(this::increment);
        size++;
    }

    private void remove(UUID run, Use use) {
        uses.computeIfPresent(run, (_, ofRun) -> {
            var rest = ofRun.stream().filter(it -> it != use).toList();
            return rest.isEmpty() ? null : rest;
        });
        use.subjects.forEach(this::decrement);
        size--;
    }

    private void increment(Subject subject) {
        counts.computeIfAbsent(subject, _ -> new Count()).running++;
    }

    private void decrement(Subject subject) {
        counts.computeIfPresent(subject, (_, count) -> --count.running == 0 ? null : count);
    }
}
