package com.agenticverz.nova.execute;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.telemetry.Metrics;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class AbandonedTest {

    private static final UUID RUN = UUID.randomUUID();
    private static Metrics metrics;

    private final List<CountDownLatch> ends = new ArrayList<>();
    private final Abandoned abandoned = new Abandoned(2, metrics);

    @BeforeAll
    static void start() {
        metrics = Metrics.start();
    }

    @AfterAll
    static void stop() {
        metrics.close();
    }

    @AfterEach
    void endAll() {
        ends.forEach(CountDownLatch::countDown);
    }

    @Test
    void soManyAreReplacedAndTheNextOneOnceOneOfThemHasEnded() throws Exception {
        var first = thread();
        var second = thread();
        var third = thread();

        assertThat(leave(first)).isTrue();
        assertThat(leave(second)).isTrue();
        assertThat(leave(third)).isFalse();
        assertThat(leave(third)).isFalse();
        assertThat(leave(first)).as("again").isTrue();
        assertThat(abandoned.count()).isEqualTo(3);

        end(0, first);
        assertThat(abandoned.count()).isEqualTo(2);
        assertThat(leave(third)).isTrue();
    }

    @Test
    void oneThatIsNotReplacedAndEndsMakesNoRoom() throws Exception {
        var threads = List.of(thread(), thread(), thread());
        threads.forEach(this::leave);

        end(2, threads.get(2));

        assertThat(abandoned.count()).isEqualTo(2);
        assertThat(leave(thread())).isFalse();
    }

    @Test
    void aThreadThatHasEndedIsNotCounted() throws Exception {
        var thread = thread();
        end(0, thread);

        assertThat(leave(thread)).isTrue();
        assertThat(abandoned.count()).isZero();
    }

    @Test
    void manyThatAskAtTheSameMomentAreNotReplacedBeyondTheLimit() throws Exception {
        var replaced = new AtomicInteger();
        var asking = new ArrayList<Thread>();
        for (int i = 0; i < 20; i++) {
            var deaf = thread();
            asking.add(Thread.ofVirtual().start(() -> {
                if (leave(deaf)) {
                    replaced.incrementAndGet();
                }
            }));
        }
        for (var thread : asking) {
            thread.join();
        }

        assertThat(replaced).hasValue(2);
        assertThat(abandoned.count()).isEqualTo(20);
    }

    @Test
    void whenEveryWorkerIsHeldNoneIsLeft() {
        assertThat(abandoned.holdsAllWorkers()).isFalse();
        abandoned.workersHeld(1);
        assertThat(abandoned.holdsAllWorkers()).isFalse();
        abandoned.workersHeld(2);
        assertThat(abandoned.holdsAllWorkers()).isTrue();
    }

    private boolean leave(Thread thread) {
        return abandoned.leave(thread, RUN, "s1 (deaf)");
    }

    private Thread thread() {
        var end = new CountDownLatch(1);
        ends.add(end);
        return Thread.ofVirtual().start(() -> {
            try {
                end.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }

    private void end(int number, Thread thread) throws InterruptedException {
        ends.get(number).countDown();
        thread.join();
    }
}
