package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Ending;
import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.telemetry.Events;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
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

    /** Execute this run. Only to an idle worker. */
    record Execute(Run run, Fence fence) implements Command {}

    /** Stop executing, if it is still this run. */
    record Stop(Fence fence, Reason reason) implements Command {}

    private record ThreadEnded(
            Execution execution, @Nullable Ending ending) implements Command {}

    private record TimedOut(Execution execution) implements Command {}

    private record GraceOver(Execution execution) implements Command {}

    /** Why a run is stopped. */
    enum Reason {
        /** The node drains: the run goes back to the queue. */
        DRAIN,
        /** The run is no longer this node's: nothing is written. */
        LOST
    }

    /** What became of the run; told to the pool. */
    sealed interface Verdict {

        /** The attempt is over. */
        record Over(Ending ending) implements Verdict {}

        /** The attempt was interrupted. */
        record Stopped(Reason reason) implements Verdict {}
    }

    /**
     * Told to the pool when a worker is free again.
     *
     * @param ran how long the attempt took
     */
    record Finished(ActorRef<Command> worker, Fence fence, Verdict verdict, Duration ran)
            implements WorkerPool.Command {}

    /** Starts the thread of a plan; a parameter so that tests can break it. */
    interface PlanThreads {
        Thread start(String name, Runnable plan);

        PlanThreads VIRTUAL = (name, plan) -> Thread.ofVirtual().name(name).start(plan);
    }

    /** One execution, compared by identity: what arrives late from an earlier one is not confused with it. */
    private static final class Execution {
        final Run run;
        final Fence fence;
        final long startedNanos;
        final PlanExecution plan;
        final Thread thread;

        Execution(Run run, Fence fence, long startedNanos, PlanExecution plan, Thread thread) {
            this.run = run;
            this.fence = fence;
            this.startedNanos = startedNanos;
            this.plan = plan;
            this.thread = thread;
        }

        void interrupt() {
            plan.stop();
            thread.interrupt();
        }
    }

    /** How long an interrupted skill may take to end before it is left behind. */
    static final Duration GRACE = Duration.ofSeconds(2);

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final ActorRef<WorkerPool.Command> pool;
    private final WorkerSettings settings;
    private final Plans plans;
    private final PlanThreads threads;
    private final Metrics metrics;
    private final LongSupplier nanoTime;

    /** Makes the execution of a run. */
    interface Plans {
        PlanExecution of(Run run);
    }

    static Behavior<Command> create(
            ActorRef<WorkerPool.Command> pool,
            WorkerSettings settings,
            Plans plans,
            PlanThreads threads,
            Metrics metrics,
            LongSupplier nanoTime) {
        Behavior<Command> worker = Behaviors.setup(context -> Behaviors.withTimers(
                timers -> new Worker(context, timers, pool, settings, plans, threads, metrics, nanoTime).idle()));
        return Behaviors.supervise(worker)
                .onFailure(SupervisorStrategy.restartWithBackoff(Duration.ofMillis(100), Duration.ofSeconds(10), 0.2)
                        .withLoggingEnabled(false));
    }

    private Worker(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            ActorRef<WorkerPool.Command> pool,
            WorkerSettings settings,
            Plans plans,
            PlanThreads threads,
            Metrics metrics,
            LongSupplier nanoTime) {
        this.context = context;
        this.timers = timers;
        this.pool = pool;
        this.settings = settings;
        this.plans = plans;
        this.threads = threads;
        this.metrics = metrics;
        this.nanoTime = nanoTime;
    }

    private Behavior<Command> idle() {
        return Behaviors.receiveMessage(command -> switch (command) {
            case Execute(var run, var fence) -> start(run, fence);
            case Stop _, ThreadEnded _, TimedOut _, GraceOver _ -> Behaviors.same();
        });
    }

    private Behavior<Command> start(Run run, Fence fence) {
        try {
            var timeout = run.timeout(settings.runTimeout());
            var execution = begin(run, fence, timeout);
            return executing(execution, timeout);
        } catch (RuntimeException | Error e) {
            // The restart forgets what it was about, so the pool hears of it first.
            broke(fence, Duration.ZERO, e.toString());
            throw e;
        }
    }

    private Execution begin(Run run, Fence fence, Duration timeout) {
        var plan = plans.of(run);
        var started = new CompletableFuture<Execution>();
        var thread = threads.start("run-" + run.id(), () -> {
            var execution = started.join();
            context.getSelf().tell(new ThreadEnded(execution, ending(plan)));
        });
        var execution = new Execution(run, fence, nanoTime.getAsLong(), plan, thread);
        timers.startSingleTimer(execution, new TimedOut(execution), timeout);
        // Last, so that nothing is executed that could not be stopped.
        started.complete(execution);
        return execution;
    }

    /** Null: interrupted. */
    private static @Nullable Ending ending(PlanExecution plan) {
        try {
            return plan.execute();
        } catch (InterruptedException e) {
            return null;
        } catch (Throwable e) {
            return new Ending.Failed("the execution of the plan broke: " + e, true);
        }
    }

    private Behavior<Command> executing(Execution execution, Duration timeout) {
        return Behaviors.receive(Command.class)
                .onMessage(Command.class, command -> switch (command) {
                    case ThreadEnded(var ended, var ending)
                    when ended == execution ->
                        free(
                                execution,
                                new Verdict.Over(
                                        ending != null
                                                ? ending
                                                : new Ending.Failed(
                                                        "the skill was interrupted, but not by Nova", true)));
                    case TimedOut(var late)
                    when late == execution ->
                        interrupt(
                                execution,
                                new Verdict.Over(
                                        new Ending.Failed("timed out after " + seconds(timeout) + " s", true)));
                    case Stop(var fence, var reason)
                    when fence.equals(execution.fence) -> interrupt(execution, new Verdict.Stopped(reason));
                    case Execute _ -> throw new IllegalStateException("busy with run " + execution.run.id());
                    case Stop _, ThreadEnded _, TimedOut _, GraceOver _ -> Behaviors.same();
                })
                .onSignal(PreRestart.class, _ -> restarting(execution))
                .build();
    }

    private Behavior<Command> interrupt(Execution execution, Verdict verdict) {
        timers.cancel(execution);
        execution.interrupt();
        timers.startSingleTimer(execution, new GraceOver(execution), GRACE);
        return interrupting(execution, verdict);
    }

    /** Waits for the thread to end, but not for ever. */
    private Behavior<Command> interrupting(Execution execution, Verdict verdict) {
        return Behaviors.receive(Command.class)
                .onMessage(Command.class, command -> switch (command) {
                    // It made it after all.
                    case ThreadEnded(var ended, Ending.Succeeded success)
                    when ended == execution && !lost(verdict) -> free(execution, new Verdict.Over(success));
                    case ThreadEnded(var ended, var _) when ended == execution -> free(execution, verdict);
                    case GraceOver(var over)
                    when over == execution -> {
                        metrics.skillAbandoned();
                        Carriers.oneIsLost();
                        yield free(execution, verdict);
                    }
                    case Stop(var fence, var reason)
                    when fence.equals(execution.fence) && reason == Reason.LOST ->
                        interrupting(execution, new Verdict.Stopped(reason));
                    case Execute _ -> throw new IllegalStateException("busy with run " + execution.run.id());
                    case Stop _, ThreadEnded _, TimedOut _, GraceOver _ -> Behaviors.same();
                })
                .onSignal(PreRestart.class, _ -> restarting(execution))
                .build();
    }

    private static boolean lost(Verdict verdict) {
        return verdict instanceof Verdict.Stopped(var reason) && reason == Reason.LOST;
    }

    private Behavior<Command> free(Execution execution, Verdict verdict) {
        timers.cancel(execution);
        pool.tell(new Finished(context.getSelf(), execution.fence, verdict, ran(execution)));
        return idle();
    }

    private Behavior<Command> restarting(Execution execution) {
        execution.interrupt();
        broke(execution.fence, ran(execution), "it failed while the run was executed");
        return Behaviors.same();
    }

    private void broke(Fence fence, Duration ran, String cause) {
        Events.workerRestarted(cause);
        metrics.workerError();
        pool.tell(new Finished(
                context.getSelf(),
                fence,
                new Verdict.Over(new Ending.Failed("the worker of this run broke: " + cause, true)),
                ran));
    }

    private Duration ran(Execution execution) {
        return Duration.ofNanos(nanoTime.getAsLong() - execution.startedNanos);
    }

    private static String seconds(Duration duration) {
        return java.math.BigDecimal.valueOf(duration.toMillis(), 3)
                .stripTrailingZeros()
                .toPlainString();
    }
}
