package com.agenticverz.nova.run;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One call of a skill.
 *
 * @param id unique in its plan; {@code s1, s2, …} where the plan names none
 * @param skill the name of a registered skill
 * @param params JSON values: {@code Map}, {@code List}, {@code String}, {@code Number}, {@code Boolean}, null; as the
 *     plan has them
 * @param onError what a failure of this step does to the run
 * @param retries how often this step is tried again within the attempt, when {@code onError} is {@code RETRY}
 * @param timeout how long one try may take; null: no limit but the run's own
 * @param outputKey the name of its output in the run's result; the id where the plan names none
 * @param when whether it is executed; null: it is
 * @param filledIn the params with a value in the place of each reference; null: they refer to nothing
 * @param needs the ids of the steps that are finished before it begins, if its plan is no sequence
 * @param forEach what it is executed for; null: it is executed once
 */
public record Step(
        String id,
        String skill,
        Map<String, @Nullable Object> params,
        OnError onError,
        int retries,
        @Nullable Duration timeout,
        String outputKey,
        @Nullable Reference<Boolean> when,
        @Nullable Reference<Map<String, @Nullable Object>> filledIn,
        List<String> needs,
        @Nullable ForEach forEach) {

    public Step {
        needs = List.copyOf(needs);
    }

    /** This step for one item of its array: a step of its own, whose condition is met. */
    public Step item(int index) {
        return new Step(
                id + "[" + index + "]",
                skill,
                params,
                onError,
                retries,
                timeout,
                outputKey,
                null,
                filledIn,
                needs,
                null);
    }

    /**
     * A step that is executed for each item of an array.
     *
     * @param items the array
     * @param maxParallel for how many items at once, at most
     */
    public record ForEach(Reference<List<@Nullable Object>> items, int maxParallel) {}

    /**
     * What depends on the steps before.
     *
     * @param <T> what it comes to
     */
    @FunctionalInterface
    public interface Reference<T extends @Nullable Object> {

        /**
         * What it comes to.
         *
         * @param input the outputs so far by their keys, and the run as {@code run}
         * @throws RuntimeException when it comes to nothing that is of use; its message says why
         */
        T in(Map<String, @Nullable Object> input) throws InterruptedException;

        /** The names of the secrets that are left open in it, for who calls the skill. */
        default Set<String> secrets() {
            return Set.of();
        }
    }

    /** The names of the secrets that its params refer to; mostly none. */
    public Set<String> secrets() {
        return filledIn == null ? Set.of() : filledIn.secrets();
    }

    /** What a failed step does to the run. */
    public enum OnError {
        /** The attempt fails. */
        ABORT,
        /** The step's output is null and the next step begins. */
        CONTINUE,
        /** The step is tried again, {@code retries} times, and then the attempt fails. */
        RETRY
    }
}
