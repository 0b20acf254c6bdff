package com.agenticverz.nova.cli.runs;

import com.agenticverz.nova.skill.Json;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The skills that a plan needs, which may be any JSON value that somebody has inserted. */
final class NeededSkills {

    private final TreeSet<String> names = new TreeSet<>();

    /** Those of this plan; none where it is not one. */
    NeededSkills(@Nullable Object plan) {
        var fields = Json.object(plan);
        if (fields != null && fields.get("steps") instanceof List<?> steps) {
            for (var step : steps) {
                var call = Json.object(step);
                if (call != null && call.get("skill") instanceof String skill) {
                    names.add(skill);
                }
            }
        }
    }

    /**
     * What a run with this plan waits for, for people; null: nothing, or it is not known.
     *
     * @param nodes the skills of each node, with their versions; null: it does not say
     */
    @Nullable
    String missing(Collection<? extends @Nullable Map<String, String>> nodes) {
        var somewhere = new TreeSet<String>();
        for (var skills : nodes) {
            if (skills == null || skills.keySet().containsAll(names)) {
                return null;
            }
            somewhere.addAll(skills.keySet());
        }
        if (nodes.isEmpty()) {
            return null;
        }
        var missing = new TreeSet<>(names);
        missing.removeAll(somewhere);
        return missing.isEmpty()
                ? "a node that has all of these skills: " + listed(names)
                : "a node that has the skill " + listed(missing);
    }

    private static String listed(Set<String> names) {
        return String.join(", ", names);
    }
}
