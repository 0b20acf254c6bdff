package com.agenticverz.nova.store;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PGobject;

/**
 * JSON values to those of PostgreSQL and back. Text is bound without a type, and so is of the type that the statement has
 * in its place. All that comes back comes as text, as PostgreSQL writes it.
 */
final class ForeignValues {

    private static final Pattern WHOLE = Pattern.compile("-?\\d+");
    private static final Pattern NUMBER = Pattern.compile("-?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?");
    private static final Pattern MOMENT =
            Pattern.compile("(\\d{4,}-\\d\\d-\\d\\d) (\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?)(?:(\\+00)|([+-][\\d:]+))?");

    private final ForeignJson json;

    ForeignValues(ForeignJson json) {
        this.json = json;
    }

    // --- there

    /** Whether its form depends on what the statement has in its place. */
    static boolean isStructured(@Nullable Object value) {
        return value instanceof Map<?, ?> || value instanceof List<?>;
    }

    /**
     * Binds a value.
     *
     * @param type what the statement has in its place; null where that does not matter
     */
    void bind(PreparedStatement statement, int place, @Nullable Object value, @Nullable String type)
            throws SQLException {
        switch (value) {
            case null -> statement.setNull(place, Types.NULL);
            case String text -> statement.setString(place, text);
            case Boolean flag -> statement.setBoolean(place, flag);
            case Integer number -> statement.setInt(place, number);
            case Long number -> statement.setLong(place, number);
            case Number number -> statement.setBigDecimal(place, decimal(number));
            case List<?> list
            when type != null && type.replaceFirst(".*\\.\"?", "").startsWith("_") ->
                statement.setString(place, array(list));
            default -> statement.setString(place, json.write(value));
        }
    }

    private static BigDecimal decimal(Number number) {
        return switch (number) {
            case BigDecimal it -> it;
            case BigInteger it -> new BigDecimal(it);
            default -> new BigDecimal(number.toString());
        };
    }

    /** As PostgreSQL writes an array: each element quoted, which is right for all types. */
    private String array(List<?> list) {
        var text = new StringBuilder("{");
        for (var element : list) {
            if (text.length() > 1) {
                text.append(',');
            }
            switch (element) {
                case null -> text.append("NULL");
                case List<?> inner -> text.append(array(inner));
                case Map<?, ?> object -> quote(text, json.write(object));
                default -> quote(text, element.toString());
            }
        }
        return text.append('}').toString();
    }

    private static void quote(StringBuilder to, String text) {
        to.append('"').append(text.replace("\\", "\\\\").replace("\"", "\\\"")).append('"');
    }

    /** The texts that a value consists of, which no message may show. */
    static void texts(@Nullable Object value, List<String> into) {
        switch (value) {
            case null -> {}
            case Map<?, ?> object -> object.values().forEach(it -> texts(it, into));
            case List<?> list -> list.forEach(it -> texts(it, into));
            default -> into.add(value.toString());
        }
    }

    // --- back

    /** The value of a column of the current row, as a JSON value. */
    @Nullable
    Object read(ResultSet row, int column) throws SQLException {
        var text = row.getString(column);
        if (text == null) {
            return null;
        }
        return switch (row.getMetaData().getColumnType(column)) {
            case Types.SMALLINT, Types.INTEGER, Types.BIGINT, Types.NUMERIC, Types.REAL, Types.DOUBLE -> number(text);
            case Types.BIT -> flag(text);
            case Types.TIMESTAMP, Types.TIMESTAMP_WITH_TIMEZONE -> moment(text);
            case Types.BINARY -> base64(text);
            case Types.ARRAY -> new ArrayText(text, row.getArray(column).getBaseTypeName()).read();
            case Types.OTHER ->
                row.getObject(column) instanceof PGobject object && isJson(object.getType()) ? json.read(text) : text;
            default -> text;
        };
    }

    private static boolean isJson(String type) {
        return type.equals("json") || type.equals("jsonb");
    }

