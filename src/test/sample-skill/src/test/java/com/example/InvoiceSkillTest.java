package com.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.agenticverz.nova.testkit.SkillTester;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InvoiceSkillTest {

    private final SkillTester tester =
            SkillTester.ofClassPath().withSettings("invoice", Map.of("tax_percent", 19));

    @Test
    void theLinesAreAddedUp() {
        var lines = List.of(Map.of("quantity", 2, "price", 10.50));

        var result = tester.run("invoice", Map.of("lines", lines));

        assertEquals(
                Map.of("net", new BigDecimal("21.00"), "tax", new BigDecimal("3.99"), "total", new BigDecimal("24.99")),
                result.output());
    }

    @Test
    void anInvoiceWithoutLinesIsRefusedForGood() {
        var result = tester.run("invoice", Map.of());

        assertEquals("lines is missing; an invoice has at least one", result.failure());
        assertFalse(result.isRetryable());
    }

    @Test
    void aWrongSettingStopsTheStart() {
        var wrong = tester.withSettings("invoice", Map.of("tax_percent", 190));

        var refusal = assertThrows(IllegalArgumentException.class, wrong::start);

        assertEquals("nova.skills.invoice: tax_percent is 190; allowed: 0 to 100", refusal.getMessage());
    }
}
