package com.agenticverz.nova.execute;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.store.StepReport;
import java.util.ArrayList;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class StepReportsTest {

    private static final Fence ONE = new Fence(new UUID(0, 1), 1, 0);
    private static final Fence OTHER = new Fence(new UUID(0, 2), 1, 0);

    private final StepReports reports = new StepReports();

    @Test
    void ofEachStepTheLastWordsAreTakenOnce() {
        for (int i = 0; i < 1000; i++) {
            reports.say(StepReport.heartbeat(ONE, "a", "" + i));
            reports.say(StepReport.progress(ONE, "a", i / 1000.0, i % 2 == 0 ? "even" : null));
        }
        reports.say(StepReport.heartbeat(ONE, "b", "{}"));
        reports.say(StepReport.progress(OTHER, "a", 1, "done"));

        assertThat(reports.take())
                .containsExactlyInAnyOrder(
                        new StepReport(ONE, "a", 0.999, null, "999"),
                        StepReport.heartbeat(ONE, "b", "{}"),
                        StepReport.progress(OTHER, "a", 1, "done"));
        assertThat(reports.take()).isEmpty();
    }

    @Test
    void whatARunHasSaidIsTakenWithoutThatOfOthers() {
        reports.say(StepReport.heartbeat(ONE, "a", "1"));
        reports.say(StepReport.heartbeat(OTHER, "a", "2"));

        assertThat(reports.take(ONE)).containsExactly(StepReport.heartbeat(ONE, "a", "1"));
        assertThat(reports.take(ONE)).isEmpty();
        assertThat(reports.take()).containsExactly(StepReport.heartbeat(OTHER, "a", "2"));
    }

    @Test
    void whatAFinishedStepHasSaidIsForgotten() {
        reports.say(StepReport.heartbeat(ONE, "a", "1"));
        reports.say(StepReport.heartbeat(ONE, "b", "2"));

        reports.forget(ONE, "a");
        reports.forget(OTHER, "a");

        assertThat(reports.take()).containsExactly(StepReport.heartbeat(ONE, "b", "2"));
    }

    @Test
    void whatIsTooLongInAllIsDroppedUntilSomethingHasBeenTaken() {
        var detail = "x".repeat(StepContext.LARGEST_DETAIL_CHARS);
        long most = StepReports.MOST_CHARS / detail.length();
        for (int i = 0; i < most; i++) {
            reports.say(StepReport.heartbeat(ONE, "" + i, detail));
        }

        reports.say(StepReport.heartbeat(OTHER, "a", detail));
        // It takes no more room than before.
        var other = detail.replace('x', 'y');
        reports.say(StepReport.heartbeat(ONE, "0", other));
        assertThat(reports.take(OTHER)).isEmpty();
        reports.forget(ONE, "1");
        reports.say(StepReport.heartbeat(OTHER, "a", detail));

        assertThat(reports.take(OTHER)).containsExactly(StepReport.heartbeat(OTHER, "a", detail));
        assertThat(reports.take())
                .hasSize((int) most - 1)
                .contains(StepReport.heartbeat(ONE, "0", other))
                .doesNotContain(StepReport.heartbeat(ONE, "1", detail));
        reports.say(StepReport.heartbeat(OTHER, "a", detail));
        assertThat(reports.take(OTHER)).hasSize(1);
    }

    @Test
    void nothingIsLostBetweenWhoSaysAndWhoTakes() {
        var saying = CompletableFuture.runAsync(() -> {
            for (int i = 0; i < 20_000; i++) {
                reports.say(StepReport.heartbeat(i % 2 == 0 ? ONE : OTHER, "a", "" + i));
            }
        });
        var last = new ArrayList<StepReport>();
        while (!saying.isDone()) {
            last.addAll(reports.take());
        }
        last.addAll(reports.take());

        assertThat(last).contains(StepReport.heartbeat(OTHER, "a", "19999"), StepReport.heartbeat(ONE, "a", "19998"));
    }
}
