package com.agenticverz.nova.settle;

import com.agenticverz.nova.run.Outcome;
import com.agenticverz.nova.store.Checkpoint;
import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.RowState;
import com.agenticverz.nova.store.RunStore;
import com.agenticverz.nova.store.Settlement;
import com.agenticverz.nova.store.StepReport;
import com.agenticverz.nova.telemetry.Events;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Writes a batch of settlements, of finished steps, or of what skills have said; blocks. */
final class BatchWriter {

    /**
     * What was written.
     *
     * @param settled what each run got
     * @param fencedOut the rest, with what their rows say; null: the row is gone
     */
    record Result(Map<UUID, Outcome> settled, Map<UUID, @Nullable RowState> fencedOut) {}

    private final RunStore store;
    private final UUID node;

    BatchWriter(RunStore store, UUID node) {
        this.store = store;
        this.node = node;
    }

    Result write(List<Settlement> settlements, List<Long> finishedClaims) {
        var settled = new HashMap<UUID, Outcome>();
        settle(settlements, finishedClaims, settled);
        var missing = new ArrayList<UUID>();
        for (var settlement : settlements) {
            if (!settled.containsKey(settlement.fence().runId())) {
                missing.add(settlement.fence().runId());
            }
        }
        return new Result(settled, readBack(missing));
    }

    /** Keeps finished steps. Where PostgreSQL refuses one, the others are kept all the same. */
    Map<Settler.Keep, Kept> keep(Map<Settler.Keep, Checkpoint> steps) {
        var kept = new HashMap<Settler.Keep, Kept>();
        keep(List.copyOf(steps.entrySet()), kept);
        return kept;
    }

    private void keep(List<Map.Entry<Settler.Keep, Checkpoint>> steps, Map<Settler.Keep, Kept> kept) {
        try {
            var ids = store.checkpoint(steps.stream().map(Map.Entry::getValue).toList());
            for (var step : steps) {
                kept.put(step.getKey(), ids.contains(step.getKey().fence().runId()) ? new Kept.Yes() : new Kept.Lost());
            }
        } catch (RuntimeException e) {
            if (!Database.isRefusal(e)) {
                throw e;
            }
            if (steps.size() > 1) {
                int half = steps.size() / 2;
                keep(steps.subList(0, half), kept);
                keep(steps.subList(half, steps.size()), kept);
            } else {
                kept.put(steps.getFirst().getKey(), new Kept.Refused(Database.reason(e)));
            }
        }
    }

    /** Writes what skills have said of their steps. Where PostgreSQL refuses one, that one is left out, and said so. */
    void report(List<StepReport> reports) {
        try {
            store.report(reports);
        } catch (RuntimeException e) {
            if (!Database.hasAnswered(e)) {
                throw e;
            }
            if (reports.size() > 1) {
                int half = reports.size() / 2;
                report(reports.subList(0, half));
                report(reports.subList(half, reports.size()));
            } else {
                var refused = reports.getFirst();
                Events.stepReportDropped(refused.fence().runId(), refused.stepId(), Database.reason(e));
            }
        }
    }

    /** What the rows of runs say; null: the row is gone. */
    Map<UUID, @Nullable RowState> readBack(List<UUID> ids) {
        var rows = new HashMap<UUID, @Nullable RowState>();
        if (!ids.isEmpty()) {
            ids.forEach(id -> rows.put(id, null));
            store.readBack(ids).forEach(row -> rows.put(row.id(), row));
        }
        return rows;
    }

    /** One value that PostgreSQL refuses fails the whole statement, so the batch is halved until it stands alone. */
    private void settle(List<Settlement> settlements, List<Long> finishedClaims, Map<UUID, Outcome> settled) {
        try {
            var ids = store.settle(node, settlements, finishedClaims);
            for (var settlement : settlements) {
                if (ids.contains(settlement.fence().runId())) {
                    settled.put(settlement.fence().runId(), settlement.outcome());
                }
            }
        } catch (RuntimeException e) {
            if (!Database.isRefusal(e)) {
                throw e;
            }
            if (settlements.size() > 1) {
                int half = settlements.size() / 2;
                // The rows of the claims go last: the fence of the second half still needs them.
                settle(settlements.subList(0, half), List.of(), settled);
                settle(settlements.subList(half, settlements.size()), finishedClaims, settled);
            } else {
                var refused = settlements.getFirst();
                var plain = plain(refused.outcome(), Database.reason(e));
                if (plain.equals(refused.outcome())) {
                    throw e;
                }
                var replacement = new Settlement(
                        refused.fence(),
                        refused.maybeUnmarked(),
                        refused.maybeMarked(),
                        plain,
                        refused.ran(),
                        refused.endedAgo());
                settle(List.of(replacement), finishedClaims, settled);
            }
        }
    }

    /** What any database can store: no result, and a message in ASCII, which is in every encoding. */
    private static Outcome plain(Outcome outcome, String reason) {
        return switch (outcome) {
            case Outcome.Succeeded _ -> new Outcome.Failed(ascii("the result cannot be stored as jsonb: " + reason));
            case Outcome.Snoozed _ -> outcome;
            case Outcome.Retry(var message, var delay) -> new Outcome.Retry(ascii(message), delay);
            case Outcome.Failed(var message) -> new Outcome.Failed(ascii(message));
        };
    }

    private static String ascii(String text) {
        return RetryPolicy.storable(text).replaceAll("[^\\x20-\\x7E]", "?");
    }
}
