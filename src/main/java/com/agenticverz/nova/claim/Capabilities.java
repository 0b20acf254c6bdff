package com.agenticverz.nova.claim;

import com.agenticverz.nova.store.Policy;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which nodes have which skills. As long as all have the same, and no run is known to need another, nobody has to look at
 * the skills of runs: a node that gets a run whose skill it does not have says so, and leaves the run as it is. Not
 * thread-safe; owned by the poller.
 */
final class Capabilities {

    /** What every node of the version has that does not say yet which skills it has. */
    static final Set<String> OF_SILENT_NODES = Set.of(
            "echo",
            "fail",
            "http_call",
            "json_transform",
            "llm_invoke",
            "noop",
            "sleep",
            "sql_query",
            "wait",
            "wait_for_signal",
            "webhook_send");

    /** So many names of missing skills are kept; the others come up when these are there. */
    private static final int MOST_MISSING = 100;

    /** Looks that did not see it, at an interval of some seconds. */
    private static final int MOST_NOT_SEEN = 12;

    private final Map<UUID, Set<String>> skills = new HashMap<>();
    /** Each with how often it was not seen since. */
    private final Map<String, Integer> missing = new TreeMap<>();

    private boolean differ;

    /** What the nodes say. */
    void apply(Policy policy) {
        skills.clear();
        skills.putAll(policy.skillsOfNodes());
        differ = Set.copyOf(skills.values()).size() > 1
                || !skills.isEmpty() && !policy.silentNodes().isEmpty();
        policy.silentNodes().forEach(node -> skills.put(node, OF_SILENT_NODES));
        missing.keySet()
                .removeIf(name -> !skills.isEmpty() && skills.values().stream().allMatch(it -> it.contains(name)));
    }

    /** Runs need these, which some node does not have. */
    void missing(Collection<String> names) {
        for (var name : names) {
            if (missing.size() < MOST_MISSING || missing.containsKey(name)) {
                missing.put(name, 0);
            }
        }
    }

    /** Queued runs wait for these. What none has waited for in a while may be gone; if it is not, a node says so again. */
    void seen(Collection<String> waitedFor) {
        missing.replaceAll((name, notSeen) -> waitedFor.contains(name) ? 0 : notSeen + 1);
        missing.values().removeIf(notSeen -> notSeen > MOST_NOT_SEEN);
    }

    /** Whether the skills of runs say who can execute them. */
    boolean matter() {
        return differ || !missing.isEmpty();
    }

    boolean isKnown(UUID node) {
        return skills.containsKey(node);
    }

    /** What a node has; null: it is not known yet. */
    @Nullable
    Set<String> of(UUID node) {
        return skills.get(node);
    }

    /**
     * The first of these that no node has, or the first one that the node lacks which has most of them; null: a node has all.
     */
    @Nullable
    String nowhere(Collection<String> names) {
        List<String> fewest = null;
        for (var has : skills.values()) {
            var lacks = names.stream().filter(it -> !has.contains(it)).sorted().toList();
            if (lacks.isEmpty()) {
                return null;
            }
            fewest = fewest == null || lacks.size() < fewest.size() ? lacks : fewest;
        }
        return fewest == null
                ? null
                : fewest.stream()
                        .filter(it -> skills.values().stream().noneMatch(has -> has.contains(it)))
                        .findFirst()
                        .orElse(fewest.getFirst());
    }
}
