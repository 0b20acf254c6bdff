package com.agenticverz.nova.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RunTest {

    private static final Duration OTHERWISE = Duration.ofMinutes(30);

    @Test
    void aFenceCarriesTheAttemptsAsTheyWereClaimed() {
        var run = new Run(UUID.randomUUID(), "agent", TestRuns.NOOP, 2, 5, null, 0);

        var fence = run.under(17);

        assertThat(fence).isEqualTo(new Fence(run.id(), 17, 2));
        assertThat(fence.attempt()).isEqualTo(3);
    }

    @Test
    void aRunThatSaysNothingHasTheTimeoutOfTheNode() {
        assertThat(TestRuns.run().timeout(OTHERWISE)).isEqualTo(OTHERWISE);
    }

    @Test
    void theTimeoutOfARunCountsInMilliseconds() {
        assertThat(TestRuns.runFor(1.2345).timeout(OTHERWISE)).isEqualTo(Duration.ofMillis(1235));
    }

    @Test
    void aPlanHasAStep() {
        assertThatThrownBy(() -> new Plan(List.of(), 8))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a plan needs at least one step");
    }

    @Test
    void aPlanKeepsItsStepsWhateverHappensToTheListItWasMadeOf() {
        var steps = new ArrayList<Step>();
        steps.add(new Step("s1", "noop", Map.of(), Step.OnError.ABORT, 0, null, "s1", null, null, List.of(), null));
        var plan = new Plan(steps, 8);

        steps.clear();

        assertThat(plan.steps()).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(RunStatus.class)
    void aStatusComesBackFromItsColumn(RunStatus status) {
        assertThat(status.column()).isLowerCase();
        assertThat(RunStatus.ofColumn(status.column())).isEqualTo(status);
    }

    @Test
    void nothingFollowsSuccessFailureAndCancellation() {
        assertThat(RunStatus.values())
                .filteredOn(RunStatus::isTerminal)
                .containsExactly(RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED);
    }

    @Test
    void anOutcomeSaysTheStatusThatItGives() {
        assertThat(new Outcome.Succeeded("{}").status()).isEqualTo(RunStatus.SUCCEEDED);
        assertThat(new Outcome.Retry("why", Duration.ZERO).status()).isEqualTo(RunStatus.RETRY);
        assertThat(new Outcome.Failed("why").status()).isEqualTo(RunStatus.FAILED);
    }
}
