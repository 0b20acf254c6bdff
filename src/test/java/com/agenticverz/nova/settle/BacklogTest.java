package com.agenticverz.nova.settle;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Outcome;
import com.agenticverz.nova.store.StepReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

class BacklogTest {

    private final Ledger ledger = new Ledger();
    private final Backlog backlog = new Backlog(ledger);

    @Test
    void nothingToWriteIsNoWrite() {
        assertThat(backlog.next()).isNull();
    }

    @Test
    void marksGoBeforeHandBacksBeforeReleasesBeforeOutcomes() {
        var fences = claim(7, 3);
        backlog.settle(ended(fences.get(0)));
        backlog.release(List.of(9L));
        backlog.handBack(List.of(fences.get(1)));
        backlog.mark(List.of(started(fences.get(2))));

        assertThat(write()).isInstanceOf(Write.MarkRunning.class);
        // No two of these in a row while outcomes wait.
        assertThat(write()).isInstanceOf(Write.Settle.class);
        assertThat(write()).isInstanceOf(Write.HandBack.class);
        assertThat(write()).isEqualTo(new Write.Release(List.of(9L)));
        assertThat(write()).isEqualTo(new Write.Release(List.of(7L)));
        ledger.closed(List.of(7L));
        assertThat(backlog.next()).isNull();
    }

    @Test
    void theLastWriteOfAClaimTakesItsRow() {
        var fences = claim(7, 2);
        backlog.settle(ended(fences.get(0)));
        assertThat(write().finishedClaims()).isEmpty();
        ledger.forget(fences.get(0));

        backlog.handBack(List.of(fences.get(1)));

        assertThat(write()).isEqualTo(new Write.HandBack(List.of(fences.get(1)), List.of(7L)));
    }

    @Test
    void aRunThatEndsOrGoesBackIsNotMarked() {
        var fences = claim(7, 3);
        fences.forEach(fence -> backlog.mark(List.of(started(fence))));
        backlog.settle(ended(fences.get(0)));
        backlog.handBack(List.of(fences.get(1)));
        backlog.forget(fences.get(2));

        assertThat(write()).isInstanceOf(Write.HandBack.class);
    }

    @Test
    void aMarkThatFailedIsTriedAgainUnlessItsRunIsNoLongerHeldOrHasEnded() {
        var fences = claim(7, 3);
        backlog.mark(fences.stream().map(BacklogTest::started).toList());
        var marks = Objects.requireNonNull(backlog.next());
        ledger.forget(fences.get(0));
        backlog.settle(ended(fences.get(1)));

        backlog.failed(marks, true);

        assertThat(write()).isInstanceOf(Write.Settle.class);
        assertThat(write()).isEqualTo(new Write.MarkRunning(List.of(started(fences.get(2))), List.of(7L)));
    }

    @Test
    void afterAFailureTheBatchIsHalvedUntilOneStandsAlone() {
        var fences = claim(7, 4);
        fences.forEach(fence -> backlog.settle(ended(fence)));

        assertThat(settle()).isEqualTo(fences);
        backlog.failed(Objects.requireNonNull(backlog.next()), true);
        assertThat(settle()).isEqualTo(fences.subList(0, 2));
        backlog.failed(Objects.requireNonNull(backlog.next()), true);
        assertThat(settle()).isEqualTo(fences.subList(0, 1));
        // And then the others go before it.
        backlog.failed(Objects.requireNonNull(backlog.next()), true);
        assertThat(settle()).isEqualTo(fences.subList(1, 2));
        assertThat(backlog.sentBefore(fences.get(0))).isTrue();
        assertThat(backlog.sentBefore(fences.get(3))).isTrue();

        write();
        assertThat(backlog.outcomes()).isEqualTo(3);
        assertThat(settle()).isEqualTo(fences.subList(2, 4));
    }

    @Test
    void oneStatementWritesARunOnce() {
        var fence = claim(7, 1).getFirst();
        var again = new Fence(fence.runId(), 8, 0);
        backlog.settle(ended(fence));
        backlog.settle(ended(again));

        assertThat(settle()).containsExactly(fence);
        write();
        assertThat(settle()).containsExactly(again);
    }

