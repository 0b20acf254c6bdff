package com.agenticverz.nova.run;

import java.util.List;

/**
 * What a run does: its steps, in order.
 *
 * @param steps at least one
 */
public record Plan(List<Step> steps) {

    public Plan {
        steps = List.copyOf(steps);
        if (steps.isEmpty()) {
            throw new IllegalArgumentException("a plan needs at least one step");
        }
    }
}
