package com.agenticverz.nova.execute;

import com.agenticverz.nova.telemetry.Events;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;

/**
 * The skills that runs have needed and this node does not have: what of them the poller has yet to hear, and of which the log
 * has a line already. Not thread-safe; owned by the pool.
 */
final class MissingSkills {

    /**
     * So many names are told at once; a name has at most 63 characters. What is beyond is told when a run that needs it comes
     * by again, which it does as long as the poller has not heard of it.
     */
    static final int MOST_TOLD_AT_ONCE = 100;

    /** A million runs that need one skill are one line in so long. */
    static final Duration BETWEEN_LINES = Duration.ofMinutes(1);

    /** Of more skills than that in a minute the others have no line. */
    static final int MOST_LINES = 1000;

    private final LongSupplier nanoTime;
    private final Set<String> toTell = new LinkedHashSet<>();
    private final Map<String, Long> saidNanos = new LinkedHashMap<>();

    MissingSkills(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** A run needs these. */
    void found(UUID runId, String agentId, Collection<String> skills, Duration retryIn) {
        long now = nanoTime.getAsLong();
        saidNanos.values().removeIf(said -> now - said >= BETWEEN_LINES.toNanos());
        boolean news = false;
        for (var skill : skills) {
            if (toTell.size() < MOST_TOLD_AT_ONCE) {
                toTell.add(skill);
            }
            if (saidNanos.size() < MOST_LINES) {
                news |= saidNanos.putIfAbsent(skill, now) == null;
            }
        }
        if (news) {
            Events.runWaitsForSkill(runId, agentId, skills, retryIn);
        }
    }

    /** What the poller has not heard yet, taken off. */
    List<String> take() {
        var names = List.copyOf(toTell);
        toTell.clear();
        return names;
    }
}
