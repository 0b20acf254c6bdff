package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.settle.Kept;
import com.agenticverz.nova.settle.Settler;
import com.agenticverz.nova.store.FinishedStep;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;

/** Those of a run of this node. They are read from the database and written by the settler, which the pool tells. */
final class RunCheckpoints implements Checkpoints {

    /**
     * A step is to be kept.
     *
     * @param runStartedNanos when this attempt at its run began
     */
    record Keep(Settler.Keep step, long runStartedNanos) implements WorkerPool.Command {}

    /** The pool stops a run that is lost; the answer of the settler may be a moment earlier. */
    private static final Duration UNTIL_STOPPED = Duration.ofSeconds(5);

    private final Fence fence;
    private final Function<UUID, CompletionStage<List<FinishedStep>>> reader;
    private final ActorRef<WorkerPool.Command> pool;
    private final LongSupplier nanoTime;
    private final long startedNanos;

    /** Those of a run that begins now. */
    RunCheckpoints(
            Fence fence,
            Function<UUID, CompletionStage<List<FinishedStep>>> reader,
            ActorRef<WorkerPool.Command> pool,
            LongSupplier nanoTime) {
        this.fence = fence;
        this.reader = reader;
        this.pool = pool;
        this.nanoTime = nanoTime;
        this.startedNanos = nanoTime.getAsLong();
    }

    @Override
    public Map<String, Finished> finished() throws InterruptedException {
        var finished = new HashMap<String, Finished>();
        for (var step : UntilAnswered.ask("its finished steps cannot be read", () -> reader.apply(fence.runId()))) {
            finished.put(step.stepId(), new Finished(step.skill(), step.outputJson()));
        }
        return finished;
    }

    @Override
    public void keep(Step step) throws InterruptedException, Refused {
        var kept = new CompletableFuture<Kept>();
        pool.tell(new Keep(
                new Settler.Keep(
                        fence,
                        step.id(),
                        step.skill(),
                        step.outputJson(),
                        step.error(),
                        step.tries(),
                        step.ran(),
                        nanoTime.getAsLong(),
                        kept),
                startedNanos));
        switch (answer(kept)) {
            case Kept.Yes _ -> {}
            case Kept.Lost _ -> {
                Thread.sleep(UNTIL_STOPPED);
                throw new InterruptedException("the run is lost");
            }
            case Kept.Refused(var reason) -> throw new Refused(reason);
        }
    }

    private static Kept answer(CompletableFuture<Kept> kept) throws InterruptedException {
        try {
            return kept.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a checkpoint was not answered", e);
        }
    }
}
