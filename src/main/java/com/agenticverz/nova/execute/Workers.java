package com.agenticverz.nova.execute;

import com.agenticverz.nova.skill.SkillRegistry;
import com.agenticverz.nova.store.FinishedStep;
import com.agenticverz.nova.telemetry.Metrics;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;

/**
 * The workers of a pool, and what they share.
 *
 * @param behaviors a new worker of the given pool, whenever it is asked for
 * @param reports where their skills say how far their steps are
 * @param abandoned skills that ignore their interrupt
 */
public record Workers(
        Function<ActorRef<WorkerPool.Command>, Supplier<Behavior<Worker.Command>>> behaviors,
        StepReports reports,
        Abandoned abandoned) {

    /**
     * What runs need of the database.
     *
     * @param finishedSteps what earlier attempts at a run have finished
     * @param takeSignal takes what was sent to a run
     * @param heartbeatDetail what the last heartbeat of a step of a run said, as JSON
     */
    public record Reads(
            Function<UUID, CompletionStage<List<FinishedStep>>> finishedSteps,
            SignalTaker takeSignal,
            BiFunction<UUID, String, CompletionStage<Optional<String>>> heartbeatDetail) {}

    /** The workers of a real node. */
    public static Workers of(
            SkillRegistry skills,
            Reads reads,
            UUID node,
            WorkerSettings settings,
            Metrics metrics,
            LongSupplier nanoTime) {
        var reports = new StepReports();
        var abandoned = new Abandoned(settings.concurrency(), metrics);
        var tries = StepExecution.Tries.of(metrics, abandoned);
        return new Workers(
                pool -> {
                    var parts = new Worker.Parts(
                            node,
                            settings,
                            (run, fence) -> new PlanExecution(
                                    skills,
                                    tries,
                                    nanoTime,
                                    run,
                                    () -> new RunCheckpoints(fence, reads.finishedSteps(), pool, nanoTime),
                                    (step, name) -> new RunSignals(fence, reads.takeSignal(), pool).take(step, name),
                                    new RunReports(fence, reports, reads.heartbeatDetail())),
                            Worker.PlanThreads.VIRTUAL,
                            abandoned,
                            metrics,
                            nanoTime);
                    return () -> Worker.create(pool, parts);
                },
                reports,
                abandoned);
    }
}
