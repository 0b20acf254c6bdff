package com.agenticverz.nova.settle;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.store.StepReport;
import java.util.List;

/** One statement of the settler. Each takes away the rows of the claims that none of their runs needs after it. */
sealed interface Write {

    List<Long> finishedClaims();

    /** Marks runs that last. */
    record MarkRunning(List<Settler.Started> runs, List<Long> finishedClaims) implements Write {

        List<Fence> fences() {
            return runs.stream().map(Settler.Started::fence).toList();
        }
    }

    /** Keeps finished steps. */
    record Keep(List<Settler.Keep> steps) implements Write {

        @Override
        public List<Long> finishedClaims() {
            return List.of();
        }
    }

    /** Writes what skills have said of their steps. */
    record Report(List<StepReport> reports) implements Write {

        @Override
        public List<Long> finishedClaims() {
            return List.of();
        }
    }

    /** Writes how attempts ended. */
    record Settle(List<Ended> ended, List<Long> finishedClaims) implements Write {

        List<Fence> fences() {
            return ended.stream().map(Ended::fence).toList();
        }
    }

    /** Puts runs to sleep. */
    record Snooze(List<Ended> ended, List<Long> finishedClaims) implements Write {

        List<Fence> fences() {
            return ended.stream().map(Ended::fence).toList();
        }
    }

    /** Gives runs back to the queue. */
    record HandBack(List<Fence> fences, List<Long> finishedClaims) implements Write {}

    /** Lets claims go, whatever their rows list. */
    record Release(List<Long> finishedClaims) implements Write {}

    /** Writes nothing; only reads back. */
    record Explain(List<Fence> fences) implements Write {

        @Override
        public List<Long> finishedClaims() {
            return List.of();
        }
    }
}
