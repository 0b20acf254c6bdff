package com.agenticverz.nova.console;

import com.agenticverz.nova.skill.Json;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a caller has given beside the path: the members of a JSON object, or the parameters of a query. One of another name
 * is refused, for nobody would read it; one that is null counts as not given.
 */
final class Fields {

    private static final int LONGEST_SHOWN = 100;

    private final Map<String, @Nullable Object> values;

    private Fields(Map<String, @Nullable Object> values, List<String> allowed) {
        this.values = values;
        for (var name : values.keySet()) {
            if (!allowed.contains(name)) {
                throw bad("there is no " + shown(name)
                        + (allowed.isEmpty() ? " here" : "; allowed: " + String.join(", ", allowed)));
            }
        }
    }

    /**
     * Those of a body, which may be missing.
     *
     * @throws Problem when it is something else, or has another one
     */
    static Fields ofBody(Context request, String... allowed) {
        var json = RequestBody.json(request);
        if (json == null) {
            return new Fields(Map.of(), List.of());
        }
        var object = Json.object(Json.read(json));
        if (object == null) {
            throw bad("the body is something else; allowed: an object with " + String.join(", ", allowed));
        }
        return new Fields(object, List.of(allowed));
    }

    /**
     * Those of a query.
     *
     * @throws Problem when there is another one, or one twice
     */
    static Fields ofQuery(Context request, String... allowed) {
        var values = new LinkedHashMap<String, @Nullable Object>();
        request.queryParamMap().forEach((name, several) -> {
            if (several.size() != 1) {
                throw bad(shown(name) + " is there more than once");
            }
            values.put(name, several.getFirst());
        });
        return new Fields(values, List.of(allowed));
    }

    /** Text as it is; null: it was not given. */
    @Nullable
    String text(String name) {
        return switch (values.get(name)) {
            case null -> null;
            case String text when text.indexOf('\u0000') < 0 -> text;
            case Object other -> throw other(name, other, "text without NUL");
        };
    }

    /** The same, which has to be there. */
    String neededText(String name) {
        var text = text(name);
        if (text == null || text.isEmpty()) {
            throw bad(name + " is missing");
        }
        return text;
    }

    /** A whole number that an int holds; null: it was not given. */
    @Nullable
    Integer wholeNumber(String name) {
        var value = values.get(name);
        if (value == null) {
            return null;
        }
        try {
            return new BigDecimal(value.toString()).intValueExact();
        } catch (ArithmeticException | NumberFormatException e) {
            throw other(name, value, "a whole number from " + Integer.MIN_VALUE + " to " + Integer.MAX_VALUE);
        }
    }

    /** A whole number in a range. */
    int wholeNumber(String name, int otherwise, int least, int most) {
        var number = wholeNumber(name);
        if (number == null) {
            return otherwise;
        }
        if (number < least || number > most) {
            throw other(name, number, least + " to " + most);
        }
        return number;
    }

    /** A number; null: it was not given. */
    @Nullable
    Double number(String name) {
        var value = values.get(name);
        if (value == null) {
            return null;
        }
        try {
            return new BigDecimal(value.toString()).doubleValue();
        } catch (NumberFormatException e) {
            throw other(name, value, "a number");
        }
    }

    /** Yes or no, which a query says as text; not given is no. */
    boolean truth(String name) {
        return switch (values.get(name)) {
            case null -> false;
            case Boolean value -> value;
            case String text when text.equals("true") || text.equals("false") -> text.equals("true");
            case Object other -> throw other(name, other, "true or false");
        };
    }

    private static Problem other(String name, Object value, String allowed) {
        return bad(name + " is " + shown(Json.write(value)) + "; allowed: " + allowed);
    }

    private static Problem bad(String detail) {
        return new Problem(HttpStatus.BAD_REQUEST, detail);
    }

    private static String shown(String text) {
        var line = text.replaceAll("\\p{Cntrl}", " ");
        return line.length() <= LONGEST_SHOWN ? line : line.substring(0, LONGEST_SHOWN - 1) + "…";
    }
}
