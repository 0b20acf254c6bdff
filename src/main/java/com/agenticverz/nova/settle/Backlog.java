package com.agenticverz.nova.settle;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Outcome;
import com.agenticverz.nova.store.StepReport;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the settler has yet to write, and which of it is next. Nothing is taken off before it is written, but for a mark:
 * that one comes back when its write failed and its run is still held. Not thread-safe; owned by the settler.
 */
final class Backlog {

    static final int LARGEST_BATCH = 1000;
    /** One message to the server holds less than 1 GB, and some heaps hold less than that. */
    static final long LARGEST_BATCH_CHARS = 4_000_000;

    private final Ledger ledger;
    private final Map<Fence, Settler.Started> toMark = new LinkedHashMap<>();
    private final ArrayDeque<Ended> toSettle = new ArrayDeque<>();
    private final StepQueue toKeep = new StepQueue();
    private final Map<Fence, Ended> toSnooze = new LinkedHashMap<>();
    private final ReportQueue toReport = new ReportQueue();
    private final Set<Fence> toHandBack = new LinkedHashSet<>();
    private final Set<Long> toRelease = new LinkedHashSet<>();
    private final Set<Fence> toExplain = new LinkedHashSet<>();
    private final Set<Fence> sentBefore = new HashSet<>();
    private long chars;
    private boolean outcomesNext;
    private int largestBatch = LARGEST_BATCH;
    private int largestMarks = LARGEST_BATCH;
    private int largestSteps = LARGEST_BATCH;
    private int largestReports = LARGEST_BATCH;
    private int largestSnoozes = LARGEST_BATCH;
    private int largestHandBacks = LARGEST_BATCH;
    private final List<Supplier<@Nullable Write>> smallKinds =
            List.of(this::marks, this::steps, this::reports, this::snoozes, this::handBacks, this::releases);
    private int nextKind;

    Backlog(Ledger ledger) {
        this.ledger = ledger;
    }

    void mark(Collection<Settler.Started> runs) {
        runs.forEach(run -> toMark.put(run.fence(), run));
    }

    /** A step that its run, or a branch of it, waits for. At once lost, if the run is no longer held. */
    void keep(Settler.Keep step) {
        if (ledger.holds(step.fence())) {
            toKeep.add(step);
        } else {
            StepQueue.lose(step);
        }
    }

    /** Of runs that are held; what they said before is replaced. */
    void report(Collection<StepReport> reports) {
        for (var report : reports) {
            if (ledger.holds(report.fence())) {
                toReport.add(report);
            }
        }
    }

    void settle(Ended ended) {
        if (ended.outcome() instanceof Outcome.Snoozed) {
            snooze(ended);
            return;
        }
        if (ended.outcome() instanceof Outcome.Succeeded) {
            toKeep.lose(ended.fence());
            toReport.drop(ended.fence());
        }
        if (toKeep.waitsFor(ended.fence())) {
            // Or another attempt would execute again what is finished.
            toKeep.afterwards(ended.fence(), () -> settleKept(ended));
            mark(ended);
        } else {
            settleKept(ended);
        }
    }

    private void settleKept(Ended ended) {
        if (toReport.waitsFor(ended.fence())) {
            // First what another attempt goes on from; and for that, the mark.
            toReport.afterwards(ended.fence(), () -> settleNow(ended));
            mark(ended);
        } else {
            settleNow(ended);
        }
    }

    private void settleNow(Ended ended) {
        // Its settlement carries the attempt; a mark would only be a second write.
        toMark.remove(ended.fence());
        toSettle.add(ended);
        chars += chars(ended);
    }

    /**
     * Only a marked run is put to sleep: it comes back with the same attempts, and a claim that still listed it as it was
     * claimed would charge it for a death that was not its own.
     */
    private void snooze(Ended ended) {
        var fence = ended.fence();
        toSnooze.put(fence, ended);
        mark(ended);
    }

    private void mark(Ended ended) {
        var fence = ended.fence();
        if (ledger.marked(fence) != Ledger.Marked.YES) {
            toMark.putIfAbsent(
                    fence,
                    new Settler.Started(fence, ended.endedNanos() - ended.ran().toNanos()));
        }
    }

    void handBack(Collection<Fence> fences) {
        for (var fence : fences) {
            if (toKeep.waitsFor(fence) && isOrWillBeMarked(fence)) {
                toKeep.afterwards(fence, () -> handBackKept(fence));
            } else {
                toKeep.lose(fence);
                handBackKept(fence);
            }
        }
    }

    private void handBackKept(Fence fence) {
        if (toReport.waitsFor(fence) && isOrWillBeMarked(fence)) {
            toReport.afterwards(fence, () -> handBackNow(fence));
        } else {
            toReport.drop(fence);
            handBackNow(fence);
        }
    }

