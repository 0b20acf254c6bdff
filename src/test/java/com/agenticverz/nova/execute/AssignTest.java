package com.agenticverz.nova.execute;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.run.TestRuns;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class AssignTest {

    @Test
    void aSmallAssignmentCarriesItsRuns() {
        var runs = Stream.generate(TestRuns::run).limit(100).toList();

        assertThat(Assign.of(7, runs, 3)).isEqualTo(new Assign(7, runs, 3, 0));
    }

    @Test
    void aLargeOneLeavesThemAllOut() {
        var small = TestRuns.run();
        var large = TestRuns.run("x".repeat((int) (Assign.MOST_BYTES / 3)));

        assertThat(Assign.of(7, List.of(small, large), 3)).isEqualTo(new Assign(7, List.of(), 3, 2));
    }

    @Test
    void theEstimateCountsEachCharacterAtItsLongest() {
        var fits = TestRuns.run("x".repeat((int) (Assign.MOST_BYTES - 200) / 3 - "agent".length()));
        assertThat(Assign.mostBytes(List.of(fits))).isBetween(Assign.MOST_BYTES - 3, Assign.MOST_BYTES);
        assertThat(Assign.of(7, List.of(fits), 0).unread()).isZero();

        var tooLarge = TestRuns.run(fits.plan() + "x");
        assertThat(Assign.of(7, List.of(tooLarge), 0).unread()).isOne();
    }
}
