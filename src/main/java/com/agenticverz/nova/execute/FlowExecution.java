package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Plan;
import com.agenticverz.nova.run.Step;
import com.agenticverz.nova.run.Step.OnError;
import com.agenticverz.nova.skill.PlanReader;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at a plan whose steps are executed at the same time, or for each item of an array. Each call of a skill is a
 * branch; everything else happens on the thread that calls {@link #execute}, so that nothing here is shared.
 */
final class FlowExecution {

    /** Of one run, however many of its steps are executed for each of how many items at once. */
    static final int MOST_BRANCHES = PlanReader.MOST_PARALLEL;

    private final Plan plan;
    private final StepExecution stepExecution;
    private final StepKeeper keeper;
    private final Outputs outputs;
    private final Branches branches;
    private final LongSupplier nanoTime;
    private final NeedOrder order;
    private final Set<ItemsOfStep> itemsOfSteps = new LinkedHashSet<>();
    private final Set<String> signals = new HashSet<>();
    private @Nullable Long earliestNanos;
    private int stepsAtOnce;

    FlowExecution(
            Plan plan,
            StepExecution stepExecution,
            StepKeeper keeper,
            Outputs outputs,
            Branches branches,
            LongSupplier nanoTime) {
        this.plan = plan;
        this.stepExecution = stepExecution;
        this.keeper = keeper;
        this.outputs = outputs;
        this.branches = branches;
        this.nanoTime = nanoTime;
        this.order = new NeedOrder(plan);
    }

    /**
     * Executes what an earlier attempt has not finished. The first step that fails ends it, and interrupts the others.
     *
     * @throws StepExecution.Sleeps when steps wait, and nothing else is left to do
     */
    void execute() throws InterruptedException, StepFailed {
        try (branches) {
            try {
                resume();
                begin();
                while (branches.running() > 0) {
                    branches.next().execute();
                    begin();
                }
            } catch (Throwable e) {
                // No other step begins or is tried again.
                stepExecution.stop();
                throw e;
            }
        }
        if (earliestNanos != null) {
            // As much of it has passed as the others have taken since.
            var left = Duration.ofNanos(Math.max(1_000_000, earliestNanos - nanoTime.getAsLong()));
            throw new StepExecution.Sleeps(left, signals);
        }
        outputs.sortAs(plan.steps());
    }

    private void resume() {
        for (var step : plan.steps()) {
            var before = keeper.before(step);
            if (before != null) {
                outputs.put(step, before.output());
                order.finished(step);
            }
        }
    }

    private void begin() {
        while (stepsAtOnce < plan.maxParallel() && branches.running() < MOST_BRANCHES) {
            var step = order.next();
            if (step == null) {
                break;
            }
            stepsAtOnce++;
            begin(step);
        }
        for (var items : itemsOfSteps) {
            while (branches.running() < MOST_BRANCHES) {
                int index = items.next();
                if (index < 0) {
                    break;
                }
                beginItem(items, index);
            }
        }
    }

    private void begin(Step step) {
        var seen = order.seenBy(step);
        // The last one is kept by the end of the run.
        boolean kept = !order.onlyOneIsLeft();
        if (step.forEach() == null) {
            branches.start(
                    step.id(),
                    branch -> execute(
                            branch,
                            step,
                            kept,
                            () -> outputs.input(seen),
                            output -> finished(step, output),
                            () -> stepsAtOnce--));
        } else {
            branches.start(step.id(), branch -> items(branch, step, kept, seen));
        }
    }

    private void finished(Step step, @Nullable Object output) {
        stepsAtOnce--;
        outputs.put(step, output);
        order.finished(step);
    }

    // --- the items of a step

    private void beginItem(ItemsOfStep items, int index) {
        var item = items.step().item(index);
        branches.start(
                item.id(),
                branch -> execute(
                        branch,
                        item,
                        true,
                        () -> input(items, index),
                        output -> {
                            items.finished(index, output);
                            go(items);
                        },
                        () -> {
                            items.sleeps();
                            go(items);
                        }));
    }

    private static Map<String, @Nullable Object> input(ItemsOfStep items, int index) {
        var input = new LinkedHashMap<>(items.input());
        input.put(PlanReader.ITEM, items.item(index));
        input.put(PlanReader.INDEX, index);
        return input;
    }

    /** The items of an earlier attempt are finished, whether all of them or some. */
    private void begin(ItemsOfStep items) {
        for (int i = 0; i < items.size(); i++) {
            var before = keeper.before(items.step().item(i));
            if (before != null) {
                items.finishedBefore(i, before.output());
            }
        }
        itemsOfSteps.add(items);
        go(items);
    }

    private void go(ItemsOfStep items) {
        if (!items.isOver()) {
            return;
        }
        itemsOfSteps.remove(items);
        if (!items.isFinished()) {
            stepsAtOnce--;
            return;
        }
        var step = items.step();
        if (order.onlyOneIsLeft()) {
            finished(step, items.outputs());
            return;
        }
        var ran = Duration.ofNanos(nanoTime.getAsLong() - items.startedNanos());
        var done = new StepExecution.Done(items.outputs(), null, 1, ran);
        branches.start(step.id(), branch -> {
            branch.keeps();
            keeper.keep(step, done);
            return () -> finished(step, done.output());
        });
    }

    // --- on the threads of the branches

    /**
     * Executes a step, or an item of one.
     *
     * @param finished takes its output
     * @param sleeps follows where it waits
     */
    private Branches.Then execute(
            Branches.Branch branch,
            Step step,
            boolean kept,
            Supplier<Map<String, @Nullable Object>> input,
            Consumer<@Nullable Object> finished,
            Runnable sleeps)
            throws InterruptedException, StepFailed {
        StepExecution.Done done;
        try {
            done = stepExecution.execute(step, step.id(), input);
        } catch (StepExecution.Sleeps e) {
            return () -> {
                sleepsFor(e);
                sleeps.run();
            };
        }
        if (kept) {
            branch.keeps();
            keeper.keep(step, done);
        }
        return () -> finished.accept(done.output());
    }

    private Branches.Then items(Branches.Branch branch, Step step, boolean kept, List<Step> seen)
            throws InterruptedException, StepFailed {
        var input = outputs.input(seen);
        List<@Nullable Object> items = null;
        String error = null;
        try {
            items = stepExecution.items(step, input);
        } catch (StepFailed e) {
            if (step.onError() != OnError.CONTINUE) {
                throw e;
            }
            error = e.getMessage();
        }
        if (items != null) {
            var ofStep = new ItemsOfStep(step, items, input, nanoTime.getAsLong());
            return () -> begin(ofStep);
        }
        if (kept) {
            branch.keeps();
            keeper.keep(step, new StepExecution.Done(null, error, 0, Duration.ZERO));
        }
        return () -> finished(step, null);
    }

    private void sleepsFor(StepExecution.Sleeps sleeps) {
        long until = nanoTime.getAsLong() + sleeps.duration().toNanos();
        earliestNanos = earliestNanos == null || until - earliestNanos < 0 ? Long.valueOf(until) : earliestNanos;
        signals.addAll(sleeps.signals());
    }
}
