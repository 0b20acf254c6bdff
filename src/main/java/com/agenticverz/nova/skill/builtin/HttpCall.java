package com.agenticverz.nova.skill.builtin;

import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.skill.SkillContext;
import com.agenticverz.nova.skill.SkillFailure;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the params of a step ask for.
 *
 * @param request the first one
 * @param expected the statuses that are a success
 * @param timeout for one request, from the name of the host to the last byte
 * @param followRedirects whether a redirect leads to another request
 * @param maxResponseBytes the most that a response may have
 */
record HttpCall(
        Request request, Set<Integer> expected, Duration timeout, boolean followRedirects, int maxResponseBytes) {

    private static final List<String> PARAMS = List.of(
            "url", "method", "headers", "body", "expect", "timeout_seconds", "follow_redirects", "max_response_bytes");
    private static final List<String> METHODS = List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE");
    private static final Set<String> WITHOUT_BODY = Set.of("GET", "HEAD");

    /** What says how a message is sent, rather than what it says: that of one connection. */
    private static final Set<String> OF_THE_CONNECTION = Set.of(
            "connection",
            "content-length",
            "expect",
            "host",
            "keep-alive",
            "proxy-authorization",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    /** What another origin may know. All else that a plan gives might be a credential, whatever it is called. */
    private static final Set<String> FOR_EVERY_ORIGIN =
            Set.of("accept", "accept-language", "content-language", "content-type", "idempotency-key", "user-agent");

    private static final Pattern HEADER_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    private static final Pattern HEADER_VALUE = Pattern.compile("[\\t\\x20-\\x7e]*");

    private static final String STATUSES = "a status (200 to 599), \"2xx\" to \"5xx\", or a list of these";
    private static final Pattern STATUS_CLASS = Pattern.compile("[2-5]xx");
    private static final double SHORTEST_TIMEOUT_SECONDS = 0.001;
    private static final double LONGEST_TIMEOUT_SECONDS = 86_400;
    private static final int USUAL_RESPONSE_BYTES = 1024 * 1024;

    /**
     * One request.
     *
     * @param headers by their names, in whatever case
     * @param body null where there is none
     */
    record Request(
            Target target,
            String method,
            Map<String, String> headers,
            @Nullable String body) {

        Request {
            var sorted = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
            sorted.putAll(headers);
            headers = Collections.unmodifiableMap(sorted);
        }

        /** The one that a redirect with this status asks for. */
        Request redirected(int status, Target to) {
            boolean becomesGet = status == 303 && !WITHOUT_BODY.contains(method)
                    || (status == 301 || status == 302) && method.equals("POST");
            var kept = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
            headers.forEach((name, value) -> {
                var lower = name.toLowerCase(Locale.ROOT);
                boolean ofTheBody = lower.startsWith("content-") || lower.equals("idempotency-key");
                if ((target.sameOrigin(to) || FOR_EVERY_ORIGIN.contains(lower)) && !(becomesGet && ofTheBody)) {
                    kept.put(name, value);
                }
            });
            return becomesGet ? new Request(to, "GET", kept, null) : new Request(to, method, kept, body);
        }

        /** For messages. Headers and body stay out of them: they may hold secrets. */
        @Override
        public String toString() {
            return method + " " + target;
        }
    }

    /**
     * Reads params.
     *
     * @throws SkillFailure a permanent one when they are not valid
     */
    static HttpCall of(Map<String, @Nullable Object> params, HttpCallSettings settings, SkillContext context) {
        Param.only(PARAMS, params);
        var target = target(params.get("url"));
        var method = params.get("method") == null ? "GET" : params.get("method");
        if (!(method instanceof String verb) || !METHODS.contains(verb)) {
            throw Param.bad("method", method, String.join(", ", METHODS));
        }
        var body = params.get("body");
        if (body != null && WITHOUT_BODY.contains(verb)) {
            // Not shown: it may hold secrets.
            throw SkillFailure.permanent(
                    "body is given, but method is '" + verb + "'; allowed: a body with POST, PUT, PATCH or DELETE");
        }
        var headers = headers(params.get("headers"));
        headers.putIfAbsent("User-Agent", "nova");
        if (!WITHOUT_BODY.contains(verb)) {
            headers.putIfAbsent("Idempotency-Key", visible(context.idempotencyKey()));
        }
        if (body != null) {
            headers.putIfAbsent(
                    "Content-Type", body instanceof String ? "text/plain; charset=utf-8" : "application/json");
        }
        return new HttpCall(
                new Request(
                        target,
                        verb,
                        headers,
                        body == null || body instanceof String ? (String) body : Json.write(body)),
                expected(params.get("expect")),
                timeout(params.get("timeout_seconds")),
                followRedirects(params.get("follow_redirects")),
                maxResponseBytes(params.get("max_response_bytes"), settings));
    }

    static Target target(@Nullable Object url) {
        if (!(url instanceof String text)) {
            throw Param.bad("url", url, "http://… or https://…");
        }
        try {
            return Target.parse(text);
        } catch (IllegalArgumentException e) {
            throw SkillFailure.permanent("url " + e.getMessage());
        }
    }

    static Map<String, String> headers(@Nullable Object value) {
        var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
        if (value == null) {
            return headers;
        }
        var given = Json.object(value);
        if (given == null) {
            throw SkillFailure.permanent("headers is not an object; allowed: an object of text");
        }
        given.forEach((name, its) -> {
            var shown = "headers." + Text.line(name, 100);
            if (!HEADER_NAME.matcher(name).matches()) {
                throw SkillFailure.permanent(shown + " is no name of a header; allowed: letters, digits and hyphens");
            }
            var lower = name.toLowerCase(Locale.ROOT);
            if (OF_THE_CONNECTION.contains(lower)) {
                throw SkillFailure.permanent(shown
                        + " is for the connection, which is not the plan's; allowed: all but "
                        + String.join(", ", OF_THE_CONNECTION.stream().sorted().toList()));
            }
            // The value is not shown: it may be a secret.
            if (!(its instanceof String text) || !HEADER_VALUE.matcher(text).matches()) {
                throw SkillFailure.permanent(shown + " has a value that is "
                        + (its instanceof String ? "not visible ASCII" : "not text")
                        + "; allowed: text of visible ASCII characters, spaces and tabs");
            }
            if (headers.put(name, text) != null) {
                throw SkillFailure.permanent(shown + " is there twice, in upper and lower case; allowed: once");
            }
        });
        return headers;
    }

    static Set<Integer> expected(@Nullable Object value) {
        var statuses = new HashSet<Integer>();
        var list = value == null ? List.of("2xx") : value instanceof List<?> several ? several : List.of(value);
        for (var entry : list) {
            if (entry instanceof Integer status && status >= 200 && status <= 599) {
                statuses.add(status);
            } else if (entry instanceof String text
                    && STATUS_CLASS.matcher(text).matches()) {
                int first = (text.charAt(0) - '0') * 100;
                for (int status = first; status < first + 100; status++) {
                    statuses.add(status);
                }
            } else {
                throw Param.bad("expect", value, STATUSES);
            }
        }
        if (statuses.isEmpty()) {
            throw Param.bad("expect", value, STATUSES);
        }
        return Set.copyOf(statuses);
    }

    static Duration timeout(@Nullable Object value) {
        if (value == null) {
            return Duration.ofSeconds(30);
        }
        if (value instanceof Number number
                && number.doubleValue() >= SHORTEST_TIMEOUT_SECONDS
                && number.doubleValue() <= LONGEST_TIMEOUT_SECONDS) {
            return Duration.ofMillis(Math.round(number.doubleValue() * 1000));
        }
        throw Param.bad("timeout_seconds", value, "0.001 to 86400");
    }

    private static boolean followRedirects(@Nullable Object value) {
        if (value == null || value instanceof Boolean) {
            return !Boolean.FALSE.equals(value);
        }
        throw Param.bad("follow_redirects", value, "true, false");
    }

    private static int maxResponseBytes(@Nullable Object value, HttpCallSettings settings) {
        int most = settings.maxResponseBytes();
        if (value == null) {
            return Math.min(USUAL_RESPONSE_BYTES, most);
        }
        if (value instanceof Integer number && number >= 1 && number <= most) {
            return number;
        }
        throw Param.bad("max_response_bytes", value, "1 to " + most + " (" + settings.key("max_response_bytes") + ")");
    }

    /** The same for the same key, another one for another key, and of characters that a header may hold. */
    private static String visible(String key) {
        if (key.chars().allMatch(it -> it > 0x20 && it < 0x7f && it != '%')) {
            return key;
        }
        var visible = new StringBuilder();
        for (byte it : key.getBytes(StandardCharsets.UTF_8)) {
            if (it > 0x20 && it < 0x7f && it != '%') {
                visible.append((char) it);
            } else {
                visible.append('%').append(String.format(Locale.ROOT, "%02X", it));
            }
        }
        return visible.toString();
    }
}
