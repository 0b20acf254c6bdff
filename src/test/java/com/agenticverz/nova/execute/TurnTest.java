package com.agenticverz.nova.execute;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.run.Ending;
import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.run.TestRuns;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class TurnTest {

    private static final Ending SUCCESS = new Ending.Succeeded("{}");
    private static final Worker.Verdict DRAINED = new Worker.Verdict.Stopped(Worker.Reason.DRAIN);
    private static final Worker.Verdict LOST = new Worker.Verdict.Stopped(Worker.Reason.LOST);

    private final List<Run> runs = Stream.generate(TestRuns::run).limit(3).toList();
    private final Turn turn = new Turn(
            runs.stream().map(it -> new Workload.Waiting(it, fence(it), 0)).toList());

    @AfterEach
    void noInterruptIsLeft() {
        Thread.interrupted();
    }

    @Test
    void oneRunAfterTheOther() {
        for (int i = 0; i < 3; i++) {
            assertThat(begin(10 * i)).isEqualTo(runs.get(i));
            turn.end(SUCCESS, 10 * i + 4);
        }
        assertThat(turn.begin(30)).isNull();
        assertThat(turn.takeResults())
                .isEqualTo(List.of(
                        new Turn.Result(fence(0), over(SUCCESS), Duration.ofNanos(4), 4),
                        new Turn.Result(fence(1), over(SUCCESS), Duration.ofNanos(4), 14),
                        new Turn.Result(fence(2), over(SUCCESS), Duration.ofNanos(4), 24)));
        assertThat(turn.takeResults()).isEmpty();
    }

    @Test
    void aSkillThatLeavesItsThreadInterruptedDoesNotInterruptTheNextRun() {
        begin(0);
        Thread.currentThread().interrupt();
        turn.end(SUCCESS, 1);

        begin(2);

        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void whatWasTakenBackNeverBegins() {
        begin(0);

        assertThat(turn.takeBack()).extracting(Workload.Waiting::fence).containsExactly(fence(1), fence(2));

        turn.end(SUCCESS, 1);
        assertThat(turn.begin(2)).isNull();
    }

    @Test
    void whatHasBegunIsNotTakenBack() {
        begin(0);

        assertThat(turn.takeBack(fence(0))).isFalse();
        assertThat(turn.takeBack(fence(1))).isTrue();
        assertThat(turn.takeBack(fence(1))).isFalse();
    }

    @Test
    void whoIsStoppedIsInterruptedAndNothingBeginsAfterIt() {
        begin(0);

        assertThat(turn.stop(fence(0), DRAINED)).isTrue();
        assertThat(Thread.interrupted()).isTrue();
        turn.end(null, 1);

        assertThat(turn.begin(2)).isNull();
        assertThat(verdicts()).containsExactly(DRAINED);
        assertThat(turn.takeBack()).hasSize(2);
    }

    @Test
    void onlyWhatIsExecutedCanBeStopped() {
        assertThat(turn.stop(fence(0), DRAINED)).isFalse();
        begin(0);
        turn.end(SUCCESS, 1);
        begin(2);

        assertThat(turn.stop(fence(0), DRAINED)).isFalse();
        assertThat(turn.stop(fence(2), DRAINED)).isFalse();
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void theFirstReasonCountsUnlessTheRunIsLost() {
        begin(0);
        turn.stop(fence(0), DRAINED);
        turn.stop(fence(0), over(new Ending.Failed("timed out", true)));
        turn.stop(fence(0), LOST);
        turn.stop(fence(0), DRAINED);

        turn.end(SUCCESS, 1);

        assertThat(verdicts()).containsExactly(LOST);
    }

    @Test
    void whatSucceedsInSpiteOfAStopHasSucceeded() {
        begin(0);
        turn.stop(fence(0), DRAINED);

        turn.end(SUCCESS, 1);

        assertThat(verdicts()).containsExactly(over(SUCCESS));
    }

    @Test
    void whatIsLeftBehindCountsForNothing() {
        begin(0);
        turn.stop(fence(0), DRAINED);
        turn.leaveBehind(5);

        turn.end(SUCCESS, 9);

        assertThat(turn.begin(10)).isNull();
        assertThat(turn.takeResults()).isEqualTo(List.of(new Turn.Result(fence(0), DRAINED, Duration.ofNanos(5), 5)));
    }

    @Test
    void aWorkerThatBreaksBeforeAnythingBeganHasFailedTheFirstRun() {
        turn.broke("no thread", 3);

        assertThat(turn.begin(4)).isNull();
        assertThat(verdicts())
                .containsExactly(over(new Ending.Failed("the worker of this run broke: no thread", true)));
        assertThat(turn.takeBack()).extracting(Workload.Waiting::fence).containsExactly(fence(1), fence(2));
    }

    @Test
    void aWorkerThatBreaksHasFailedTheRunThatIsExecuted() {
        begin(0);
        turn.end(SUCCESS, 1);
        begin(2);

        turn.broke("it failed", 3);
        assertThat(Thread.interrupted()).isTrue();
        turn.end(SUCCESS, 4);

        assertThat(turn.begin(5)).isNull();
        assertThat(verdicts())
                .containsExactly(
                        over(SUCCESS), over(new Ending.Failed("the worker of this run broke: it failed", true)));
    }

    /** Each run is either executed or taken back, however the two meet. */
    @Test
    @Timeout(60)
    void aTakeBackBesideTheThreadLosesNothingAndDoublesNothing() throws InterruptedException {
        for (int round = 0; round < 2000; round++) {
            var many = Stream.generate(TestRuns::run).limit(8).toList();
            var raced = new Turn(many.stream()
                    .map(it -> new Workload.Waiting(it, fence(it), 0))
                    .toList());
            var go = new AtomicBoolean();
            var thread = Thread.ofPlatform().start(() -> {
                while (!go.get()) {
                    Thread.onSpinWait();
                }
                while (raced.begin(0) != null) {
                    raced.end(SUCCESS, 1);
                }
            });
            go.set(true);
            var seen = new ArrayList<Fence>();
            raced.takeBack().forEach(it -> seen.add(it.fence()));
            thread.join(TimeUnit.SECONDS.toMillis(10));
            raced.takeResults().forEach(it -> seen.add(it.fence()));

            assertThat(seen).hasSize(8);
            assertThat(new HashSet<>(seen)).hasSize(8);
        }
    }

    private Run begin(long nowNanos) {
        return Objects.requireNonNull(turn.begin(nowNanos)).run();
    }

    private Fence fence(int run) {
        return fence(runs.get(run));
    }

    private static Fence fence(Run run) {
        return run.under(1);
    }

    private List<Worker.Verdict> verdicts() {
        return turn.takeResults().stream().map(Turn.Result::verdict).toList();
    }

    private static Worker.Verdict over(Ending ending) {
        return new Worker.Verdict.Over(ending);
    }
}
