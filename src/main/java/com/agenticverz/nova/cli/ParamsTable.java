package com.agenticverz.nova.cli;

import com.agenticverz.nova.skill.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a JSON Schema says of the params of a skill, for people. Not all of it: what this does not know is left out, and
 * the schema itself has it.
 */
final class ParamsTable {

    private static final String DEFINITIONS = "#/$defs/";
    /** A schema may refer to itself. */
    private static final int DEEPEST = 8;

    private final Map<String, @Nullable Object> schema;

    private ParamsTable(Map<String, @Nullable Object> schema) {
        this.schema = schema;
    }

    /**
     * The lines of it.
     *
     * @throws IllegalArgumentException when the schema is not a JSON object
     */
    static List<String> of(String skill, String schema) {
        var object = Json.object(Json.read(schema));
        if (object == null) {
            throw new IllegalArgumentException("is not an object");
        }
        return new ParamsTable(object).lines(skill);
    }

    private List<String> lines(String skill) {
        var lines = new ArrayList<String>();
        var params = object(schema.get("properties"));
        if (!params.isEmpty()) {
            var required = list(schema.get("required"));
            var rows = new ArrayList<List<String>>();
            rows.add(List.of("param", "required", "type", "default", ""));
            params.forEach((name, value) -> {
                var param = object(value);
                rows.add(List.of(
                        name,
                        required.contains(name) ? "yes" : "",
                        type(param, 0),
                        param.containsKey("default") ? Json.write(param.get("default")) : "",
                        text(param)));
            });
            lines.addAll(Columns.of(rows));
        }
        if (!Boolean.FALSE.equals(schema.get("additionalProperties"))) {
            lines.add(params.isEmpty() ? "It takes any params." : "It takes any others.");
        } else if (params.isEmpty()) {
            lines.add("It takes no params.");
        }
        if (schema.get("examples") instanceof List<?> examples && !examples.isEmpty()) {
            lines.add("");
            for (var example : examples) {
                var step = new LinkedHashMap<String, @Nullable Object>();
                step.put("skill", skill);
                step.put("params", example);
                lines.add(Json.write(step));
            }
        }
        return lines;
    }

    private static String text(Map<String, @Nullable Object> param) {
        return Stream.of(param.get("description"), param.get("title"))
                .filter(String.class::isInstance)
                .map(it -> it.toString().replaceAll("\\s+", " "))
                .findFirst()
                .orElse("");
    }

    /** Null is left out: it stands for a param that is not there. */
    private String type(Map<String, @Nullable Object> param, int depth) {
        if (depth > DEEPEST) {
            return "any";
        }
        if (param.get("$ref") instanceof String reference && reference.startsWith(DEFINITIONS)) {
            return type(object(object(schema.get("$defs")).get(reference.substring(DEFINITIONS.length()))), depth + 1);
        }
        if (param.containsKey("const")) {
            return Json.write(param.get("const"));
        }
        if (param.get("enum") instanceof List<?> values) {
            return joined(values.stream()
                    .filter(Objects::nonNull)
                    .map(it -> it instanceof String text ? text : Json.write(it)));
        }
        for (var choice : List.of("anyOf", "oneOf")) {
            if (param.get(choice) instanceof List<?> several) {
                return joined(several.stream()
                        .map(ParamsTable::object)
                        .filter(it -> !"null".equals(it.get("type")))
                        .map(it -> type(it, depth + 1)));
            }
        }
        var types = list(param.get("type"));
        return types.isEmpty()
                ? "any"
                : joined(types.stream()
                        .filter(it -> !"null".equals(it))
                        .map(it -> named(String.valueOf(it), param, depth)));
    }

    private String named(String type, Map<String, @Nullable Object> param, int depth) {
        return switch (type) {
            case "string" -> "date-time".equals(param.get("format")) ? "a moment" : "text";
            case "integer" -> "whole number" + range(param);
            case "number" -> "number" + range(param);
            case "array" -> {
                var items = type(object(param.get("items")), depth + 1);
                yield items.equals("any") ? "array" : "array of (" + items + ")";
            }
            default -> type;
        };
    }

    private static String range(Map<String, @Nullable Object> param) {
        var least = param.get("minimum");
        var most = param.get("maximum");
        if (least == null && most == null) {
            return "";
        }
        return least == null ? " up to " + most : most == null ? " from " + least : " " + least + " to " + most;
    }

    private static String joined(Stream<String> types) {
        return String.join(", ", types.distinct().toList());
    }

    private static Map<String, @Nullable Object> object(@Nullable Object value) {
        var object = Json.object(value);
        return object == null ? Map.of() : object;
    }

    private static List<?> list(@Nullable Object value) {
        return value instanceof List<?> several ? several : value == null ? List.of() : List.of(value);
    }
}