    /** Neither NaN, an infinity nor money is a number in JSON. */
    private static Object number(String text) {
        if (!NUMBER.matcher(text).matches()) {
            return text;
        }
        if (!WHOLE.matcher(text).matches()) {
            return new BigDecimal(text);
        }
        var number = new BigInteger(text);
        if (number.bitLength() < Integer.SIZE) {
            return number.intValue();
        }
        return number.bitLength() < Long.SIZE ? (Object) number.longValue() : number;
    }

    /** The driver has one type for booleans and for strings of bits. */
    private static Object flag(String text) {
        return switch (text) {
            case "t" -> true;
            case "f" -> false;
            default -> text;
        };
    }

    /** By ISO 8601; what has no such form, infinity or a date before Christ, as it is. */
    private static String moment(String text) {
        var parts = MOMENT.matcher(text);
        if (!parts.matches()) {
            return text;
        }
        var offset = parts.group(3) != null ? "Z" : parts.group(4) == null ? "" : parts.group(4);
        return parts.group(1) + "T" + parts.group(2) + offset;
    }

    private static String base64(String hex) {
        return hex.startsWith("\\x")
                ? Base64.getEncoder().encodeToString(HexFormat.of().parseHex(hex, 2, hex.length()))
                : hex;
    }

    private @Nullable Object element(String text, String type) {
        return switch (type) {
            case "int2", "int4", "int8", "oid", "float4", "float8", "numeric" -> number(text);
            case "bool" -> flag(text);
            case "timestamp", "timestamptz" -> moment(text);
            case "bytea" -> base64(text);
            case "json", "jsonb" -> json.read(text);
            default -> text;
        };
    }

    /** How many characters a JSON value has when it is written. */
    static long chars(@Nullable Object value) {
        return switch (value) {
            case Map<?, ?> object -> {
                long chars = 2;
                for (var member : object.entrySet()) {
                    chars += chars(member.getKey()) + chars(member.getValue()) + 2;
                }
                yield chars;
            }
            case List<?> list -> {
                long chars = 2;
                for (var element : list) {
                    chars += chars(element) + 1;
                }
                yield chars;
            }
            case String text ->
                2 + text.chars().mapToLong(ForeignValues::escaped).sum();
            case null, default -> String.valueOf(value).length();
        };
    }

    private static int escaped(int character) {
        return character < ' ' ? 6 : character == '"' || character == '\\' ? 2 : 1;
    }

    /** An array as PostgreSQL writes it: {@code {1,NULL}}, {@code {{"a b",c}}}, {@code [0:1]={1,2}}. */
    private final class ArrayText {

        private final String text;
        private final String type;
        private int at;

        ArrayText(String text, String type) {
            this.text = text;
            this.type = type;
            // In front of it, the bounds where they are not usual; JSON knows none.
            this.at = text.indexOf('{') + 1;
        }

        /** Up to the brace that closes it. */
        List<@Nullable Object> read() {
            var elements = new ArrayList<@Nullable Object>();
            while (text.charAt(at) != '}') {
                switch (text.charAt(at)) {
                    case '{' -> {
                        at++;
                        elements.add(read());
                    }
                    case '"' -> elements.add(element(quoted(), type));
                    default -> {
                        var plain = plain();
                        elements.add(plain.equals("NULL") ? null : element(plain, type));
                    }
                }
                if (text.charAt(at) != '}') {
                    at++;
                }
            }
            at++;
            return elements;
        }

        private String quoted() {
            var element = new StringBuilder();
            for (at++; text.charAt(at) != '"'; at++) {
                if (text.charAt(at) == '\\') {
                    at++;
                }
                element.append(text.charAt(at));
            }
            at++;
            return element.toString();
        }

        private String plain() {
            int from = at;
            // Only boxes have another one between them, and commas within.
            char separator = type.equals("box") ? ';' : ',';
            while (text.charAt(at) != '}' && text.charAt(at) != separator) {
                at++;
            }
            return text.substring(from, at);
        }
    }
}
