package com.agenticverz.nova.claim;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.store.InUse;
import com.agenticverz.nova.store.LanePlace;
import com.agenticverz.nova.store.Queued;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Runs as the poller sees them when it chooses. */
final class QueuedRuns {

    private QueuedRuns() {}

    static Queued run(String agentId, String... skills) {
        return runWithKey(null, agentId, skills);
    }

    static Queued runWithKey(@Nullable String key, String agentId, String... skills) {
        var id = UUID.randomUUID();
        return new Queued(id, 0, agentId, new LanePlace(0, 0L, id), key, List.of(skills));
    }

    static Queued withoutSkills(Queued run) {
        return new Queued(run.id(), run.attempts(), run.agentId(), run.place(), run.concurrencyKey(), List.of());
    }

    static Queued again(Queued run, int attempts) {
        return new Queued(run.id(), attempts, run.agentId(), run.place(), run.concurrencyKey(), run.skills());
    }

    static Fence fence(Queued run, long claimId) {
        return new Fence(run.id(), claimId, run.attempts());
    }

    static InUse listed(Queued run, long claimId) {
        return new InUse(fence(run, claimId), run.agentId(), run.concurrencyKey(), run.skills());
    }
}
