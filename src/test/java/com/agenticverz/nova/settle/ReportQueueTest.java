package com.agenticverz.nova.settle;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.store.StepReport;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ReportQueueTest {

    private static final Fence ONE = new Fence(new UUID(0, 1), 1, 0);
    private static final Fence OTHER = new Fence(new UUID(0, 2), 1, 0);

    private final ReportQueue queue = new ReportQueue();
    private final List<String> ended = new ArrayList<>();

    @Test
    void ofAStepOnlyWhatItSaidLastWaits() {
        queue.add(StepReport.progress(ONE, "a", 0.1, "first"));
        queue.add(StepReport.heartbeat(ONE, "a", "1"));
        queue.add(StepReport.heartbeat(ONE, "a", "2"));

        assertThat(next()).containsExactly(new StepReport(ONE, "a", 0.1, "first", "2"));
    }

    @Test
    void whatIsSaidWhileItIsWrittenIsWrittenNext() {
        queue.add(StepReport.heartbeat(ONE, "a", "1"));
        var written = next();
        queue.add(StepReport.heartbeat(ONE, "a", "2"));
        queue.afterwards(ONE, () -> ended.add("one"));

        queue.done(written);
        assertThat(next()).containsExactly(StepReport.heartbeat(ONE, "a", "2"));
        assertThat(ended).isEmpty();

        queue.done(next());
        assertThat(next()).isEmpty();
        assertThat(ended).containsExactly("one");
        assertThat(queue.ends()).isZero();
    }

    @Test
    void theEndOfARunWaitsForAllOfItsStepsAndForNoOthers() {
        queue.add(StepReport.heartbeat(ONE, "a", "1"));
        queue.add(StepReport.heartbeat(ONE, "b", "1"));
        queue.add(StepReport.heartbeat(OTHER, "a", "1"));
        queue.afterwards(ONE, () -> ended.add("one"));

        queue.done(List.of(StepReport.heartbeat(ONE, "a", "1")));
        assertThat(ended).isEmpty();
        queue.done(List.of(StepReport.heartbeat(ONE, "b", "1")));
        assertThat(ended).containsExactly("one");
        assertThat(queue.waitsFor(ONE)).isFalse();
        assertThat(queue.waitsFor(OTHER)).isTrue();
    }

    @Test
    void theEndOfALostRunIsForgottenAndThatOfADroppedOneGoesOn() {
        queue.add(StepReport.heartbeat(ONE, "a", "1"));
        queue.add(StepReport.heartbeat(OTHER, "a", "1"));
        queue.afterwards(ONE, () -> ended.add("one"));
        queue.afterwards(OTHER, () -> ended.add("other"));

        queue.forget(ONE);
        queue.drop(OTHER);

        assertThat(ended).containsExactly("other");
        assertThat(next()).isEmpty();
        assertThat(queue.ends()).isZero();
    }

    @Test
    void onlyWhatMayBeWrittenIsNextAndNoMoreThanFits() {
        queue.add(StepReport.heartbeat(ONE, "a", "1"));
        queue.add(StepReport.heartbeat(OTHER, "a", "12345"));
        queue.add(StepReport.heartbeat(OTHER, "b", "12345"));

        assertThat(queue.next(fence -> fence.equals(ONE), 10, 10)).hasSize(1);
        assertThat(queue.next(_ -> true, 10, 10)).hasSize(2);
        assertThat(queue.next(_ -> true, 2, 100)).hasSize(2);
        assertThat(queue.next(_ -> true, 10, 0)).hasSize(1);
    }

    @Test
    void thereAreNeverMoreThanFitIntoTheMemoryAndTheOldestGo() {
        var large = "\"" + "x".repeat(99_998) + "\"";
        for (int i = 0; i < 200; i++) {
            queue.add(StepReport.heartbeat(ONE, "s" + i, large));
        }
        assertThat(queue.next(_ -> true, 1000, Long.MAX_VALUE)).hasSize(160);
        assertThat(next().getFirst().stepId()).isEqualTo("s40");

        for (int i = 0; i <= ReportQueue.MOST_REPORTS; i++) {
            queue.add(StepReport.heartbeat(OTHER, "s" + i, "1"));
        }
        assertThat(queue.waitsFor(ONE)).isFalse();
        assertThat(next().getFirst().stepId()).isEqualTo("s1");
    }

    private List<StepReport> next() {
        return queue.next(_ -> true, 1_000_000, Long.MAX_VALUE);
    }
}
