package com.agenticverz.nova.store;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What steers the poller beside its settings, as the tables say.
 *
 * @param limits all of them
 * @param allPaused whether nothing is claimed
 * @param pausedAgents agents of which nothing is claimed
 * @param pausedSkills skills of which nothing is claimed
 * @param skillsOfNodes the skills of each node that says which it has; others are missing here
 * @param silentNodes nodes that do not say which skills they have: those of an older version
 * @param buckets how far starts have used up their limits; null: this was not read
 */
public record Policy(
        List<Limit> limits,
        boolean allPaused,
        Set<String> pausedAgents,
        Set<String> pausedSkills,
        Map<UUID, Set<String>> skillsOfNodes,
        Set<UUID> silentNodes,
        @Nullable List<Bucket> buckets) {

    /** Nothing is limited, paused, or known of any node. */
    public static final Policy NONE = new Policy(List.of(), false, Set.of(), Set.of(), Map.of(), Set.of(), List.of());
}
