package com.agenticverz.nova.execute;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.run.Fence;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FreedRunsTest {

    private final FreedRuns freed = new FreedRuns();

    @Test
    void nothingFreedIsNothingSaid() {
        assertThat(freed.isEmpty()).isTrue();
        assertThat(freed.take()).isEqualTo(new FreedRuns.Batch(List.of(), List.of(), false));
    }

    @Test
    void whatIsFreedIsSaidOnce() {
        var fences = fences(3);
        freed.add(fences.subList(0, 1), true);
        freed.add(fences.subList(1, 3), false);

        assertThat(freed.take()).isEqualTo(new FreedRuns.Batch(fences, List.of(), true));
        assertThat(freed.take()).isEqualTo(new FreedRuns.Batch(List.of(), List.of(), false));
    }

    @Test
    void thatSomeAreBackIsSaidToTheLastOfThem() {
        // The poller looks at once; while it takes a run for in flight, it does not find it.
        freed.add(fences(FreedRuns.MOST_AT_ONCE), false);
        freed.add(fences(1), true);

        var first = freed.take();
        assertThat(first.fences()).hasSize(FreedRuns.MOST_AT_ONCE);
        assertThat(freed.isEmpty()).isFalse();
        var second = freed.take();
        assertThat(second.fences()).hasSize(1);
        assertThat(second.requeued()).isTrue();
        assertThat(freed.isEmpty()).isTrue();

        freed.add(fences(1), false);
        assertThat(freed.take().requeued()).isFalse();
    }

    @Test
    void ofARunThatIsMarkedItIsSaidThatItGoesOn() {
        var fences = fences(2);
        freed.add(fences.subList(0, 1), false);
        freed.addMarked(fences.subList(1, 2));

        var batch = freed.take();
        assertThat(batch.fences()).containsExactlyInAnyOrderElementsOf(fences);
        assertThat(batch.marked()).containsExactly(fences.get(1));
        assertThat(freed.isEmpty()).isTrue();
    }

    private static List<Fence> fences(int count) {
        return Stream.generate(() -> new Fence(UUID.randomUUID(), 1, 0))
                .limit(count)
                .toList();
    }
}
