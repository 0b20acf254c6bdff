package com.agenticverz.nova.run;

import java.util.List;

/**
 * What a run does: its steps. Where none of them needs another one, in order; otherwise each as soon as those that it
 * needs are finished.
 *
 * @param steps at least one; none needs what is not among them, or, through others, itself
 * @param maxParallel how many of them are executed at once, at most; of a sequence it is one
 */
public record Plan(List<Step> steps, int maxParallel) {

    public Plan {
        steps = List.copyOf(steps);
        if (steps.isEmpty()) {
            throw new IllegalArgumentException("a plan needs at least one step");
        }
    }

    /** Whether the steps are executed one after the other, in order. */
    public boolean isSequence() {
        for (var step : steps) {
            if (!step.needs().isEmpty()) {
                return false;
            }
        }
        return true;
    }
}
