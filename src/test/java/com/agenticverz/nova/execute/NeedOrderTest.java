package com.agenticverz.nova.execute;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.run.Plan;
import com.agenticverz.nova.run.Step;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NeedOrderTest {

    private final Map<String, Step> steps = new HashMap<>();

    @Test
    void aStepBeginsWhenThoseThatItNeedsAreFinished() {
        var order = order("join: a b", "a:", "b:", "end: join", "free:");

        assertThat(beginning(order)).containsExactly("a", "b", "free");
        order.finished(step("b"));
        assertThat(beginning(order)).isEmpty();
        order.finished(step("a"));
        assertThat(beginning(order)).containsExactly("join");
        order.finished(step("free"));
        assertThat(order.onlyOneIsLeft()).isFalse();
        order.finished(step("join"));
        assertThat(beginning(order)).containsExactly("end");
        assertThat(order.onlyOneIsLeft()).isTrue();
    }

    @Test
    void aStepSeesWhatItNeedsDirectlyOrThroughOthersInTheOrderOfThePlan() {
        var order = order("end: join", "join: b a", "a: root", "b:", "root:", "free:");

        assertThat(order.seenBy(step("end"))).extracting(Step::id).containsExactly("join", "a", "b", "root");
        assertThat(order.seenBy(step("a"))).extracting(Step::id).containsExactly("root");
        assertThat(order.seenBy(step("free"))).isEmpty();
    }

    @Test
    void whatAnEarlierAttemptHasFinishedDoesNotBegin() {
        var order = order("a:", "b: a", "c: a", "d: b c");
        // Even without what it needs: its plan was changed.
        order.finished(step("c"));

        assertThat(beginning(order)).containsExactly("a");
        order.finished(step("a"));
        assertThat(beginning(order)).containsExactly("b");
        order.finished(step("b"));
        assertThat(beginning(order)).containsExactly("d");

        var all = order("x:", "y: x");
        all.finished(step("x"));
        all.finished(step("y"));
        assertThat(beginning(all)).isEmpty();
    }

    @Test
    void withoutNeedsOneBeginsAfterTheOther() {
        var order = order("a:", "b:", "c:");

        assertThat(beginning(order)).containsExactly("a");
        order.finished(step("a"));
        assertThat(beginning(order)).containsExactly("b");
        assertThat(order.seenBy(step("c"))).extracting(Step::id).containsExactly("a", "b");
    }

    private Step step(String id) {
        return java.util.Objects.requireNonNull(steps.get(id));
    }

    private static List<String> beginning(NeedOrder order) {
        var ids = new ArrayList<String>();
        for (var step = order.next(); step != null; step = order.next()) {
            ids.add(step.id());
        }
        return ids;
    }

    private NeedOrder order(String... lines) {
        steps.clear();
        var plan = new ArrayList<Step>();
        for (var line : lines) {
            var parts = line.split(":");
            var needs = parts.length == 1
                    ? List.<String>of()
                    : List.of(parts[1].strip().split(" "));
            var step = new Step(
                    parts[0], "noop", Map.of(), Step.OnError.ABORT, 0, null, parts[0], null, null, needs, null);
            plan.add(step);
            steps.put(step.id(), step);
        }
        return new NeedOrder(new Plan(plan, 8));
    }
}
