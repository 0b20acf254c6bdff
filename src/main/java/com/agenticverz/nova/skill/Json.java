package com.agenticverz.nova.skill;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.InvalidDefinitionException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** JSON text to the JDK's values and back. */
public final class Json {

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();

    /** Where the parser says in its own words what is said in ours. */
    private static final Pattern INTERNALS = Pattern.compile("\\s*\\(start marker at \\[.*?]\\)");

    private Json() {}

    /**
     * Reads any JSON value.
     *
     * @throws IllegalArgumentException when the text is not JSON; the message says where
     */
    public static @Nullable Object read(String json) {
        try {
            return MAPPER.readValue(json, Object.class);
        } catch (JsonProcessingException e) {
            var location = e.getLocation();
            throw new IllegalArgumentException(
                    "not JSON: " + INTERNALS.matcher(e.getOriginalMessage()).replaceAll("")
                            + (location == null
                                    ? ""
                                    : " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ")"),
                    e);
        }
    }

    /**
     * Writes a value.
     *
     * @throws IllegalArgumentException when it holds something that has no JSON form
     */
    public static String write(@Nullable Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (InvalidDefinitionException e) {
            throw new IllegalArgumentException(
                    "has no JSON form: " + place(e) + e.getType().toCanonical(), e);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("has no JSON form: " + e.getOriginalMessage(), e);
        }
    }

    /** Where it is, as a JSON pointer; the libraries would say what of them could be configured otherwise. */
    private static String place(InvalidDefinitionException e) {
        var pointer = new StringBuilder();
        for (var part : e.getPath()) {
            pointer.append('/')
                    .append(part.getFieldName() == null ? part.getIndex() : PlanReader.escaped(part.getFieldName()));
        }
        return pointer.isEmpty() ? "it is a " : pointer + " is a ";
    }

    /** The members of a JSON object; null when the value is something else. */
    @SuppressWarnings("unchecked")
    public static @Nullable Map<String, @Nullable Object> object(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? (Map<String, @Nullable Object>) map : null;
    }
}
