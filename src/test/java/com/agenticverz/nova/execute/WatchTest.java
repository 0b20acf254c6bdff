package com.agenticverz.nova.execute;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.run.Fence;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.testkit.typed.javadsl.BehaviorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.Test;

class WatchTest {

    private static final Fence ONE = new Fence(new UUID(0, 1), 1, 0);
    private static final Fence OTHER = new Fence(new UUID(0, 2), 1, 0);

    private final List<CompletableFuture<Set<UUID>>> looks = new ArrayList<>();
    private final TestInbox<WorkerPool.Command> pool = TestInbox.create();
    private long nanos;
    private final BehaviorTestKit<Watch.Command> watch = BehaviorTestKit.create(Watch.create(
            pool.getRef(),
            _ -> {
                looks.add(new CompletableFuture<>());
                return looks.getLast();
            },
            () -> nanos));

    @Test
    void whatIsGoneIsSaid() {
        look();

        answer(Set.of(OTHER.runId()));

        assertThat(pool.getAllReceived()).containsExactly(new Watch.Gone(List.of(OTHER)));
    }

    @Test
    void nothingIsSaidWhereNothingIsGone() {
        look();

        answer(Set.of());

        assertThat(pool.getAllReceived()).isEmpty();
    }

    @Test
    void oneLookIsUnderWayAtATime() {
        look();
        look();
        assertThat(looks).hasSize(1);

        answer(Set.of());
        look();
        assertThat(looks).hasSize(2);
    }

    @Test
    void looksThatFailAreRarerEachTimeUntilOneSucceeds() {
        look();
        fail();
        look();
        pass(999);
        look();
        assertThat(looks).hasSize(1);

        pass(1);
        look();
        assertThat(looks).hasSize(2);
        fail();
        pass(1999);
        look();
        assertThat(looks).hasSize(2);

        pass(1);
        look();
        answer(Set.of());
        look();
        assertThat(looks).hasSize(4);
    }

    @Test
    void theyAreNeverRarerThanEveryEightSeconds() {
        for (int i = 1; i <= 40; i++) {
            look();
            assertThat(looks).hasSize(i);
            fail();
            pass(8000);
        }
    }

    private void look() {
        watch.run(new Watch.Look(List.of(ONE, OTHER)));
    }

    private void answer(Set<UUID> gone) {
        looks.getLast().complete(gone);
        watch.runOne();
    }

    private void fail() {
        looks.getLast().completeExceptionally(new IllegalStateException("the database is away"));
        watch.runOne();
    }

    private void pass(long millis) {
        nanos += Duration.ofMillis(millis).toNanos();
    }
}
