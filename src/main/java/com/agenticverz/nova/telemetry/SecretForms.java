package com.agenticverz.nova.telemetry;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** What a secret looks like where it went through an encoding. */
final class SecretForms {

    /** Of a secret of several lines, such as a key in PEM, each line that long is one by itself. */
    private static final int LEAST_LINE_CHARS = 20;

    private static final String UNRESERVED = "-_.~";
    private static final String OF_A_COMPONENT = UNRESERVED + "!*'()";
    private static final String OF_A_URL = OF_A_COMPONENT + ";,/?:@&=+$#";

    private SecretForms() {}

    /**
     * The value itself; with its white space as one blank, and its lines; each also as JSON, a URL and HTML have it; and in
     * Base64, alone or within a longer text such as {@code user:password}, but for the characters at both ends that it
     * shares with what is beside it.
     */
    static Set<String> of(String value) {
        var forms = new LinkedHashSet<String>();
        encoded(value, forms);
        encoded(value.replaceAll("[\\s\\p{Cntrl}]+", " ").strip(), forms);
        var lines = value.lines().toList();
        if (lines.size() > 1) {
            lines.stream()
                    .filter(line -> line.length() >= LEAST_LINE_CHARS && !line.startsWith("-----"))
                    .forEach(line -> encoded(line, forms));
        }
        base64(value, forms);
        return forms;
    }

    private static void encoded(String value, Set<String> forms) {
        forms.add(value);
        forms.add(json(value, _ -> false, false));
        forms.add(json(value, _ -> false, true));
        forms.add(json(value, c -> c >= 0x7f, false));
        forms.add(json(value, c -> c >= 0x7f, true));
        forms.add(json(value, c -> "<>&".indexOf(c) >= 0, false));
        forms.add(html(value, "&quot;", "&#39;"));
        forms.add(html(value, "&#34;", "&#39;"));
        forms.add(html(value, "&quot;", "&#x27;"));
        url(value, forms);
    }

    private static void url(String value, Set<String> forms) {
        var bytes = value.getBytes(StandardCharsets.UTF_8);
        for (var kept : new String[] {UNRESERVED, OF_A_COMPONENT, OF_A_URL}) {
            forms.add(percent(bytes, kept, HexFormat.of().withUpperCase()));
            forms.add(percent(bytes, kept, HexFormat.of()));
        }
        forms.add(URLEncoder.encode(value, StandardCharsets.UTF_8));
    }

    private static String percent(byte[] bytes, String kept, HexFormat hex) {
        var text = new StringBuilder(bytes.length + 16);
        for (byte b : bytes) {
            boolean plain = b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z';
            if (plain || kept.indexOf(b) >= 0) {
                text.append((char) b);
            } else {
                text.append('%').append(hex.toHexDigits(b));
            }
        }
        return text.toString();
    }

    /**
     * Within quotes of JSON.
     *
     * @param byNumber what is escaped by its number though it need not be
     * @param slash whether a slash is escaped too
     */
    private static String json(String value, IntPredicate byNumber, boolean slash) {
        var text = new StringBuilder(value.length() + 16);
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            var shortly = shortEscape(c);
            if (shortly != null) {
                text.append(shortly);
            } else if (c == '/' && slash) {
                text.append("\\/");
            } else if (c < ' ' || byNumber.test(c)) {
                text.append("\\u").append(HexFormat.of().toHexDigits(c));
            } else {
                text.append(c);
            }
        }
        return text.toString();
    }

    private static @Nullable String shortEscape(char c) {
        return switch (c) {
            case '"' -> "\\\"";
            case '\\' -> "\\\\";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            case '\b' -> "\\b";
            case '\f' -> "\\f";
            default -> null;
        };
    }

    private static String html(String value, String quote, String apostrophe) {
        return value.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", quote)
                .replace("'", apostrophe);
    }

    private static void base64(String value, Set<String> forms) {
        var bytes = value.getBytes(StandardCharsets.UTF_8);
        for (var encoder : new Base64.Encoder[] {Base64.getEncoder(), Base64.getUrlEncoder()}) {
            var alone = encoder.encodeToString(bytes);
            encodedOnceMore(alone, forms);
            encodedOnceMore(alone.replace("=", ""), forms);
            // So many bytes of others are before it in a group of three. Those characters count that are made of
            // nothing else.
            for (int before = 0; before < 3; before++) {
                var shifted = new byte[before + bytes.length];
                System.arraycopy(bytes, 0, shifted, before, bytes.length);
                int from = (before * 8 + 5) / 6;
                int to = shifted.length * 8 / 6;
                encodedOnceMore(encoder.withoutPadding().encodeToString(shifted).substring(from, to), forms);
            }
        }
    }

    private static void encodedOnceMore(String base64, Set<String> forms) {
        forms.add(base64);
        forms.add(base64.replace("/", "\\/"));
        url(base64, forms);
    }
}
