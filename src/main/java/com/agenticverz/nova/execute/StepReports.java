package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.store.StepReport;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the skills of a node have said of their steps since somebody took it last: of each step what it said last. Skills say
 * things as often as they like; the pool takes them once a second, and what a run has said before its end with that. So no
 * skill waits for anybody, and none can flood the database. Thread-safe.
 */
public final class StepReports {

    private final Map<Fence, Map<String, StepReport>> said = new ConcurrentHashMap<>();

    /** Takes the place of what the same step said before. */
    void say(StepReport report) {
        said.compute(report.fence(), (_, of) -> {
            var steps = of == null ? new HashMap<String, StepReport>() : of;
            steps.merge(report.stepId(), report, (earlier, later) -> later.after(earlier));
            return steps;
        });
    }

    /** The step is over. */
    void forget(Fence fence, String stepId) {
        said.computeIfPresent(fence, (_, steps) -> {
            steps.remove(stepId);
            return steps.isEmpty() ? null : steps;
        });
    }

    /** Takes off what a run has said. */
    List<StepReport> take(Fence fence) {
        if (said.isEmpty()) {
            return List.of();
        }
        var steps = said.remove(fence);
        return steps == null ? List.of() : List.copyOf(steps.values());
    }

    /** Takes off everything. */
    List<StepReport> take() {
        var all = new ArrayList<StepReport>();
        List.copyOf(said.keySet()).forEach(fence -> all.addAll(take(fence)));
        return all;
    }
}
