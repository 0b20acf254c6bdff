package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Ending;
import com.agenticverz.nova.run.Step;
import org.jspecify.annotations.Nullable;

/** A step failed in a way that ends the attempt, unless its plan says otherwise. */
final class StepFailed extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient Ending.Failed ending;

    StepFailed(Step step, @Nullable String message, boolean retryable) {
        super(message, null, false, false);
        this.ending = new Ending.Failed("step " + step.id() + " (" + step.skill() + "): " + message, retryable);
    }

    /** What it makes of the attempt. */
    Ending.Failed ending() {
        return ending;
    }
}
