package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.store.StepReport;
import com.agenticverz.nova.telemetry.Events;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What the skills of a node have said of their steps since somebody took it last: of each step what it said last. Skills say
 * things as often as they like; the pool takes them once a second, and what a run has said before its end with that. So no
 * skill waits for anybody, and none can flood the database. Where all that is too long, what is said is dropped until it has
 * been taken. Thread-safe.
 */
public final class StepReports {

    /** Of all runs. */
    static final long MOST_CHARS = 16_000_000;

    private final Map<Fence, Map<String, StepReport>> said = new ConcurrentHashMap<>();
    private final AtomicLong chars = new AtomicLong();
    private final AtomicBoolean dropping = new AtomicBoolean();

    /** Takes the place of what the same step said before, if there is room for it. */
    void say(StepReport report) {
        said.compute(report.fence(), (_, of) -> {
            var earlier = of == null ? null : of.get(report.stepId());
            var last = earlier == null ? report : report.after(earlier);
            int more = last.chars() - (earlier == null ? 0 : earlier.chars());
            if (chars.addAndGet(more) > MOST_CHARS && more > 0) {
                chars.addAndGet(-more);
                dropped(report);
                return of;
            }
            var steps = of == null ? new HashMap<String, StepReport>() : of;
            steps.put(report.stepId(), last);
            return steps;
        });
    }

    /** Says so once until somebody has taken what is there. */
    private void dropped(StepReport report) {
        if (dropping.compareAndSet(false, true)) {
            Events.stepReportDropped(
                    report.fence().runId(),
                    report.stepId(),
                    "the reports of all steps have more than " + MOST_CHARS + " characters");
        }
    }

    /** The step is over. */
    void forget(Fence fence, String stepId) {
        said.computeIfPresent(fence, (_, steps) -> {
            release(steps.remove(stepId));
            return steps.isEmpty() ? null : steps;
        });
    }

    /** Takes off what a run has said. */
    List<StepReport> take(Fence fence) {
        if (said.isEmpty()) {
            return List.of();
        }
        var steps = said.remove(fence);
        if (steps == null) {
            return List.of();
        }
        steps.values().forEach(this::release);
        return List.copyOf(steps.values());
    }

    private void release(@Nullable StepReport report) {
        if (report != null) {
            chars.addAndGet(-report.chars());
        }
    }

    /** Takes off everything. */
    List<StepReport> take() {
        var all = new ArrayList<StepReport>();
        List.copyOf(said.keySet()).forEach(fence -> all.addAll(take(fence)));
        dropping.set(false);
        return all;
    }
}