    @Test
    void aBatchHoldsNoMoreThanFitsIntoAMessage() {
        var fences = claim(7, Backlog.LARGEST_BATCH + 1);
        fences.forEach(fence -> backlog.settle(ended(fence)));
        assertThat(settle()).hasSize(Backlog.LARGEST_BATCH);
        write();
        write();
        assertThat(backlog.outcomeChars()).isZero();

        var large = claim(8, 3);
        large.forEach(fence -> backlog.settle(ended(fence, (int) Backlog.LARGEST_BATCH_CHARS / 2)));
        assertThat(settle()).isEqualTo(large.subList(0, 2));
    }

    @Test
    void whatIsNotWrittenStaysOnItsList() {
        var fence = claim(7, 1).getFirst();
        backlog.handBack(List.of(fence));
        backlog.release(List.of(9L));
        backlog.explain(List.of(fence));

        // They take turns: one that cannot be written does not hold up the other.
        for (var kind : List.of(Write.HandBack.class, Write.Release.class, Write.HandBack.class, Write.Release.class)) {
            var write = Objects.requireNonNull(backlog.next());
            assertThat(write).isInstanceOf(kind);
            backlog.failed(write, true);
        }
        assertThat(backlog.sentBefore(fence)).isTrue();
        write();
        assertThat(backlog.sentBefore(fence)).isFalse();
        assertThat(write()).isEqualTo(new Write.Release(List.of(9L)));
        assertThat(write()).isEqualTo(new Write.Explain(List.of(fence)));
    }

    /** Where runs begin faster than marks are written, there is always another mark. */
    @Test
    void whatWaitsForAMarkIsNotHeldUpByTheMarksOfOthers() {
        var fences = claim(1, 6);
        backlog.mark(List.of(started(fences.get(0)), started(fences.get(1)), started(fences.get(2))));
        write();
        var kept = new CompletableFuture<Kept>();
        backlog.keep(new Settler.Keep(fences.get(0), "a", "noop", "{}", null, 1, Duration.ZERO, 0, kept));
        backlog.settle(new Ended(
                fences.get(1), "agent", new Outcome.Snoozed(Duration.ofHours(1), Set.of()), Duration.ZERO, 0));
        backlog.handBack(List.of(fences.get(2)));
        var kinds = new ArrayList<Class<?>>();
        for (int i = 3; i < 6; i++) {
            backlog.mark(List.of(started(fences.get(i))));
            kinds.add(write().getClass());
        }

        assertThat(kinds).containsExactly(Write.Keep.class, Write.Snooze.class, Write.HandBack.class);
        assertThat(write())
                .isInstanceOfSatisfying(
                        Write.MarkRunning.class, it -> assertThat(it.runs()).hasSize(3));
    }

    @Test
    void aMarkThatWasSentAlongWhileTheFirstWasOnItsWayIsNotWrittenAfterTheSnooze() {
        var fence = claim(1, 1).getFirst();
        backlog.mark(List.of(started(fence)));
        var first = Objects.requireNonNull(backlog.next());
        backlog.settle(new Ended(fence, "agent", new Outcome.Snoozed(Duration.ofHours(1), Set.of()), Duration.ZERO, 0));
        ledger.marked(fence, true);
        backlog.wrote(first);

        assertThat(write()).isInstanceOf(Write.Snooze.class);
        assertThat(backlog.next())
                .satisfiesAnyOf(
                        it -> assertThat(it).isNull(), it -> assertThat(it).isInstanceOf(Write.Release.class));
    }

    /** A row that somebody has locked, for instance, must not hold up the steps of all others. */
    @Test
    void aStepThatCannotBeWrittenIsLeftBehindByTheOthers() {
        var fences = claim(1, 4);
        backlog.mark(fences.stream().map(BacklogTest::started).toList());
        write();
        fences.forEach(fence -> backlog.keep(
                new Settler.Keep(fence, "a", "noop", "{}", null, 1, Duration.ZERO, 0, new CompletableFuture<>())));

        for (int size : List.of(4, 2, 1)) {
            var steps = (Write.Keep) Objects.requireNonNull(backlog.next());
            assertThat(steps.steps()).hasSize(size);
            backlog.failed(steps, true);
        }
        var next = (Write.Keep) Objects.requireNonNull(backlog.next());
        assertThat(next.steps()).extracting(Settler.Keep::fence).containsExactly(fences.get(3));
    }