    /** Without a mark there is nothing to write to; it has only just begun. */
    private boolean isOrWillBeMarked(Fence fence) {
        return ledger.marked(fence) == Ledger.Marked.YES || toMark.containsKey(fence) || sentBefore.contains(fence);
    }

    private void handBackNow(Fence fence) {
        toMark.remove(fence);
        toHandBack.add(fence);
    }

    void release(Collection<Long> claims) {
        toRelease.addAll(claims);
    }

    void explain(Collection<Fence> fences) {
        toExplain.addAll(fences);
    }

    /** The run is no longer ours: it is not marked either. */
    void forget(Fence fence) {
        toMark.remove(fence);
        toSnooze.remove(fence);
        toKeep.lose(fence);
        toReport.forget(fence);
        sentBefore.remove(fence);
    }

    /** Outcomes that wait, those of runs that sleep, and those that wait for steps and reports among them. */
    int outcomes() {
        return toSettle.size() + toSnooze.size() + toKeep.ends() + toReport.ends();
    }

    /** The characters in them, and in finished steps that wait. */
    long outcomeChars() {
        return chars + toKeep.chars();
    }

    /** Whether a write of this run was sent whose answer is not known. */
    boolean sentBefore(Fence fence) {
        return sentBefore.contains(fence);
    }

    /**
     * The next write; null: there is none. Marks, steps, hand-backs and the like are few and small, so they go first; but no two
     * of them in a row while outcomes wait, because where a write takes longer than the pool takes to send the next mark
     * there is always another one, and because one of them may be refused for ever.
     */
    @Nullable
    Write next() {
        boolean outcomesFirst = outcomesNext && !toSettle.isEmpty();
        outcomesNext = false;
        if (!outcomesFirst) {
            var small = small();
            if (small != null) {
                outcomesNext = true;
                return small;
            }
        }
        if (!toExplain.isEmpty()) {
            return new Write.Explain(List.copyOf(toExplain));
        }
        if (!toSettle.isEmpty()) {
            var ended = batch();
            var fences = ended.stream().map(Ended::fence).toList();
            return new Write.Settle(ended, ledger.finishedAfter(fences));
        }
        var finished = ledger.finishedAfter(List.of());
        return finished.isEmpty() ? null : new Write.Release(finished);
    }

    /**
     * They take turns, each kind after the one that was written last: of marks there is always another one where runs begin
     * faster than they are written, and those that sleep, or wait for a step to be kept, need theirs first.
     */
    private @Nullable Write small() {
        for (int i = 0; i < smallKinds.size(); i++) {
            int kind = (nextKind + i) % smallKinds.size();
            var write = smallKinds.get(kind).get();
            if (write != null) {
                nextKind = (kind + 1) % smallKinds.size();
                return write;
            }
        }
        return null;
    }

    private @Nullable Write marks() {
        if (toMark.isEmpty()) {
            return null;
        }
        var runs = toMark.values().stream().limit(largestMarks).toList();
        var fences = runs.stream().map(Settler.Started::fence).toList();
        fences.forEach(toMark::remove);
        sentBefore.addAll(fences);
        return new Write.MarkRunning(runs, ledger.finishedAfter(fences));
    }

    private @Nullable Write steps() {
        // The fence of a step is the mark of its run.
        var steps = toKeep.first(fence -> ledger.marked(fence) == Ledger.Marked.YES, largestSteps, LARGEST_BATCH_CHARS);
        return steps.isEmpty() ? null : new Write.Keep(steps);
    }

    /** The fence of a report is the mark of its run. */
    private @Nullable Write reports() {
        var reports =
                toReport.next(fence -> ledger.marked(fence) == Ledger.Marked.YES, largestReports, LARGEST_BATCH_CHARS);
        return reports.isEmpty() ? null : new Write.Report(reports);
    }

    private @Nullable Write snoozes() {
        var ended = toSnooze.values().stream()
                .filter(it -> ledger.marked(it.fence()) == Ledger.Marked.YES
                        && !toKeep.waitsFor(it.fence())
                        && !toReport.waitsFor(it.fence()))
                .limit(largestSnoozes)
                .toList();
        if (ended.isEmpty()) {
            return null;
        }
        var fences = ended.stream().map(Ended::fence).toList();
        // A second mark that was sent along while the first was on its way would find the run as it was claimed.
        fences.forEach(toMark::remove);
        return new Write.Snooze(ended, ledger.finishedAfter(fences));
    }

    private @Nullable Write handBacks() {
        if (toHandBack.isEmpty()) {
            return null;
        }
        var fences = toHandBack.stream().limit(largestHandBacks).toList();
        return new Write.HandBack(fences, ledger.finishedAfter(fences));
    }

    private @Nullable Write releases() {
        return toRelease.isEmpty() ? null : new Write.Release(List.copyOf(toRelease));
    }

