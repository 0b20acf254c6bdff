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
 * those of a run in their order. With them waits the end of a run that another attempt may follow: it would execute again what
 * is not kept. Not thread-safe; owned by the settler.
 */
final class StepQueue {

    private final Map<Fence, Map<String, Settler.Keep>> ofRuns = new LinkedHashMap<>();
    private final Map<Fence, Runnable> ends = new HashMap<>();
    private long chars;

    /** Behind the others of its run. What waited under its id is lost. */
    void add(Settler.Keep step) {
        var replaced =
                ofRuns.computeIfAbsent(step.fence(), _ -> new LinkedHashMap<>()).put(step.stepId(), step);
        chars += chars(step);
        if (replaced != null) {
            chars -= chars(replaced);
            lose(replaced);
        }
    }

    /** Whether something of this run waits. */
    boolean waitsFor(Fence fence) {
        return ofRuns.containsKey(fence);
    }

    /** Once nothing of this run waits any more. */
    void afterwards(Fence fence, Runnable end) {
        ends.put(fence, end);
    }

    /** Ends of runs that wait. */
    int ends() {
        return ends.size();
    }

    /** The characters in what waits. */
    long chars() {
        return chars;
    }

    /** Its run has ended here, or is no longer ours: somebody may still wait for the answers. Its end, if that waits, is not written. */
    void lose(Fence fence) {
        ends.remove(fence);
        var steps = ofRuns.remove(fence);
        if (steps != null) {
            steps.values().forEach(step -> {
                chars -= chars(step);
                lose(step);
            });
        }
    }

    /** Whoever waits for the answer is told that its run is. */
    static void lose(Settler.Keep step) {
        step.kept().complete(new Kept.Lost());
    }

    /** It is written, or refused. */
    void remove(Settler.Keep step) {
        if (take(step) && !waitsFor(step.fence())) {
            var end = ends.remove(step.fence());
            if (end != null) {
                end.run();
            }
        }
    }

    private boolean take(Settler.Keep step) {
        var steps = ofRuns.get(step.fence());
        boolean removed = steps != null && steps.remove(step.stepId(), step);
        if (removed) {
            chars -= chars(step);
            if (steps.isEmpty()) {
                ofRuns.remove(step.fence());
            }
        }
        return removed;
    }

    /** Behind all others, and the others of its run with it. */
    void moveToTheEnd(Settler.Keep step) {
        if (take(step)) {
            chars += chars(step);
            var others = ofRuns.remove(step.fence());
            var steps = others == null ? new LinkedHashMap<String, Settler.Keep>() : others;
            steps.put(step.stepId(), step);
            ofRuns.put(step.fence(), steps);
        }
    }

    private static int chars(Settler.Keep step) {
        return step.outputJson() == null ? 0 : step.outputJson().length();
    }

    /**
     * The first ones, at least one if there is any. A run is in it under one fence only: what is written is told by runs.
     *
     * @param ready whether steps of this run may be written now
     */
    List<Settler.Keep> first(Predicate<Fence> ready, int most, long mostChars) {
        var batch = new ArrayList<Settler.Keep>();
        var fences = new HashMap<UUID, Fence>();
        long charsOfFirst = 0;
        for (var ofRun : ofRuns.entrySet()) {
            var fence = ofRun.getKey();
            if (!ready.test(fence) || fences.putIfAbsent(fence.runId(), fence) != null) {
                continue;
            }
            for (var step : ofRun.getValue().values()) {
                charsOfFirst += chars(step);
                if (!batch.isEmpty() && (batch.size() >= most || charsOfFirst > mostChars)) {
                    return batch;
                }
                batch.add(step);
            }
        }
        return batch;
    }
}
