package com.agenticverz.nova.bench.driver;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/**
 * A row of the table.
 *
 * @param label with the unit
 * @param value of the fields of a figure; NaN where they have none
 * @param better what is better, for the ratio
 * @param decimals as many as the figure can be trusted for
 */
record Row(String label, Figure figure, ToDoubleFunction<JsonNode> value, Better better, int decimals) {

    /** Which of two is better. */
    enum Better {
        MORE,
        LESS,
        /** Neither: no ratio is shown. */
        NEITHER
    }

    /** By a pointer into the fields, such as {@code /call_to_start/p50}. */
    static Row at(String label, Figure figure, String pointer, Better better, int decimals) {
        return new Row(label, figure, fields -> number(fields.at(pointer)), better, decimals);
    }

    /** The quotient of two fields. */
    static Row quotient(String label, Figure figure, String dividend, String divisor) {
        return new Row(
                label, figure, fields -> number(fields.at(dividend)) / number(fields.at(divisor)), Better.NEITHER, 2);
    }

    /** A number, or the median of an array of them. */
    private static double number(JsonNode node) {
        if (node.isArray() && !node.isEmpty()) {
            return Spread.median(node.valueStream().map(JsonNode::asDouble).toList());
        }
        return node.isNumber() ? node.asDouble() : Double.NaN;
    }

    /** A contestant's cell: the median of its rounds, the least and the most, and how much better Nova was. */
    String cell(Results results, String contestant, String reference) {
        var measured = results.of(figure, contestant);
        if (measured.isEmpty()) {
            return "";
        }
        var values = new ArrayList<Double>();
        var ratios = new ArrayList<Double>();
        for (var result : measured) {
            var own = of(result);
            own.ifPresent(values::add);
            results.of(figure, reference).stream()
                    .filter(other -> other.round() == result.round())
                    .map(this::of)
                    .filter(other -> own.isPresent() && other.isPresent())
                    .forEach(other -> ratios.add(ratio(other.getAsDouble(), own.getAsDouble())));
        }
        if (measured.stream().anyMatch(result -> result.failure() != null)) {
            return "error";
        }
        if (values.isEmpty()) {
            return "–";
        }
        var text = text(Spread.of(values));
        return contestant.equals(reference) || better == Better.NEITHER || ratios.isEmpty()
                ? text
                : text + ", **" + String.format(Locale.ROOT, "%.1f×", Spread.median(ratios)) + "**";
    }

    private OptionalDouble of(Results.Result result) {
        if (result.fields() == null) {
            return OptionalDouble.empty();
        }
        double number = value.applyAsDouble(result.fields());
        return Double.isNaN(number) ? OptionalDouble.empty() : OptionalDouble.of(number);
    }

    private double ratio(double ofNova, double ofPeer) {
        return better == Better.MORE ? ofNova / ofPeer : ofPeer / ofNova;
    }

    private String text(Spread spread) {
        var least = text(spread.least());
        var most = text(spread.most());
        return text(spread.median()) + (least.equals(most) ? "" : " (" + least + "–" + most + ")");
    }

    /** Large numbers with three digits that say something. */
    private String text(double number) {
        double step = Math.max(1, Math.pow(10, Math.floor(Math.log10(Math.max(1, Math.abs(number)))) - 2));
        return String.format(
                Locale.ROOT, "%,." + decimals + "f", decimals > 0 ? number : Math.round(number / step) * step);
    }

    /** Whether there is anything to show in it. */
    boolean isMeasured(Results results, List<String> contestants) {
        return contestants.stream()
                .anyMatch(contestant -> !results.of(figure, contestant).isEmpty());
    }
}
