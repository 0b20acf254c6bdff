package com.agenticverz.nova.execute;

import com.agenticverz.nova.telemetry.Metrics;

/** Those of a node that leaves a skill behind. */
final class TestTries {

    private TestTries() {}

    static StepExecution.Tries of(Metrics metrics) {
        return StepExecution.Tries.of(metrics, new Abandoned(1, metrics));
    }
}