    @Test
    void aRunThatCannotBePutToSleepOrHandedBackIsLeftBehindByTheOthers() {
        var fences = claim(1, 8);
        backlog.mark(fences.stream().map(BacklogTest::started).toList());
        write();
        var sleeping = fences.subList(0, 4);
        sleeping.forEach(fence -> backlog.settle(
                new Ended(fence, "agent", new Outcome.Snoozed(Duration.ofHours(1), Set.of()), Duration.ZERO, 17)));
        var handedBack = fences.subList(4, 8);
        backlog.handBack(handedBack);

        for (int size : List.of(4, 2, 1)) {
            for (int kind = 0; kind < 2; kind++) {
                var write = Objects.requireNonNull(backlog.next());
                assertThat(fences(write)).hasSize(size);
                // They are locked, and so not written.
                backlog.failed(write, false);
            }
        }

        assertThat(fences).noneMatch(backlog::sentBefore);
        // What failed first has gone to the end twice.
        assertThat(fences(write())).containsExactly(sleeping.get(3));
        assertThat(fences(write())).containsExactly(handedBack.get(3));
        // And all are written in the end, in batches that grow again.
        assertThat(fences(write())).containsExactly(sleeping.get(0), sleeping.get(1));
        assertThat(fences(write())).containsExactly(handedBack.get(0), handedBack.get(1));
        assertThat(fences(write())).containsExactly(sleeping.get(2));
        assertThat(fences(write())).containsExactly(handedBack.get(2));
    }

    private static List<Fence> fences(Write write) {
        return switch (write) {
            case Write.Snooze snooze -> snooze.fences();
            case Write.HandBack(var fences, var _) -> fences;
            default -> throw new AssertionError("neither puts to sleep nor hands back: " + write);
        };
    }

    @Test
    void whatASkillSaidIsWrittenOnceItsRunIsMarkedAndBeforeItsEnd() {
        var fence = claim(7, 1).getFirst();
        backlog.report(List.of(said(fence)));
        assertThat(backlog.next()).isNull();

        backlog.settle(ended(fence));

        assertThat(backlog.outcomes()).isEqualTo(1);
        assertThat(write()).isInstanceOf(Write.MarkRunning.class);
        assertThat(write()).isEqualTo(new Write.Report(List.of(said(fence))));
        assertThat(write()).isInstanceOf(Write.Settle.class);
        assertThat(backlog.outcomes()).isZero();
    }

    @Test
    void aRunThatIsHandedBackOrSleepsWaitsForWhatItsSkillSaidToo() {
        var fences = claim(7, 2);
        backlog.mark(fences.stream().map(BacklogTest::started).toList());
        write();
        backlog.report(List.of(said(fences.get(0)), said(fences.get(1))));
        backlog.handBack(List.of(fences.get(0)));
        backlog.settle(new Ended(
                fences.get(1), "agent", new Outcome.Snoozed(Duration.ofHours(1), Set.of()), Duration.ZERO, 17));

        assertThat(write()).isEqualTo(new Write.Report(List.of(said(fences.get(0)), said(fences.get(1)))));
        assertThat(List.of(write(), write()))
                .hasAtLeastOneElementOfType(Write.Snooze.class)
                .hasAtLeastOneElementOfType(Write.HandBack.class);
    }

    @Test
    void aSuccessAndARunThatIsLostAndOneThatHasOnlyJustBegunWaitForNothing() {
        var fences = claim(7, 3);
        backlog.mark(List.of(started(fences.get(0)), started(fences.get(1))));
        write();
        fences.forEach(fence -> backlog.report(List.of(said(fence))));
        backlog.settle(new Ended(fences.get(0), "agent", new Outcome.Succeeded("{}"), Duration.ZERO, 17));
        backlog.forget(fences.get(1));
        ledger.forget(fences.get(1));
        backlog.handBack(List.of(fences.get(2)));
        // Of a run that is not held at all.
        backlog.report(List.of(said(fences.get(1))));

        assertThat(List.of(write(), write()))
                .hasAtLeastOneElementOfType(Write.HandBack.class)
                .hasAtLeastOneElementOfType(Write.Settle.class);
        assertThat(backlog.next()).isInstanceOf(Write.Release.class);
    }

