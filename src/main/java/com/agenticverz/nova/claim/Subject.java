package com.agenticverz.nova.claim;

import com.agenticverz.nova.store.InUse;
import com.agenticverz.nova.store.Limit;
import com.agenticverz.nova.store.Queued;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What limits hold for: an agent, a skill or a concurrency key, each for itself.
 *
 * @param kind what it is
 * @param name which one
 */
record Subject(Limit.Kind kind, String name) {

    /** All that a run counts for, each once. */
    static List<Subject> of(Queued run) {
        return of(run.agentId(), run.skills(), run.concurrencyKey());
    }

    /** All that a run counts for, each once. */
    static List<Subject> of(InUse run) {
        return of(run.agentId(), run.skills(), run.concurrencyKey());
    }

    private static List<Subject> of(String agentId, List<String> skills, @Nullable String key) {
        var subjects = new ArrayList<Subject>(skills.size() + 2);
        subjects.add(new Subject(Limit.Kind.AGENT, agentId));
        for (var skill : skills.size() > 1 ? new LinkedHashSet<>(skills) : skills) {
            subjects.add(new Subject(Limit.Kind.SKILL, skill));
        }
        if (key != null) {
            subjects.add(new Subject(Limit.Kind.KEY, key));
        }
        return subjects;
    }
}
