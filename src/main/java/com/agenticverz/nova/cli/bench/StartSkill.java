package com.agenticverz.nova.cli.bench;

import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Does nothing but note when it was started. */
final class StartSkill implements Skill {

    static final String NAME = "bench_start";

    private final Map<UUID, Long> startsNanos = new ConcurrentHashMap<>();

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public @Nullable Object run(Map<String, @Nullable Object> params, SkillContext context) {
        startsNanos.putIfAbsent(context.runId(), System.nanoTime());
        return null;
    }

    /** When a run was started, by the monotonic clock; null: it was not. */
    @Nullable
    Long startNanos(UUID run) {
        return startsNanos.get(run);
    }
}