    @Test
    void theEndOfARunWhoseMarkIsOnItsWayWaitsForBoth() {
        var fence = claim(7, 1).getFirst();
        backlog.mark(List.of(started(fence)));
        var mark = Objects.requireNonNull(backlog.next());
        backlog.report(List.of(said(fence)));
        backlog.handBack(List.of(fence));
        backlog.failed(mark, true);

        assertThat(write()).isInstanceOf(Write.MarkRunning.class);
        assertThat(write()).isInstanceOf(Write.Report.class);
        assertThat(write()).isInstanceOf(Write.HandBack.class);
    }

    private static StepReport said(Fence fence) {
        return StepReport.heartbeat(fence, "a", "1");
    }

    @Test
    void severalStepsOfARunAreWrittenAtOnceAndLostTogether() {
        var fences = claim(1, 2);
        backlog.mark(fences.stream().map(BacklogTest::started).toList());
        write();
        var answers = new ArrayList<CompletableFuture<Kept>>();
        for (var step : List.of("a", "b", "c")) {
            answers.add(keep(fences.get(0), step));
        }
        var other = keep(fences.get(1), "a");

        var steps = (Write.Keep) Objects.requireNonNull(backlog.next());
        assertThat(steps.steps()).extracting(Settler.Keep::stepId).containsExactly("a", "b", "c", "a");
        backlog.failed(steps, true);
        // Half as many, and those that failed are in their order.
        assertThat(((Write.Keep) write()).steps())
                .extracting(Settler.Keep::fence, Settler.Keep::stepId)
                .containsExactly(Assertions.tuple(fences.get(0), "a"), Assertions.tuple(fences.get(0), "b"));
        backlog.forget(fences.get(0));

        assertThat(answers.get(2)).isCompletedWithValue(new Kept.Lost());
        assertThat(answers.get(0)).isNotDone();
        assertThat(other).isNotDone();
        assertThat(((Write.Keep) write()).steps())
                .extracting(Settler.Keep::fence)
                .containsExactly(fences.get(1));
    }

    @Test
    void anEndThatAnotherAttemptMayFollowWaitsForTheFinishedSteps() {
        var fences = claim(1, 4);
        backlog.mark(fences.stream().map(BacklogTest::started).toList());
        var marks = Objects.requireNonNull(backlog.next());
        var answers = fences.stream().map(fence -> keep(fence, "a")).toList();
        backlog.handBack(List.of(fences.get(0)));
        backlog.settle(new Ended(
                fences.get(1), "agent", new Outcome.Snoozed(Duration.ofHours(1), Set.of()), Duration.ZERO, 17));
        backlog.settle(ended(fences.get(2)));
        backlog.settle(new Ended(fences.get(3), "agent", new Outcome.Succeeded("{}"), Duration.ZERO, 17));

        assertThat(answers.get(3)).isCompletedWithValue(new Kept.Lost());
        assertThat(backlog.outcomes()).isEqualTo(4);
        assertThat(write())
                .isInstanceOfSatisfying(
                        Write.Settle.class, it -> assertThat(it.fences()).containsExactly(fences.get(3)));
        backlog.failed(marks, true);
        var kept = new ArrayList<Fence>();
        var over = new ArrayList<Fence>();
        for (var write = write(); !(write instanceof Write.Release); write = write()) {
            switch (write) {
                case Write.MarkRunning _ -> {}
                case Write.Keep(var steps) -> steps.forEach(step -> kept.add(step.fence()));
                case Write.Settle settle -> over.addAll(settle.fences());
                default -> over.addAll(fences(write));
            }
            assertThat(kept).containsAll(over);
        }
        assertThat(over).containsExactlyInAnyOrderElementsOf(fences.subList(0, 3));
        assertThat(backlog.outcomes()).isZero();
        assertThat(backlog.outcomeChars()).isZero();
    }

