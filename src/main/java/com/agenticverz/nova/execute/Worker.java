package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Ending;
import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.telemetry.Events;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/**
 * Executes one run at a time, on a virtual thread, and stays responsive while it does: to its timeout, and to the pool
 * that wants the run stopped.
 */
final class Worker {

    sealed interface Command {}

    /** Execute these runs, one after the other. Only to an idle worker. */
    record Execute(Turn turn) implements Command {}

    /** Stop executing, if it is still this run. */
    record Stop(Fence fence, Reason reason) implements Command {}

    private record ThreadEnded(Turn turn) implements Command {}

    private record TimeToLook(Turn turn) implements Command {}

    private record GraceOver(Turn turn) implements Command {}

    private record LookAgain(Turn turn) implements Command {}

    /** Why a run is stopped. */
    enum Reason {
        /** The node drains: the run goes back to the queue. */
        DRAIN,
        /** The run is no longer this node's: nothing is written. */
        LOST
    }

    /** What became of a run. */
    sealed interface Verdict {

        /** The attempt is over. */
        record Over(Ending ending) implements Verdict {}

        /** The attempt was interrupted. */
        record Stopped(Reason reason) implements Verdict {}

        /**
         * Nothing was executed: this node does not have skills of the plan.
         *
         * @param skills their names
         */
        record Unable(List<String> skills) implements Verdict {}
    }

    /**
     * Told to the pool when a worker is free again.
     *
     * @param turn has the results, and what has not begun
     */
    record Finished(ActorRef<Command> worker, Turn turn) implements WorkerPool.Command {}

    /**
     * Told to the pool when the skill of a turn that was stopped does not end, and its worker has to stay with it.
     *
     * @param turn has the results, and what has not begun; {@link Finished} comes some day
     */
    record Held(Turn turn) implements WorkerPool.Command {}

    /** Starts the thread of a turn; a parameter so that tests can break it. */
    interface PlanThreads {
        Thread start(String name, Runnable turn);

        PlanThreads VIRTUAL = (name, turn) -> Thread.ofVirtual().name(name).start(turn);
    }

    /** Makes the execution of a run. */
    interface Plans {
        PlanExecution of(Run run, Fence fence);
    }

    /**
     * What workers are made of.
     *
     * @param node for the log
     * @param abandoned skills of all workers that ignore their interrupt
     */
    record Parts(
            UUID node,
            WorkerSettings settings,
            Plans plans,
            PlanThreads threads,
            Abandoned abandoned,
            Metrics metrics,
            LongSupplier nanoTime) {}

    /** How long an interrupted skill may take to end before it is left behind. */
    static final Duration GRACE = Duration.ofSeconds(2);

    /** How often a worker that stays with a skill asks whether it still has to. */
    private static final Duration LOOK_AGAIN_AFTER = Duration.ofSeconds(1);

    private final ActorRef<Command> self;
    private final TimerScheduler<Command> timers;
    private final ActorRef<WorkerPool.Command> pool;
    private final Parts parts;

    static Behavior<Command> create(ActorRef<WorkerPool.Command> pool, Parts parts) {
        Behavior<Command> worker = Behaviors.setup(
                context -> Behaviors.withTimers(timers -> new Worker(context, timers, pool, parts).idle()));
        return Behaviors.supervise(worker)
                .onFailure(SupervisorStrategy.restartWithBackoff(Duration.ofMillis(100), Duration.ofSeconds(10), 0.2)
                        .withLoggingEnabled(false));
    }

    private Worker(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            ActorRef<WorkerPool.Command> pool,
            Parts parts) {
        this.self = context.getSelf();
        this.timers = timers;
        this.pool = pool;
        this.parts = parts;
    }

    private long now() {
        return parts.nanoTime().getAsLong();
    }

    private Behavior<Command> idle() {
        return Behaviors.receiveMessage(command -> switch (command) {
            case Execute(var turn) -> start(turn);
            case Stop _, ThreadEnded _, TimeToLook _, GraceOver _, LookAgain _ -> Behaviors.same();
        });
    }

    private Behavior<Command> start(Turn turn) {
        try {
            timers.startSingleTimer(
                    turn,
                    new TimeToLook(turn),
                    turn.shortestTimeout(parts.settings().runTimeout()));
            // Last, so that nothing is executed that could not be stopped.
            var thread = parts.threads().start("worker-" + self.path().name(), () -> execute(turn));
            return executing(turn, thread);
        } catch (RuntimeException | Error e) {
            // The restart forgets what it was about, so the pool hears of it first.
            broke(turn, e.toString());
            throw e;
        }
    }

    // --- on the thread of the turn

    private void execute(Turn turn) {
        try {
            for (var begun = turn.begin(now()); begun != null; begun = turn.begin(now())) {
                execute(turn, begun);
            }
        } finally {
            self.tell(new ThreadEnded(turn));
        }
    }

