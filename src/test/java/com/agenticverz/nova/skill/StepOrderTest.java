package com.agenticverz.nova.skill;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StepOrderTest {

    @Test
    void stepsThatBuildOnEachOtherHaveAnOrder() {
        assertThat(StepOrder.cycle(Map.of())).isEmpty();
        assertThat(StepOrder.cycle(Map.of(
                        "d", List.of("b", "c"),
                        "c", List.of("a"),
                        "b", List.of("a"),
                        "a", List.of("not there"))))
                .isEmpty();
    }

    @Test
    void aCycleIsNamedWithoutWhatOnlyLeadsToIt() {
        var needs = new LinkedHashMap<String, List<String>>();
        needs.put("end", List.of("free", "a"));
        needs.put("a", List.of("free", "b"));
        needs.put("b", List.of("c"));
        needs.put("c", List.of("b"));
        needs.put("free", List.of());

        assertThat(StepOrder.cycle(needs)).containsExactly("b", "c");
    }

    @Test
    void aStepThatNeedsItselfIsACycle() {
        assertThat(StepOrder.cycle(Map.of("a", List.of("a")))).containsExactly("a");
    }

    @Test
    void aLongChainIsNoProblem() {
        var needs = new LinkedHashMap<String, List<String>>();
        for (int i = 0; i < 1000; i++) {
            needs.put("s" + i, List.of("s" + (i + 1)));
        }
        assertThat(StepOrder.cycle(needs)).isEmpty();

        needs.put("s1000", List.of("s500"));
        assertThat(StepOrder.cycle(needs)).hasSize(501).startsWith("s500").endsWith("s1000");
    }
}
