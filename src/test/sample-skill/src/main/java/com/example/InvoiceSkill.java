package com.example;

import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import com.agenticverz.nova.skill.SkillFailure;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;

/** Adds up the lines of an order. */
public final class InvoiceSkill implements Skill {

    private BigDecimal taxPercent = BigDecimal.ZERO;

    @Override
    public String name() {
        return "invoice";
    }

    @Override
    public String description() {
        return "The net, the tax and the total of the lines of an order.";
    }

    @Override
    public void configure(Map<String, Object> settings) {
        if (!(settings.get("tax_percent") instanceof Number percent)
                || percent.doubleValue() < 0
                || percent.doubleValue() > 100) {
            throw new IllegalArgumentException(
                    "tax_percent is " + settings.get("tax_percent") + "; allowed: 0 to 100");
        }
        taxPercent = new BigDecimal(percent.toString());
    }

    @Override
    public Object run(Map<String, Object> params, SkillContext context) {
        if (!(params.get("lines") instanceof List<?> lines) || lines.isEmpty()) {
            throw SkillFailure.permanent("lines is missing; an invoice has at least one");
        }
        var net = BigDecimal.ZERO;
        for (var line : lines) {
            net = net.add(amount(line));
        }
        net = net.setScale(2, RoundingMode.HALF_UP);
        var tax = net.multiply(taxPercent).movePointLeft(2).setScale(2, RoundingMode.HALF_UP);
        return Map.of("net", net, "tax", tax, "total", net.add(tax));
    }

    private static BigDecimal amount(Object line) {
        if (line instanceof Map<?, ?> map
                && map.get("quantity") instanceof Number quantity
                && map.get("price") instanceof Number price) {
            return new BigDecimal(price.toString()).multiply(new BigDecimal(quantity.toString()));
        }
        throw SkillFailure.permanent("a line is " + line + "; it needs a quantity and a price");
    }
}
