package com.agenticverz.nova.settle;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Outcome;
import com.agenticverz.nova.run.RunStatus;
import com.agenticverz.nova.store.RowState;
import com.agenticverz.nova.telemetry.Events;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * What follows from a write that the database has answered: the ledger and the backlog learn of it, the pool is told, and the
 * log says what ended and what was fenced out. Not thread-safe; owned by the settler.
 */
final class Acknowledgements {

    private static final Duration NEVER = Duration.ofSeconds(Long.MAX_VALUE);

    private final Ledger ledger;
    private final Backlog backlog;
    private final ActorRef<Settler.Report> pool;
    private final Metrics metrics;
    private final LongSupplier nanoTime;

    Acknowledgements(
            Ledger ledger, Backlog backlog, ActorRef<Settler.Report> pool, Metrics metrics, LongSupplier nanoTime) {
        this.ledger = ledger;
        this.backlog = backlog;
        this.pool = pool;
        this.metrics = metrics;
        this.nanoTime = nanoTime;
    }

    /** Takes the write off the backlog. */
    void wrote(Write write, WriteResult result) {
        switch (write) {
            case Write.MarkRunning marks -> marked(marks.fences(), result);
            case Write.Keep(var steps) -> kept(steps, result);
            // A run that is no longer held finds out by its next mark, step or end.
            case Write.Report _ -> {}
            case Write.Settle settle -> settled(settle, result);
            case Write.Snooze(var ended, var _) -> snoozed(ended, result);
            case Write.HandBack(var fences, var _) -> handedBack(fences, result);
            case Write.Explain(var fences) -> fences.forEach(fence -> fenced(fence, "heartbeat", result));
            case Write.Release _ -> released(result);
        }
        backlog.wrote(write);
        ledger.closed(write.finishedClaims());
    }

    private void marked(List<Fence> fences, WriteResult result) {
        var marked = new ArrayList<Fence>();
        var lost = new ArrayList<Fence>();
        for (var fence : fences) {
            if (result.written().contains(fence.runId())) {
                ledger.marked(fence, true);
                marked.add(fence);
            } else {
                fenced(fence, "mark", result);
                lost.add(fence);
            }
        }
        if (!marked.isEmpty()) {
            pool.tell(new Settler.Marked(marked));
        }
        lost(lost);
    }

    private void lost(List<Fence> fences) {
        if (!fences.isEmpty()) {
            fences.forEach(ledger::forget);
            fences.forEach(backlog::forget);
            pool.tell(new Settler.Lost(fences));
            pool.tell(new Settler.Freed(fences, false));
        }
    }

    private void kept(List<Settler.Keep> steps, WriteResult result) {
        var lost = new LinkedHashSet<Fence>();
        for (var step : steps) {
            var kept = result.kept().getOrDefault(step, new Kept.Lost());
            if (kept instanceof Kept.Lost && lost.add(step.fence())) {
                fenced(step.fence(), "checkpoint", result);
            }
            step.kept().complete(kept);
        }
        lost(List.copyOf(lost));
    }

    private void settled(Write.Settle settle, WriteResult result) {
        var due = NEVER;
        for (var end : settle.ended()) {
            var fence = end.fence();
            var written = result.settled().get(fence.runId());
            var row = result.fencedOut().get(fence.runId());
            if (written != null) {
                log(end, written);
                if (written instanceof Outcome.Retry(var _, var delay)) {
                    due = earlier(due, end.left(delay, nanoTime.getAsLong()));
                }
            } else if (backlog.sentBefore(fence) && row != null && isOurs(row, end)) {
                // Written by an earlier try whose acknowledgement was lost.
                log(end, end.outcome());
            } else {
                fenced(fence, "settle", result);
            }
            ledger.forget(fence);
        }
        reportDue(due);
        pool.tell(new Settler.Freed(settle.fences(), false));
    }

    private static boolean isOurs(RowState row, Ended ended) {
        boolean sameClaim = row.claimId() != null
                && row.claimId() == ended.fence().claimId()
                && row.attempts() == ended.fence().attempt();
        // A retry may have been promoted since.
        return sameClaim
                && (row.status() == ended.outcome().status()
                        || row.status() == RunStatus.QUEUED && ended.outcome() instanceof Outcome.Retry);
    }

    private void log(Ended ended, Outcome written) {
        var fence = ended.fence();
        if (!(written instanceof Outcome.Snoozed)) {
            metrics.runEnded(written.status(), ended.ran());
            if (written.status() != RunStatus.SUCCEEDED) {
                metrics.workerError();
            }
        }
        switch (written) {
            case Outcome.Succeeded _ ->
                Events.runCompleted(fence.runId(), ended.agentId(), fence.attempt(), ended.ran());
            case Outcome.Snoozed(var duration, var _, var _, var started) -> {
                // Of one that was not started its node has said why.
                if (started) {
                    Events.runSnoozed(fence.runId(), ended.agentId(), fence.attempt(), duration);
                }
            }
            case Outcome.Retry(var message, var delay) ->
                Events.runRetryScheduled(fence.runId(), ended.agentId(), fence.attempt(), delay, message);
            case Outcome.Failed(var message) ->
                Events.runFailed(fence.runId(), ended.agentId(), fence.attempt(), message);
        }
    }

    private void snoozed(List<Ended> ended, WriteResult result) {
        boolean waitForSignals = false;
        var due = NEVER;
        for (var end : ended) {
            var fence = end.fence();
            // As with a hand-back: one that was sent before may have been written then.
            if (result.written().contains(fence.runId()) || backlog.sentBefore(fence)) {
                log(end, end.outcome());
                var sleeper = Statements.sleeper(end, nanoTime.getAsLong());
                waitForSignals |= !sleeper.signals().isEmpty();
                due = earlier(due, sleeper.duration());
            } else {
                fenced(fence, "snooze", result);
            }
            ledger.forget(fence);
        }
        reportDue(due);
        // One that waits for a signal may be in the queue already: one came before it slept, or just now, when
        // the poller still took it for in flight.
        pool.tell(new Settler.Freed(ended.stream().map(Ended::fence).toList(), waitForSignals));
    }

    private static Duration earlier(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }

    private void reportDue(Duration due) {
        if (!due.equals(NEVER)) {
            pool.tell(new Settler.Due(due));
        }
    }

    private void handedBack(List<Fence> fences, WriteResult result) {
        for (var fence : fences) {
            // One that was sent before may have been written then; nothing in the row tells the two apart.
            if (!result.written().contains(fence.runId())
                    && !backlog.sentBefore(fence)
                    && ledger.marked(fence) == Ledger.Marked.YES) {
                fenced(fence, "hand-back", result);
            }
            ledger.forget(fence);
        }
        pool.tell(new Settler.Freed(fences, true));
    }

    private void released(WriteResult result) {
        if (!result.released().isEmpty()) {
            pool.tell(new Settler.Freed(result.released(), true));
        }
    }

    private void fenced(Fence fence, String write, WriteResult result) {
        var row = result.fencedOut().get(fence.runId());
        metrics.runsFenced(1);
        if (row != null && row.status() == RunStatus.CANCELLED) {
            Events.runCancelled(fence.runId(), row.agentId(), "in the table; its " + write + " was fenced out");
        } else {
            Events.runFenced(
                    fence.runId(),
                    fence.claimId(),
                    write,
                    row == null ? "deleted" : row.status().column());
        }
    }
}
