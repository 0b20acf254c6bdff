package com.agenticverz.nova.skill.builtin.llm;

import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.skill.SkillFailure;
import com.agenticverz.nova.skill.builtin.Text;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A call as its params say it.
 *
 * @param system null: none
 * @param maxTokens null: as many as the provider takes for granted
 * @param temperature null: that of the provider
 * @param json whether the text of the reply has to be JSON
 * @param timeout for all of it; null: that of the settings
 */
record LlmCall(
        String provider,
        String model,
        @Nullable String system,
        List<Message> messages,
        @Nullable Integer maxTokens,
        @Nullable Double temperature,
        List<String> stop,
        boolean json,
        @Nullable Duration timeout) {

    static final List<String> PROVIDERS = List.of("anthropic", "openai");

    private static final List<String> PARAMS = List.of(
            "provider",
            "model",
            "prompt",
            "messages",
            "system",
            "max_tokens",
            "temperature",
            "stop",
            "response_format",
            "timeout_seconds");

    private static final Set<String> OF_A_MESSAGE = Set.of("role", "content");
    private static final int MOST_TOKENS = 1_000_000;
    private static final int MOST_STOPS = 4;

    /** @param byTheModel otherwise by whoever asks it */
    record Message(boolean byTheModel, String content) {}

    /**
     * Reads params.
     *
     * @throws SkillFailure a permanent one when they are not valid
     */
    static LlmCall of(Map<String, @Nullable Object> params) {
        for (var name : params.keySet()) {
            if (!PARAMS.contains(name)) {
                throw SkillFailure.permanent(
                        Text.line(name, 100) + " is not a param; allowed: " + String.join(", ", PARAMS));
            }
        }
        var provider = params.get("provider");
        if (!(provider instanceof String name) || !PROVIDERS.contains(name)) {
            throw bad("provider", provider, String.join(", ", PROVIDERS));
        }
        var model = params.get("model");
        if (!(model instanceof String itsName) || itsName.isBlank()) {
            throw bad("model", model, "the provider's name of a model");
        }
        return new LlmCall(
                name,
                itsName,
                params.get("system") == null ? null : text("system", params.get("system")),
                messages(params.get("prompt"), params.get("messages")),
                maxTokens(params.get("max_tokens")),
                temperature(params.get("temperature")),
                stop(params.get("stop")),
                json(params.get("response_format")),
                timeout(params.get("timeout_seconds")));
    }

    /** What the model is told, which no message shows. */
    List<String> told() {
        var told = new ArrayList<String>();
        messages.forEach(it -> told.add(it.content()));
        if (system != null) {
            told.add(system);
        }
        return told;
    }

    private static List<Message> messages(@Nullable Object prompt, @Nullable Object messages) {
        if ((prompt == null) == (messages == null)) {
            throw SkillFailure.permanent("prompt and messages are " + (prompt == null ? "missing" : "both given")
                    + "; allowed: one of the two");
        }
        if (prompt != null) {
            return List.of(new Message(false, text("prompt", prompt)));
        }
        if (!(messages instanceof List<?> list) || list.isEmpty()) {
            throw SkillFailure.permanent("messages is " + (messages instanceof List<?> ? "empty" : "not an array")
                    + "; allowed: an array of objects with role and content");
        }
        var read = new ArrayList<Message>();
        for (int i = 0; i < list.size(); i++) {
            read.add(message("messages/" + i, list.get(i)));
        }
        return read;
    }

    private static Message message(String at, @Nullable Object value) {
        var message = Json.object(value);
        if (message == null || !OF_A_MESSAGE.equals(message.keySet())) {
            // Not shown: it may be what nobody should read.
            throw SkillFailure.permanent(at + " is " + (message == null ? "not an object" : "something else")
                    + "; allowed: an object with role and content, and nothing else");
        }
        var role = message.get("role");
        if (!"user".equals(role) && !"assistant".equals(role)) {
            throw bad(at + "/role", role, "user, assistant; for the system there is the param system");
        }
        return new Message("assistant".equals(role), text(at + "/content", message.get("content")));
    }

    /** Not shown: it may be what nobody should read. */
    private static String text(String param, @Nullable Object value) {
        if (value instanceof String text && !text.isBlank()) {
            return text;
        }
        throw SkillFailure.permanent(param + " is "
                + (value == null ? "missing" : value instanceof String ? "blank" : "not text") + "; allowed: text");
    }

    private static @Nullable Integer maxTokens(@Nullable Object value) {
        if (value == null) {
            return null;
        }
        if (value instanceof Integer number && number >= 1 && number <= MOST_TOKENS) {
            return number;
        }
        throw bad("max_tokens", value, "1 to " + MOST_TOKENS);
    }

    private static @Nullable Double temperature(@Nullable Object value) {
        if (value == null) {
            return null;
        }
        if (value instanceof Number number && number.doubleValue() >= 0 && number.doubleValue() <= 2) {
            return number.doubleValue();
        }
        throw bad("temperature", value, "0 to 2");
    }

    private static List<String> stop(@Nullable Object value) {
        var list = value == null ? List.of() : value instanceof List<?> several ? several : List.of(value);
        var stop = new ArrayList<String>();
        for (var entry : list) {
            if (!(entry instanceof String text) || text.isEmpty()) {
                throw bad("stop", value, "text, or an array of 1 to " + MOST_STOPS + " texts");
            }
            stop.add(text);
        }
        if (value != null && stop.isEmpty() || stop.size() > MOST_STOPS) {
            throw bad("stop", value, "text, or an array of 1 to " + MOST_STOPS + " texts");
        }
        return stop;
    }

    private static boolean json(@Nullable Object value) {
        if (value == null || value.equals("text") || value.equals("json")) {
            return "json".equals(value);
        }
        throw bad("response_format", value, "text, json");
    }

    private static @Nullable Duration timeout(@Nullable Object value) {
        return value == null
                ? null
                : LlmSettings.timeout(value).orElseThrow(() -> bad("timeout_seconds", value, LlmSettings.TIMEOUTS));
    }

    private static SkillFailure bad(String param, @Nullable Object value, String allowed) {
        if (value == null) {
            return SkillFailure.permanent(param + " is missing; allowed: " + allowed);
        }
        var shown = value instanceof String text ? text : Json.write(value);
        return SkillFailure.permanent(param + " is '" + Text.line(shown, 100) + "'; allowed: " + allowed);
    }
}