    @Test
    void theEndOfARunWhoseStepIsFencedOutIsNotWrittenAndOneWithoutAMarkWaitsForNothing() {
        var fences = claim(1, 2);
        backlog.mark(List.of(started(fences.get(0))));
        write();
        keep(fences.get(0), "a");
        var unmarked = keep(fences.get(1), "a");
        backlog.handBack(fences);
        assertThat(unmarked).isCompletedWithValue(new Kept.Lost());

        var steps = Objects.requireNonNull(backlog.next());
        assertThat(steps).isInstanceOf(Write.Keep.class);
        ledger.forget(fences.get(0));
        backlog.forget(fences.get(0));
        backlog.wrote(steps);

        assertThat(write())
                .isInstanceOfSatisfying(
                        Write.HandBack.class, it -> assertThat(it.fences()).containsExactly(fences.get(1)));
        assertThat(backlog.next()).isNotInstanceOf(Write.HandBack.class);
    }

    /** What is written is told by runs. */
    @Test
    void oneStatementKeepsStepsOfARunUnderOneFence() {
        var fence = claim(7, 1).getFirst();
        var again = new Fence(fence.runId(), 8, 1);
        ledger.opened(8, List.of(again));
        for (var it : List.of(fence, again)) {
            backlog.mark(List.of(started(it)));
            write();
        }
        keep(fence, "a");
        keep(again, "a");
        keep(again, "b");

        var first = (Write.Keep) write();
        var second = (Write.Keep) write();
        assertThat(first.steps()).extracting(Settler.Keep::fence).containsExactly(fence);
        assertThat(second.steps()).extracting(Settler.Keep::fence).containsExactly(again, again);
    }

    @Test
    void aStepThatIsKeptAgainIsWrittenOnce() {
        var fence = claim(7, 1).getFirst();
        backlog.mark(List.of(started(fence)));
        write();
        var first = keep(fence, "a");
        var second = keep(fence, "a");

        assertThat(first).isCompletedWithValue(new Kept.Lost());
        assertThat(((Write.Keep) write()).steps())
                .extracting(Settler.Keep::kept)
                .containsExactly(second);
        assertThat(backlog.next()).isNotInstanceOf(Write.Keep.class);
    }

    private CompletableFuture<Kept> keep(Fence fence, String step) {
        var kept = new CompletableFuture<Kept>();
        backlog.keep(new Settler.Keep(fence, step, "noop", "{}", null, 1, Duration.ZERO, 0, kept));
        return kept;
    }

    /** The next write, written. */
    private Write write() {
        var write = Objects.requireNonNull(backlog.next());
        switch (write) {
            case Write.MarkRunning marks -> marks.fences().forEach(fence -> ledger.marked(fence, true));
            case Write.Settle settle -> settle.fences().forEach(ledger::forget);
            case Write.HandBack(var fences, var _) -> fences.forEach(ledger::forget);
            case Write.Snooze snooze -> snooze.fences().forEach(ledger::forget);
            case Write.Keep _, Write.Report _, Write.Explain _, Write.Release _ -> {}
        }
        backlog.wrote(write);
        return write;
    }

    /** The runs in the next settlement, which is not written. */
    private List<Fence> settle() {
        return ((Write.Settle) Objects.requireNonNull(backlog.next())).fences();
    }

    private List<Fence> claim(long claimId, int runs) {
        var fences = Stream.generate(() -> new Fence(UUID.randomUUID(), claimId, 0))
                .limit(runs)
                .toList();
        ledger.opened(claimId, fences);
        return fences;
    }

    private static Settler.Started started(Fence fence) {
        return new Settler.Started(fence, 17);
    }

    private static Ended ended(Fence fence) {
        return ended(fence, 2);
    }

    private static Ended ended(Fence fence, int chars) {
        return new Ended(fence, "agent", new Outcome.Failed("x".repeat(chars)), Duration.ZERO, 17);
    }
}
