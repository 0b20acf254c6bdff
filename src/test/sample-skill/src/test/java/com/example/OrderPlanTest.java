package com.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.agenticverz.nova.testkit.SkillTester;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OrderPlanTest {

    private final SkillTester tester =
            SkillTester.ofClassPath().withSettings("invoice", Map.of("tax_percent", 19));

    @Test
    void aDearOrderWaitsForItsApproval() {
        var run = tester.plan("""
                {"steps": [
                  {"id": "sum", "skill": "invoice", "params": {"lines": [{"quantity": 1, "price": 5000}]}},
                  {"id": "ask", "skill": "approval", "when": "sum.total > 1000"},
                  {"id": "say", "skill": "echo", "params": {"text": "${sum.total} approved by ${ask.approved.by}"}}
                ]}""");

        assertTrue(run.snoozed());
        run = run.signal("approved", Map.of("by", "Ada")).wake();
        assertEquals(Map.of("text", "5950.00 approved by Ada"), run.result().get("say"));
    }

    @Test
    void anImportGoesOnWhereItWas() {
        var first = tester.run("import_rows", Map.of("rows", List.of("a", "b", "busy")));

        assertTrue(first.isRetryable());
        assertEquals(List.of(1, 2), first.heartbeats());

        var second = tester.attempt(2).lastHeartbeat(2).run("import_rows", Map.of("rows", List.of("a", "b", "c")));

        assertEquals(Map.of("rows", 3, "taken_now", 1), second.output());
    }

    @Test
    void anImportCanBeStopped() {
        var rows = Collections.nCopies(100_000, "row");

        assertTrue(tester.runAndStopAfter(Duration.ofMillis(200), "import_rows", Map.of("rows", rows))
                .endedInTime());
    }
}