    private void execute(Turn turn, Workload.Waiting begun) {
        @Nullable Ending ending;
        try {
            var run = begun.run();
            var plan = parts.plans().of(run, begun.fence());
            turn.executes(plan);
            Thread.currentThread().setName("run-" + run.id());
            var missing = plan.missingSkills();
            if (!missing.isEmpty()) {
                turn.unable(missing, now());
                return;
            }
            parts.metrics().runWaited(Duration.ofMillis(run.waitedMillis()).plusNanos(now() - begun.sinceNanos()));
            Events.runDispatched(run.id(), run.agentId(), begun.fence().attempt(), parts.node());
            ending = plan.execute();
        } catch (InterruptedException e) {
            ending = null;
        } catch (Throwable e) {
            ending = new Ending.Failed("the execution of the plan broke: " + e, true);
        }
        turn.end(ending, now());
    }

    // --- meanwhile

    private Behavior<Command> executing(Turn turn, Thread thread) {
        return Behaviors.receive(Command.class)
                .onMessage(Command.class, command -> switch (command) {
                    case ThreadEnded(var ended) when ended == turn -> free(turn);
                    case TimeToLook(var late) when late == turn -> look(turn, thread);
                    case Stop(var fence, var reason) ->
                        turn.stop(fence, new Verdict.Stopped(reason)) ? interrupting(turn, thread) : Behaviors.same();
                    case Execute _ -> throw new IllegalStateException("busy");
                    case ThreadEnded _, TimeToLook _, GraceOver _, LookAgain _ -> Behaviors.same();
                })
                .onSignal(PreRestart.class, _ -> restarting(turn))
                .build();
    }

    /** Time for the run that is executed may be up; if another one is by now, it has some left. */
    private Behavior<Command> look(Turn turn, Thread thread) {
        var current = turn.current();
        if (current == null) {
            lookAgain(turn, turn.shortestTimeout(parts.settings().runTimeout()));
            return Behaviors.same();
        }
        var timeout = current.run().timeout(parts.settings().runTimeout());
        // The timer of a run alone was its own: it need not agree with the clock to the last nanosecond.
        var left = turn.size() == 1 ? Duration.ZERO : timeout.minusNanos(now() - current.begunNanos());
        if (left.isPositive()) {
            lookAgain(turn, left);
            return Behaviors.same();
        }
        var verdict =
                new Verdict.Over(new Ending.Failed("timed out after " + PlanExecution.seconds(timeout) + " s", true));
        if (turn.stop(current.fence(), verdict)) {
            return interrupting(turn, thread);
        }
        // It ended just now, and perhaps another one has begun.
        lookAgain(turn, turn.shortestTimeout(parts.settings().runTimeout()));
        return Behaviors.same();
    }

    private void lookAgain(Turn turn, Duration in) {
        timers.startSingleTimer(turn, new TimeToLook(turn), in);
    }

    /** Waits for the thread to end, but not for ever. */
    private Behavior<Command> interrupting(Turn turn, Thread thread) {
        timers.startSingleTimer(turn, new GraceOver(turn), GRACE);
        return Behaviors.receive(Command.class)
                .onMessage(Command.class, command -> switch (command) {
                    case ThreadEnded(var ended) when ended == turn -> free(turn);
                    case GraceOver(var over)
                    when over == turn -> {
                        var current = turn.current();
                        if (current == null) {
                            // It has ended just now.
                            yield Behaviors.same();
                        }
                        var step = turn.step();
                        turn.leaveBehind(now());
                        yield leave(turn, thread, current.run().id(), step);
                    }
                    case Stop(var fence, var reason) -> {
                        turn.stop(fence, new Verdict.Stopped(reason));
                        yield Behaviors.same();
                    }
                    case Execute _ -> throw new IllegalStateException("busy");
                    case ThreadEnded _, TimeToLook _, GraceOver _, LookAgain _ -> Behaviors.same();
                })
                .onSignal(PreRestart.class, _ -> restarting(turn))
                .build();
    }

    /** The thread goes on and counts for nothing. Another one takes its place, or the worker stays with it. */
    private Behavior<Command> leave(Turn turn, Thread thread, UUID runId, String step) {
        if (parts.abandoned().leave(thread, runId, step)) {
            return free(turn);
        }
        pool.tell(new Held(turn));
        timers.startSingleTimer(turn, new LookAgain(turn), LOOK_AGAIN_AFTER);
        return Behaviors.receive(Command.class)
                .onMessage(Command.class, command -> switch (command) {
                    case ThreadEnded(var ended) when ended == turn -> free(turn);
                    case LookAgain(var again)
                    when again == turn -> {
                        if (parts.abandoned().leave(thread, runId, step)) {
                            yield free(turn);
                        }
                        timers.startSingleTimer(turn, new LookAgain(turn), LOOK_AGAIN_AFTER);
                        yield Behaviors.same();
                    }
                    case Execute _ -> throw new IllegalStateException("busy");
                    case Stop _, ThreadEnded _, TimeToLook _, GraceOver _, LookAgain _ -> Behaviors.same();
                })
                .onSignal(PreRestart.class, _ -> restarting(turn))
                .build();
    }

    private Behavior<Command> free(Turn turn) {
        timers.cancel(turn);
        pool.tell(new Finished(self, turn));
        return idle();
    }

    private Behavior<Command> restarting(Turn turn) {
        broke(turn, "it failed while the run was executed");
        return Behaviors.same();
    }

    private void broke(Turn turn, String cause) {
        turn.broke(cause, now());
        Events.workerRestarted(cause);
        parts.metrics().workerError();
        pool.tell(new Finished(self, turn));
    }
}
