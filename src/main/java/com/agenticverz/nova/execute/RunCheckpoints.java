package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.settle.Kept;
import com.agenticverz.nova.settle.Settler;
import com.agenticverz.nova.store.Database;
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

    /** The class of SQLSTATE of a table that is not there, or not for this role; another try would end the same. */
    private static final String NOT_FOR_US = "42";

    /** Between two tries to read, while the database is away. */
    private static final Duration READ_AGAIN_AFTER = Duration.ofMillis(500);

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
        while (true) {
            try {
                var finished = new HashMap<String, Finished>();
                for (var step :
                        reader.apply(fence.runId()).toCompletableFuture().get()) {
                    finished.put(step.stepId(), new Finished(step.skill(), step.outputJson()));
                }
                return finished;
            } catch (ExecutionException e) {
                var state = Database.sqlState(e);
                if (state != null && state.startsWith(NOT_FOR_US)) {
                    throw new IllegalStateException("its finished steps cannot be read: " + Database.reason(e), e);
                }
                // Not a failure of the run: without an answer it could only begin from the start.
                Thread.sleep(READ_AGAIN_AFTER);
            }
        }
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
