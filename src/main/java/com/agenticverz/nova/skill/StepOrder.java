package com.agenticverz.nova.skill;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Whether steps that need each other can be brought into an order. */
final class StepOrder {

    private StepOrder() {}

    /**
     * Steps each of which needs the next one, and the last one the first; empty: there are no such.
     *
     * @param needs of each step, by its id, the ids of those that it needs; an id that is no key counts for nothing
     */
    static List<String> cycle(Map<String, List<String>> needs) {
        var missing = new HashMap<String, Integer>();
        var neededBy = new HashMap<String, List<String>>();
        needs.forEach((step, needed) -> {
            var known = needed.stream().filter(needs::containsKey).toList();
            missing.put(step, known.size());
            known.forEach(other ->
                    neededBy.computeIfAbsent(other, _ -> new ArrayList<>()).add(step));
        });
        var ready = new ArrayDeque<String>();
        missing.forEach((step, count) -> {
            if (count == 0) {
                ready.add(step);
            }
        });
        while (!ready.isEmpty()) {
            var done = ready.remove();
            missing.remove(done);
            for (var step : neededBy.getOrDefault(done, List.of())) {
                if (missing.merge(step, -1, Integer::sum) == 0) {
                    ready.add(step);
                }
            }
        }
        // Each of those that are left needs one of those that are left.
        var first = needs.keySet().stream().filter(missing::containsKey).findFirst();
        var path = new ArrayList<String>();
        for (var step = first.orElse(null); step != null; ) {
            int seen = path.indexOf(step);
            if (seen >= 0) {
                return List.copyOf(path.subList(seen, path.size()));
            }
            path.add(step);
            step = needs.get(step).stream()
                    .filter(missing::containsKey)
                    .findFirst()
                    .orElse(null);
        }
        return List.of();
    }
}
