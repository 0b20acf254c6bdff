package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Step;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How far a step is that is executed for each item of an array. Not thread-safe. */
final class ItemsOfStep {

    private final Step step;
    private final Map<String, @Nullable Object> input;
    private final List<@Nullable Object> items;
    private final int mostAtOnce;
    private final long startedNanos;
    private final @Nullable Object[] outputs;
    private final boolean[] finished;
    private int next;
    private int unfinished;
    private int begun;

    /**
     * A step that begins with its items now.
     *
     * @param input what the step sees
     */
    ItemsOfStep(Step step, List<@Nullable Object> items, Map<String, @Nullable Object> input, long startedNanos) {
        if (step.forEach() == null) {
            throw new IllegalArgumentException("not for each of an array: " + step.id());
        }
        this.step = step;
        this.items = items;
        this.input = input;
        this.mostAtOnce = step.forEach().maxParallel();
        this.startedNanos = startedNanos;
        this.outputs = new @Nullable Object[items.size()];
        this.finished = new boolean[items.size()];
        this.unfinished = items.size();
    }

    Step step() {
        return step;
    }

    int size() {
        return items.size();
    }

    @Nullable
    Object item(int index) {
        return items.get(index);
    }

    /** What the step itself sees; its items see themselves in addition. */
    Map<String, @Nullable Object> input() {
        return input;
    }

    long startedNanos() {
        return startedNanos;
    }

    /** The number of the item that may begin, and begins now; -1: none, for the moment or at all. */
    int next() {
        skipFinished();
        if (begun >= mostAtOnce || next == items.size()) {
            return -1;
        }
        begun++;
        return next++;
    }

    private void skipFinished() {
        while (next < items.size() && finished[next]) {
            next++;
        }
    }

    /** An earlier attempt has finished an item. Before the first one begins. */
    void finishedBefore(int index, @Nullable Object output) {
        finished[index] = true;
        outputs[index] = output;
        unfinished--;
    }

    /** An item that has begun is finished. */
    void finished(int index, @Nullable Object output) {
        begun--;
        finishedBefore(index, output);
    }

    /** An item that has begun waits for later. */
    void sleeps() {
        begun--;
    }

    /** Whether none goes on and none can begin. */
    boolean isOver() {
        skipFinished();
        return begun == 0 && next == items.size();
    }

    /** Whether each of them is finished. */
    boolean isFinished() {
        return unfinished == 0;
    }

    /** What the items have put out, in their order. */
    List<@Nullable Object> outputs() {
        return Collections.unmodifiableList(Arrays.asList(outputs));
    }
}
