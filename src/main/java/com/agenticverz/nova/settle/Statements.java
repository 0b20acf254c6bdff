package com.agenticverz.nova.settle;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Outcome;
import com.agenticverz.nova.store.Checkpoint;
import com.agenticverz.nova.store.Mark;
import com.agenticverz.nova.store.RunStore;
import com.agenticverz.nova.store.Settlement;
import com.agenticverz.nova.store.Sleeper;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What each {@link Write} does in the database. Made on the thread of the settler, which owns this; executed on another one.
 */
final class Statements {

    private final UUID node;
    private final RunStore store;
    private final BatchWriter batches;
    private final Ledger ledger;
    private final Metrics metrics;
    private final LongSupplier nanoTime;

    Statements(UUID node, RunStore store, Ledger ledger, Metrics metrics, LongSupplier nanoTime) {
        this.node = node;
        this.store = store;
        this.batches = new BatchWriter(store, node);
        this.ledger = ledger;
        this.metrics = metrics;
        this.nanoTime = nanoTime;
    }

    /** To be executed where blocking is allowed; it touches nothing of the settler. */
    Supplier<WriteResult> statement(Write write) {
        return switch (write) {
            case Write.MarkRunning marks -> {
                var ages = marks.runs().stream()
                        .map(run -> new Mark(run.fence(), since(run.startedNanos())))
                        .toList();
                yield () -> written(marks.fences(), store.mark(node, ages, marks.finishedClaims()));
            }
            case Write.Keep(var steps) -> {
                var checkpoints = new LinkedHashMap<Settler.Keep, Checkpoint>();
                steps.forEach(step -> checkpoints.put(step, checkpoint(step)));
                yield () -> {
                    var kept = batches.keep(checkpoints);
                    var lost = steps.stream()
                            .filter(step -> kept.get(step) instanceof Kept.Lost)
                            .map(step -> step.fence().runId())
                            .toList();
                    return new WriteResult(Map.of(), Set.of(), kept, List.of(), batches.readBack(lost));
                };
            }
            case Write.Report(var reports) ->
                () -> {
                    batches.report(reports);
                    return new WriteResult(Map.of(), Set.of(), Map.of(), List.of(), Map.of());
                };
            case Write.Settle(var ended, var finished) -> {
                var settlements = ended.stream().map(this::settlement).toList();
                metrics.settled(settlements.size());
                yield () -> {
                    var result = batches.write(settlements, finished);
                    return new WriteResult(result.settled(), Set.of(), Map.of(), List.of(), result.fencedOut());
                };
            }
            case Write.Snooze snooze -> {
                var sleepers = snooze.ended().stream()
                        .map(end -> sleeper(end, nanoTime.getAsLong()))
                        .toList();
                yield () -> written(snooze.fences(), store.snooze(sleepers, snooze.finishedClaims()));
            }
            case Write.HandBack(var fences, var finished) -> () -> written(fences, store.handBack(fences, finished));
            case Write.Explain(var fences) -> () -> written(fences, Set.of());
            case Write.Release(var claims) ->
                () -> new WriteResult(Map.of(), Set.of(), Map.of(), store.release(node, claims), Map.of());
        };
    }

    /** Blocks: reads back what was fenced out. */
    private WriteResult written(List<Fence> fences, Set<UUID> ids) {
        var missing = fences.stream()
                .map(Fence::runId)
                .filter(id -> !ids.contains(id))
                .toList();
        return new WriteResult(Map.of(), ids, Map.of(), List.of(), batches.readBack(missing));
    }

    /** What is to be written of a run that sleeps. */
    static Sleeper sleeper(Ended ended, long nowNanos) {
        if (!(ended.outcome() instanceof Outcome.Snoozed(var duration, var signals, var seen, var started))) {
            throw new IllegalStateException("not a run that sleeps: " + ended);
        }
        return new Sleeper(ended.fence(), ended.left(duration, nowNanos), signals, seen, started);
    }

    private Checkpoint checkpoint(Settler.Keep step) {
        return new Checkpoint(
                step.fence(),
                step.stepId(),
                step.skill(),
                step.outputJson(),
                step.error() == null ? null : RetryPolicy.storable(step.error()),
                step.tries(),
                step.ran(),
                since(step.endedNanos()));
    }

    private Settlement settlement(Ended ended) {
        var marked = ledger.marked(ended.fence());
        return new Settlement(
                ended.fence(),
                marked != Ledger.Marked.YES,
                marked != Ledger.Marked.NO,
                ended.outcome(),
                ended.ran(),
                since(ended.endedNanos()));
    }

    private Duration since(long nanos) {
        return Duration.ofNanos(Math.max(0, nanoTime.getAsLong() - nanos));
    }
}
