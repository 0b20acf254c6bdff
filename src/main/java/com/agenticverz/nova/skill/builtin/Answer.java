package com.agenticverz.nova.skill.builtin;

import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.skill.SkillFailure;
import java.net.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a server said.
 *
 * @param body its first bytes, where {@code cut}
 * @param cut whether there was more than was to be read
 */
record Answer(int status, HttpHeaders headers, byte[] body, boolean cut) {

    private static final int LONGEST_EXCERPT = 200;

    /** Those that are text though they do not begin with {@code text/}. */
    private static final Set<String> TEXTS = Set.of(
            "",
            "application/ecmascript",
            "application/graphql",
            "application/javascript",
            "application/jsonl",
            "application/sql",
            "application/toml",
            "application/x-javascript",
            "application/x-ndjson",
            "application/x-www-form-urlencoded",
            "application/x-yaml",
            "application/xml",
            "application/yaml");

    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

    private static final Pattern CHARSET =
            Pattern.compile(";\\s*charset\\s*=\\s*\"?([^\";\\s]+)", Pattern.CASE_INSENSITIVE);
    private static final Pattern SECONDS = Pattern.compile("\\d{1,9}");

    /**
     * What the step puts out.
     *
     * @param request what was asked, for the message
     * @throws SkillFailure a permanent one when the body is not what it is said to be
     */
    Map<String, @Nullable Object> output(HttpCall.Request request) {
        var output = new LinkedHashMap<String, @Nullable Object>();
        output.put("status", status);
        output.put("headers", plainHeaders());
        var text = text();
        if (body.length == 0) {
            output.put("body", null);
        } else if (text == null) {
            output.put("body_base64", Base64.getEncoder().encodeToString(body));
        } else if (isJson()) {
            output.put("body", json(text, request));
        } else {
            output.put("body", text);
        }
        return output;
    }

    private @Nullable Object json(String text, HttpCall.Request request) {
        try {
            return Json.read(text);
        } catch (IllegalArgumentException e) {
            throw SkillFailure.permanent(request + " answered " + status + " with " + mediaType() + " that is "
                    + Text.line(String.valueOf(e.getMessage()), LONGEST_EXCERPT));
        }
    }

    private Map<String, String> plainHeaders() {
        var plain = new TreeMap<String, String>();
        headers.map().forEach((name, values) -> plain.put(name.toLowerCase(Locale.ROOT), String.join(", ", values)));
        return plain;
    }

    /** The beginning of the body for a message; empty where there is none. */
    String excerpt() {
        if (body.length == 0) {
            return "";
        }
        // What was cut may end within a character; that is no reason to take it for binary.
        var text = text() == null && cut && isText() ? new String(body, charset()) : text();
        return ": " + (text == null ? "binary, " + mediaType() : Text.line(text, LONGEST_EXCERPT));
    }

    /** How long the server asks to be left alone; empty where it does not say, or not so that it can be understood. */
    Optional<Duration> retryAfter() {
        var value = headers.firstValue("Retry-After").map(String::strip).orElse("");
        if (SECONDS.matcher(value).matches()) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(value)));
        }
        // From the server's own clock to the server's own moment: what this host thinks of the time does not matter.
        return instant(value)
                .flatMap(until -> headers.firstValue("Date")
                        .flatMap(Answer::instant)
                        .map(now -> Duration.between(now, until))
                        .map(wait -> wait.isNegative() ? Duration.ZERO : wait));
    }

    /** Where a redirect leads; empty where this is none. */
    Optional<String> location() {
        return REDIRECTS.contains(status)
                ? headers.firstValue("Location").map(String::strip).filter(it -> !it.isEmpty())
                : Optional.empty();
    }

    private static Optional<Instant> instant(String date) {
        try {
            return Optional.of(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date, Instant::from));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    /** The body as text; null when it is none, or not that of its charset, or has what PostgreSQL has no place for. */
    private @Nullable String text() {
        if (!isText()) {
            return null;
        }
        try {
            var text = charset().newDecoder().decode(ByteBuffer.wrap(body)).toString();
            if (text.indexOf('\0') >= 0) {
                return null;
            }
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private boolean isText() {
        var encoding = headers.firstValue("Content-Encoding").orElse("identity");
        var type = mediaType();
        return encoding.equalsIgnoreCase("identity")
                && (isJson() || type.startsWith("text/") || type.endsWith("+xml") || TEXTS.contains(type));
    }

    private boolean isJson() {
        var type = mediaType();
        return type.equals("application/json") || type.endsWith("+json");
    }

    private String mediaType() {
        return contentType().replaceFirst(";.*", "").strip().toLowerCase(Locale.ROOT);
    }

    private Charset charset() {
        var matcher = CHARSET.matcher(contentType());
        try {
            return matcher.find() ? Charset.forName(matcher.group(1)) : StandardCharsets.UTF_8;
        } catch (IllegalArgumentException e) {
            return StandardCharsets.UTF_8;
        }
    }

    private String contentType() {
        return headers.firstValue("Content-Type").orElse("");
    }
}
