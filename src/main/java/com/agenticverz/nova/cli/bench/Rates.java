package com.agenticverz.nova.cli.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A rate that was measured several times.
 *
 * @param measured in their order; at least one
 */
record Rates(List<Rate> measured) {

    Rates {
        measured = List.copyOf(measured);
    }

    /** Runs a second. */
    Spread perSecond() {
        return new Spread(measured.stream().map(Rate::perSecond).toList());
    }

    /** The median of what a run cost; null where it is not known of each. */
    private @Nullable Double perRun(Function<Cost, @Nullable Double> what) {
        var perRun = measured.stream()
                .map(rate -> {
                    var cost = what.apply(rate.cost());
                    return cost == null ? null : (Double) (cost / rate.runs());
                })
                .toList();
        return perRun.stream().anyMatch(Objects::isNull) ? null : (Double) new Spread(perRun).median();
    }

    Map<String, @Nullable Object> json() {
        var json = perSecond().json(1);
        costs(json);
        return json;
    }

    /** Adds what a run cost. */
    void costs(Map<String, @Nullable Object> json) {
        json.put("nova_cpu_us_per_run", rounded(perRun(Cost::novaCpuMicros), 2));
        json.put("postgres_cpu_us_per_run", rounded(perRun(Cost::postgresCpuMicros), 2));
        json.put("wal_bytes_per_run", rounded(perRun(Cost::walBytes), 1));
    }

    private static @Nullable Double rounded(@Nullable Double value, int decimals) {
        return value == null ? null : (Double) Spread.rounded(value, decimals);
    }

    /** Two lines for people. */
    List<String> text(String name) {
        var spread = perSecond();
        return List.of(
                String.format(
                        Locale.ROOT,
                        "  %-11s %,9.0f runs/s   (%,.0f to %,.0f)",
                        name,
                        spread.median(),
                        spread.min(),
                        spread.max()),
                costText());
    }

    /** What a run cost, in a line for people. */
    String costText() {
        var json = new LinkedHashMap<String, @Nullable Object>();
        costs(json);
        return "              a run: CPU of Nova " + shown(json.get("nova_cpu_us_per_run"), " µs") + ", of PostgreSQL "
                + shown(json.get("postgres_cpu_us_per_run"), " µs") + ", WAL "
                + shown(json.get("wal_bytes_per_run"), " bytes");
    }

    private static String shown(@Nullable Object value, String unit) {
        return value == null ? "not known" : value + unit;
    }
}
