package com.agenticverz.nova.settle;

import com.agenticverz.nova.run.Fence;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * Finished steps that wait to be kept: of a run, one or several whose branches wait for the answer. They go run by run,
 * those of a run in their order. Not thread-safe; owned by the settler.
 */
final class StepQueue {

    private final Map<Fence, Map<String, Settler.Keep>> ofRuns = new LinkedHashMap<>();

    /** Behind the others of its run. What waited under its id is lost. */
    void add(Settler.Keep step) {
        var replaced =
                ofRuns.computeIfAbsent(step.fence(), _ -> new LinkedHashMap<>()).put(step.stepId(), step);
        if (replaced != null) {
            lose(replaced);
        }
    }

    /** Its run has ended here, or is no longer ours: somebody may still wait for the answers. */
    void lose(Fence fence) {
        var steps = ofRuns.remove(fence);
        if (steps != null) {
            steps.values().forEach(StepQueue::lose);
        }
    }

    /** Whoever waits for the answer is told that its run is. */
    static void lose(Settler.Keep step) {
        step.kept().complete(new Kept.Lost());
    }

    /** It is written, or refused. */
    boolean remove(Settler.Keep step) {
        var steps = ofRuns.get(step.fence());
        boolean removed = steps != null && steps.remove(step.stepId(), step);
        if (removed && steps.isEmpty()) {
            ofRuns.remove(step.fence());
        }
        return removed;
    }

    /** Behind all others, and the others of its run with it. */
    void moveToTheEnd(Settler.Keep step) {
        if (remove(step)) {
            var others = ofRuns.remove(step.fence());
            var steps = others == null ? new LinkedHashMap<String, Settler.Keep>() : others;
            steps.put(step.stepId(), step);
            ofRuns.put(step.fence(), steps);
        }
    }

    /**
     * The first ones, at least one if there is any. A run is in it under one fence only: what is written is told by runs.
     *
     * @param ready whether steps of this run may be written now
     */
    List<Settler.Keep> first(Predicate<Fence> ready, int most, long mostChars) {
        var batch = new ArrayList<Settler.Keep>();
        var fences = new HashMap<UUID, Fence>();
        long chars = 0;
        for (var ofRun : ofRuns.entrySet()) {
            var fence = ofRun.getKey();
            if (!ready.test(fence) || fences.putIfAbsent(fence.runId(), fence) != null) {
                continue;
            }
            for (var step : ofRun.getValue().values()) {
                chars += step.outputJson() == null ? 0 : step.outputJson().length();
                if (!batch.isEmpty() && (batch.size() >= most || chars > mostChars)) {
                    return batch;
                }
                batch.add(step);
            }
        }
        return batch;
    }
}