    /**
     * The oldest outcomes: no run twice, for one statement writes a row once; and no more than fits into a message. Fewer
     * after a failure, because it may have been one of them: in the end it stands alone.
     */
    private List<Ended> batch() {
        var batch = new ArrayList<Ended>();
        var ids = new HashSet<UUID>();
        long charsInBatch = 0;
        for (var ended : toSettle) {
            charsInBatch += chars(ended);
            boolean fits = batch.isEmpty() || batch.size() < largestBatch && charsInBatch <= LARGEST_BATCH_CHARS;
            if (!fits || !ids.add(ended.fence().runId())) {
                break;
            }
            batch.add(ended);
        }
        return batch;
    }

    private static long chars(Ended ended) {
        return switch (ended.outcome()) {
            case Outcome.Succeeded(var resultJson) -> resultJson.length();
            case Outcome.Snoozed _ -> 0;
            case Outcome.Retry(var message, var _) -> message.length();
            case Outcome.Failed(var message) -> message.length();
        };
    }

    /** The server has answered. */
    void wrote(Write write) {
        switch (write) {
            case Write.MarkRunning marks -> {
                largestMarks = Math.min(LARGEST_BATCH, 2 * largestMarks);
                marks.fences().forEach(sentBefore::remove);
            }
            case Write.Keep(var steps) -> {
                largestSteps = Math.min(LARGEST_BATCH, 2 * largestSteps);
                steps.forEach(toKeep::remove);
            }
            case Write.Report(var reports) -> {
                largestReports = Math.min(LARGEST_BATCH, 2 * largestReports);
                toReport.done(reports);
            }
            case Write.Settle(var ended, var _) -> {
                largestBatch = Math.min(LARGEST_BATCH, 2 * largestBatch);
                for (var end : ended) {
                    toSettle.remove();
                    chars -= chars(end);
                    sentBefore.remove(end.fence());
                }
            }
            case Write.Snooze snooze -> {
                largestSnoozes = Math.min(LARGEST_BATCH, 2 * largestSnoozes);
                snooze.fences().forEach(fence -> {
                    toSnooze.remove(fence);
                    sentBefore.remove(fence);
                });
            }
            case Write.HandBack(var fences, var _) -> {
                largestHandBacks = Math.min(LARGEST_BATCH, 2 * largestHandBacks);
                fences.forEach(toHandBack::remove);
                fences.forEach(sentBefore::remove);
            }
            case Write.Explain(var fences) -> fences.forEach(toExplain::remove);
            case Write.Release _ -> {}
        }
        write.finishedClaims().forEach(toRelease::remove);
    }

    /**
     * The write failed, or its answer was lost. Fewer are tried next time, and these behind the others: perhaps it is one of
     * them that cannot be written, as a row that somebody has locked.
     *
     * @param maybeWritten whether it may have been written all the same
     */
    void failed(Write write, boolean maybeWritten) {
        switch (write) {
            case Write.MarkRunning(var runs, var _) -> {
                largestMarks = Math.max(1, runs.size() / 2);
                runs.forEach(run -> {
                    boolean needed = ledger.holds(run.fence()) && ledger.marked(run.fence()) != Ledger.Marked.YES;
                    if (needed || toSnooze.containsKey(run.fence())) {
                        toMark.putIfAbsent(run.fence(), run);
                    }
                });
            }
            case Write.Keep(var steps) -> {
                largestSteps = Math.max(1, steps.size() / 2);
                steps.forEach(toKeep::moveToTheEnd);
            }
            case Write.Settle settle -> {
                sentBefore.addAll(settle.fences());
                largestBatch = Math.max(1, settle.ended().size() / 2);
                if (settle.ended().size() == 1) {
                    // Perhaps it is the one that cannot be written, so the others go before it.
                    toSettle.add(toSettle.remove());
                }
            }
            case Write.Snooze(var ended, var _) -> {
                largestSnoozes = Math.max(1, ended.size() / 2);
                for (var end : ended) {
                    if (maybeWritten) {
                        sentBefore.add(end.fence());
                    }
                    if (toSnooze.remove(end.fence(), end)) {
                        toSnooze.put(end.fence(), end);
                    }
                }
            }
            case Write.HandBack(var fences, var _) -> {
                largestHandBacks = Math.max(1, fences.size() / 2);
                for (var fence : fences) {
                    if (maybeWritten) {
                        sentBefore.add(fence);
                    }
                    if (toHandBack.remove(fence)) {
                        toHandBack.add(fence);
                    }
                }
            }
            case Write.Report(var reports) -> {
                largestReports = Math.max(1, reports.size() / 2);
                toReport.moveToTheEnd(reports);
            }
            case Write.Explain _, Write.Release _ -> {}
        }
        // A run that ended while its mark was in doubt is settled with both fences open.
        toSettle.forEach(end -> toMark.remove(end.fence()));
        toHandBack.forEach(toMark::remove);
    }
}
