package com.agenticverz.nova.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.agenticverz.nova.run.TestRuns;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StepContextTest {

    private final TestReports reports = new TestReports();
    private final AtomicBoolean cancelled = new AtomicBoolean();
    private final StepContext context =
            new StepContext(TestRuns.run(), "a", cancelled::get, new TestSignals(), reports, null);

    @Test
    void whatASkillSaysIsHandedOn() {
        context.progress(0, null);
        context.progress(1, "n".repeat(1000));
        context.heartbeat(Map.of("row", 7));
        context.heartbeat(null);

        assertThat(reports.said).containsExactly("a 0.0 null", "a 1.0 " + "n".repeat(1000), "a {\"row\":7}", "a null");
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.001, 1.001, Double.NaN, Double.POSITIVE_INFINITY})
    void aFractionIsFromZeroToOne(double fraction) {
        assertThatThrownBy(() -> context.progress(fraction, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a progress of " + fraction + "; allowed: 0 to 1");
        assertThat(reports.said).isEmpty();
    }

    @Test
    void whatCannotBeWrittenIsRefusedAtOnce() {
        assertThatThrownBy(() -> context.progress(0.5, "n".repeat(1001)))
                .hasMessage("the note of a progress has 1001 characters; allowed: at most 1000");
        assertThatThrownBy(() -> context.progress(0.5, "a\0b"))
                .hasMessage("the note of a progress holds NUL, which PostgreSQL does not store");
        assertThatThrownBy(() -> context.heartbeat("d".repeat(99_999)))
                .hasMessage("the detail of a heartbeat has 100001 characters as JSON; allowed: at most 100000");
        assertThatThrownBy(() -> context.heartbeat(List.of("a\\\0b")))
                .hasMessage("the detail of a heartbeat holds NUL, which PostgreSQL does not store");
        assertThatThrownBy(() -> context.heartbeat(new Object()))
                .hasMessageStartingWith("the detail of a heartbeat has no JSON form: ");
        assertThat(reports.said).isEmpty();

        // No NUL, but the six characters that stand for one.
        context.heartbeat("\\u0000");
        assertThat(reports.said).containsExactly("a \"\\\\u0000\"");
    }

    @Test
    void theLastHeartbeatIsThatOfAnEarlierAttemptUntilThereIsAnother() throws Exception {
        assertThat(context.lastHeartbeat()).isNull();
        reports.earlier.put("a", "{\"row\":7}");
        assertThat(context.lastHeartbeat()).isEqualTo(Map.of("row", 7));

        context.heartbeat(8);
        assertThat(context.lastHeartbeat()).isEqualTo(8);

        // As a second try of the same attempt sees it.
        reports.earlier.clear();
        var again = new StepContext(TestRuns.run(), "a", cancelled::get, new TestSignals(), reports, context);
        assertThat(again.lastHeartbeat()).isEqualTo(8);
    }

    @Test
    void whatATrySaysThatHasEndedCountsForNothing() {
        context.heartbeat(1);
        assertThat(context.isCancelled()).isFalse();

        context.over();
        context.heartbeat(2);
        context.progress(0.5, null);

        assertThat(reports.said).containsExactly("a 1");
        assertThat(context.isCancelled()).isTrue();
    }

    @Test
    void onlyAStepThatSaidSomethingHasToBeForgotten() {
        context.finished();
        assertThat(reports.said).isEmpty();

        context.heartbeat(1);
        context.finished();
        assertThat(reports.said).containsExactly("a 1", "a finished");
    }
}
