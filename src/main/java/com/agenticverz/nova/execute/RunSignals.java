package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.store.SignalLook;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.pekko.actor.typed.ActorRef;

/** The signals of a run of this node. They are taken under the mark of the run, for which the pool sees to it. */
final class RunSignals implements SignalSource {

    /**
     * A run needs its mark now.
     *
     * @param marked completed once it is written; false: the run is not this node's
     */
    record NeedMark(Fence fence, CompletableFuture<Boolean> marked) implements WorkerPool.Command {}

    /** The pool stops a run that is lost; the answer of the database may be a moment earlier. */
    private static final Duration UNTIL_STOPPED = Duration.ofSeconds(5);

    private final Fence fence;
    private final SignalTaker taker;
    private final ActorRef<WorkerPool.Command> pool;

    RunSignals(Fence fence, SignalTaker taker, ActorRef<WorkerPool.Command> pool) {
        this.fence = fence;
        this.taker = taker;
        this.pool = pool;
    }

    @Override
    public SignalLook take(String stepId, String name) throws InterruptedException {
        var look = marked()
                ? UntilAnswered.ask("its signals cannot be read", () -> taker.take(fence, stepId, name))
                : Optional.<SignalLook>empty();
        if (look.isEmpty()) {
            Thread.sleep(UNTIL_STOPPED);
            throw new InterruptedException("the run is lost");
        }
        return look.get();
    }

    private boolean marked() throws InterruptedException {
        var marked = new CompletableFuture<Boolean>();
        pool.tell(new NeedMark(fence, marked));
        try {
            return marked.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a mark was not answered", e);
        }
    }
}
