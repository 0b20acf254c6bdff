package com.agenticverz.nova.skill.builtin.llm;

import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.skill.builtin.Text;
import com.agenticverz.nova.skill.builtin.llm.Provider.ProviderFailure;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What went wrong, without what nobody should read: the key, and what the model was told.
 *
 * @param provider its name
 * @param apiKey of it
 */
record Failures(String provider, String apiKey) {

    private static final int LONGEST_EXCERPT = 200;

    /** Text that is shorter says nothing, and would take letters out of every word. */
    private static final int SHORTEST_SECRET = 4;

    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}(\\.[0-9]{1,9})?");

    /**
     * An answer that is an error.
     *
     * @param headers all values of a header
     * @param body a JSON value; null: none that is JSON
     */
    ProviderFailure answered(LlmCall call, int status, Function<String, List<String>> headers, @Nullable Object body) {
        var error = error(body);
        var type = error.get("type") instanceof String text
                ? text
                : error.get("code") instanceof String code ? code : null;
        var said = new StringBuilder(provider).append(" answered ").append(status);
        if (type != null) {
            said.append(" (").append(shown(call, type, 60)).append(')');
        }
        if (status == 401) {
            // Its message may have a part of the key.
            said.append("; is nova.skills.llm_invoke.providers.")
                    .append(provider)
                    .append(".api_key right?");
        } else if (status >= 300 && status < 400) {
            said.append(", a redirect, which is not followed; is nova.skills.llm_invoke.providers.")
                    .append(provider)
                    .append(".base_url right?");
        } else if (error.get("message") instanceof String message && !message.isBlank()) {
            said.append(": ").append(shown(call, message, LONGEST_EXCERPT));
        }
        boolean retryable = status == 408 || status == 409 || status == 429 || status >= 500;
        return new ProviderFailure(said.toString(), retryable, retryable ? retryAfter(headers) : null);
    }

    /** No answer. */
    ProviderFailure unreachable(LlmCall call, Throwable failure) {
        Throwable innermost = failure;
        boolean aboutACertificate = false;
        for (Throwable it = failure; it != null; it = it.getCause()) {
            aboutACertificate |= it instanceof CertificateException;
            innermost = it;
        }
        var reason = innermost instanceof UnknownHostException
                ? "its host has no address"
                : innermost.getMessage() == null || innermost.getMessage().isBlank()
                        ? innermost.getClass().getSimpleName()
                        : innermost.getMessage();
        return new ProviderFailure(
                provider + " could not be asked: " + shown(call, reason, LONGEST_EXCERPT), !aboutACertificate, null);
    }

    /** An answer that is no error and nothing else that is known. */
    ProviderFailure malformed(LlmCall call, RuntimeException failure) {
        var reason = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
        return new ProviderFailure(
                provider + " answered with something that is not a reply: " + shown(call, reason, LONGEST_EXCERPT),
                true,
                null);
    }

    /** {@code {"type": …, "message": …}}, or that as the member {@code error}: one SDK has taken it out already. */
    private static Map<String, @Nullable Object> error(@Nullable Object body) {
        var object = Json.object(body);
        if (object == null) {
            return Map.of();
        }
        var error = Json.object(object.get("error"));
        return error == null ? object : error;
    }

    private static @Nullable Duration retryAfter(Function<String, List<String>> headers) {
        var millis = number(headers.apply("retry-after-ms"));
        var seconds = millis == null ? number(headers.apply("retry-after")) : Double.valueOf(millis / 1000);
        return seconds == null ? null : Duration.ofMillis(Math.round(seconds * 1000));
    }

    /** Null: there is none; a date is none either, for nobody knows what time it is over there. */
    private static @Nullable Double number(List<String> values) {
        return values.isEmpty() || !SECONDS.matcher(values.getFirst()).matches()
                ? null
                : Double.valueOf(values.getFirst());
    }

    private String shown(LlmCall call, String text, int longest) {
        var shown = text.replace(apiKey, "…");
        for (var told : call.told()) {
            if (told.length() >= SHORTEST_SECRET) {
                shown = shown.replace(told, "…");
            }
        }
        return Text.line(shown, longest);
    }
}
