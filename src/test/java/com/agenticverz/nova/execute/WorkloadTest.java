package com.agenticverz.nova.execute;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.TestRuns;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.Test;

class WorkloadTest {

    private final Workload workload = new Workload();

    @Test
    void whoWaitsForTheMarkIsAnsweredWhenItIsWritten() {
        var marked = new CompletableFuture<Boolean>();
        var run = active();
        run.whenMarked(marked);
        assertThat(marked).isNotDone();

        run.marked(1);

        assertThat(marked).isCompletedWithValue(true);
    }

    @Test
    void whoWaitsForTheMarkIsAnsweredWhenTheRunEndsBefore() {
        var marked = new CompletableFuture<Boolean>();
        var run = active();
        run.whenMarked(marked);

        workload.ended(run.run.id());

        assertThat(marked).isCompletedWithValue(false);
    }

    private Workload.Active active() {
        var run = TestRuns.run();
        var fence = new Fence(run.id(), 1, 0);
        workload.add(run, fence, 0);
        workload.begin(1, TestInbox.<Worker.Command>create().getRef(), 0);
        return Objects.requireNonNull(workload.active(fence));
    }
}
