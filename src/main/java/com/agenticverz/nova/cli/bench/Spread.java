package com.agenticverz.nova.cli.bench;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One figure, measured several times.
 *
 * @param values in the order in which they were measured; at least one
 */
record Spread(List<Double> values) {

    Spread {
        values = List.copyOf(values);
    }

    /** The middle one; of an even number, the mean of the two in the middle. */
    double median() {
        var sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    double min() {
        return values.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    }

    double max() {
        return values.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    }

    Map<String, @Nullable Object> json(int decimals) {
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put(
                "values", values.stream().map(value -> rounded(value, decimals)).toList());
        json.put("median", rounded(median(), decimals));
        json.put("min", rounded(min(), decimals));
        json.put("max", rounded(max(), decimals));
        return json;
    }

    /** With no more decimals than it can be trusted for. */
    static double rounded(double value, int decimals) {
        return BigDecimal.valueOf(value)
                .setScale(decimals, RoundingMode.HALF_UP)
                .doubleValue();
    }
}
