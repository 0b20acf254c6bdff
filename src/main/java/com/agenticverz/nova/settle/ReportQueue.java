package com.agenticverz.nova.settle;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.store.StepReport;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * What skills have said of their steps and is not written: of each step what it said last, so that an outage of the database
 * makes it no longer. With it waits the end of a run whose next attempt may go on from there: nothing of a run can be written
 * after its end. Not thread-safe; owned by the backlog.
 */
final class ReportQueue {

    private record Place(Fence fence, String stepId) {}

    static final int MOST_REPORTS = 10_000;
    static final long MOST_CHARS = 16_000_000;

    private final Map<Place, StepReport> waiting = new LinkedHashMap<>();
    private final Map<Fence, Integer> ofRuns = new HashMap<>();
    private final Map<Fence, Runnable> ends = new LinkedHashMap<>();
    private long chars;

    /** Takes the place of what the same step said before. Where there are too many, the oldest are dropped. */
    void add(StepReport report) {
        var place = new Place(report.fence(), report.stepId());
        var earlier = waiting.get(place);
        put(place, earlier == null ? report : report.after(earlier));
        while (waiting.size() > MOST_REPORTS || chars > MOST_CHARS) {
            remove(waiting.keySet().iterator().next());
        }
    }

    private void put(Place place, StepReport report) {
        var replaced = waiting.put(place, report);
        chars += report.chars();
        if (replaced == null) {
            ofRuns.merge(place.fence(), 1, Integer::sum);
        } else {
            chars -= replaced.chars();
        }
    }

    private void remove(Place place) {
        var removed = waiting.remove(place);
        if (removed != null) {
            chars -= removed.chars();
            if (ofRuns.merge(place.fence(), -1, Integer::sum) == 0) {
                ofRuns.remove(place.fence());
                end(place.fence());
            }
        }
    }

    private void end(Fence fence) {
        var end = ends.remove(fence);
        if (end != null) {
            end.run();
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

    /** The next to be written: of runs that may be written to, no more than fit into a message. */
    List<StepReport> next(Predicate<Fence> writable, int most, long mostChars) {
        var next = new ArrayList<StepReport>();
        long charsOfNext = 0;
        for (var report : waiting.values()) {
            if (writable.test(report.fence())) {
                charsOfNext += report.chars();
                if (!next.isEmpty() && (next.size() >= most || charsOfNext > mostChars)) {
                    break;
                }
                next.add(report);
            }
        }
        return next;
    }

    /** These are written, or never will be. What their steps have said since then waits on. */
    void done(Collection<StepReport> reports) {
        for (var report : reports) {
            var place = new Place(report.fence(), report.stepId());
            if (report.equals(waiting.get(place))) {
                remove(place);
            }
        }
    }

    /** Behind all others. */
    void moveToTheEnd(Collection<StepReport> reports) {
        for (var report : reports) {
            var place = new Place(report.fence(), report.stepId());
            var now = waiting.remove(place);
            if (now != null) {
                waiting.put(place, now);
            }
        }
    }

    /** Nothing more is written of this run; its end, if that waits, goes on. */
    void drop(Fence fence) {
        if (waitsFor(fence)) {
            waiting.keySet().stream()
                    .filter(place -> place.fence().equals(fence))
                    .toList()
                    .forEach(this::remove);
        }
    }

    /** The run is no longer this node's: neither what it said nor its end is written. */
    void forget(Fence fence) {
        ends.remove(fence);
        drop(fence);
    }
}
