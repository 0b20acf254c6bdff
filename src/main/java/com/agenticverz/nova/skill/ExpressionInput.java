package com.agenticverz.nova.skill;

import com.dashjoin.jsonata.Jsonata;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A JSON value as expressions see it. It may stand for itself in the input of any number of them, at the same time: what is
 * large is turned into the values of the library once, instead of for each evaluation. Immutable.
 *
 * <p>The library takes a null in an array for nothing, unless it is its own, and a number with a fraction is a
 * {@code Double} in all that it does.
 */
public final class ExpressionInput {

    private final Object value;
    private final List<IdentityHashMap<Object, Number>> exact;

    private ExpressionInput(Object value, List<IdentityHashMap<Object, Number>> exact) {
        this.value = value;
        this.exact = exact;
    }

    /**
     * Turns it into that.
     *
     * @param json a JSON value, in no part changed from now on; or one with such inputs in it
     */
    public static ExpressionInput of(@Nullable Object json) {
        var conversion = new Conversion();
        var value = conversion.of(json);
        conversion.exact.removeIf(Map::isEmpty);
        return new ExpressionInput(value, List.copyOf(conversion.exact));
    }

    /** As the library has it. It refuses to be changed. */
    Object value() {
        return value;
    }

    /**
     * What such a {@code Double} was made of; null: it is none of the input.
     *
     * <p>Should the JVM have made another object of it, it is the same number as far as a {@code Double} goes.
     */
    @Nullable
    Number exactly(Double number) {
        for (var numbers : exact) {
            var made = numbers.get(number);
            if (made != null) {
                return made;
            }
        }
        return null;
    }

    private static final class Conversion {

        private final IdentityHashMap<Object, Number> own = new IdentityHashMap<>();
        private final List<IdentityHashMap<Object, Number>> exact = new ArrayList<>(List.of(own));

        Object of(@Nullable Object value) {
            return switch (value) {
                case null -> Jsonata.NULL_VALUE;
                case BigDecimal number -> inexact(number);
                case BigInteger number -> inexact(number);
                case ExpressionInput input -> {
                    exact.addAll(input.exact);
                    yield input.value;
                }
                case Map<?, ?> object -> {
                    var copy = new LinkedHashMap<Object, Object>();
                    object.forEach((name, member) -> copy.put(name, of(member)));
                    yield Collections.unmodifiableMap(copy);
                }
                case List<?> array -> {
                    var copy = new ArrayList<Object>(array.size());
                    array.forEach(element -> copy.add(of(element)));
                    yield Collections.unmodifiableList(copy);
                }
                default -> value;
            };
        }

        private Double inexact(Number number) {
            Double inexact = number.doubleValue();
            own.put(inexact, number);
            return inexact;
        }
    }
}
