package com.agenticverz.nova.skill.builtin.llm;

import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.skill.builtin.Text;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The settings under {@code nova.skills.llm_invoke}.
 *
 * @param providers by their names; those that are not there are not configured
 * @param prices by the names of the models
 * @param retries how often a call tries again
 * @param maxRetryAfterSeconds the longest wait that a provider may ask for within one call
 */
record LlmSettings(Map<String, Access> providers, Map<String, Price> prices, int retries, int maxRetryAfterSeconds) {

    static final String TIMEOUTS = "0.001 to 86400";

    private static final List<String> KEYS = List.of("providers", "prices", "retries", "max_retry_after_seconds");
    private static final List<String> OF_A_PROVIDER = List.of("api_key", "base_url", "timeout_seconds");
    private static final List<String> OF_A_PRICE = List.of(
            "input_per_million_tokens", "cached_input_per_million_tokens", "output_per_million_tokens", "currency");

    private static final Map<String, String> USUAL_BASE_URL =
            Map.of("anthropic", "https://api.anthropic.com", "openai", "https://api.openai.com/v1");

    private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]+");
    private static final Pattern CURRENCY = Pattern.compile("[A-Z]{3}");
    private static final BigDecimal MILLION = BigDecimal.valueOf(1_000_000);

    /** How to reach a provider. */
    record Access(String apiKey, String baseUrl, Duration timeout) {

        /** Everything but the key. */
        @Override
        public String toString() {
            return "Access[apiKey=…, baseUrl=" + baseUrl + ", timeout=" + timeout + "]";
        }
    }

    /** What a million tokens cost. */
    record Price(BigDecimal input, BigDecimal cachedInput, BigDecimal output, String currency) {

        BigDecimal of(Provider.Reply reply) {
            return input.multiply(BigDecimal.valueOf(reply.inputTokens() - reply.cachedInputTokens()))
                    .add(cachedInput.multiply(BigDecimal.valueOf(reply.cachedInputTokens())))
                    .add(output.multiply(BigDecimal.valueOf(reply.outputTokens())))
                    .divide(MILLION)
                    .stripTrailingZeros();
        }
    }

    /** @throws IllegalArgumentException when they are not valid */
    static LlmSettings of(Map<String, Object> settings) {
        known("", settings, KEYS);
        var providers = new LinkedHashMap<String, Access>();
        var given = block("providers", settings.getOrDefault("providers", Map.of()));
        known("providers.", given, LlmCall.PROVIDERS);
        given.forEach((name, value) -> providers.put(name, access(name, value)));
        var prices = new LinkedHashMap<String, Price>();
        block("prices", settings.getOrDefault("prices", Map.of()))
                .forEach((model, value) -> prices.put(model, price(model, value)));
        return new LlmSettings(
                providers,
                prices,
                whole(settings, "retries", 2, 10),
                whole(settings, "max_retry_after_seconds", 60, 3600));
    }

    private static Access access(String name, @Nullable Object value) {
        var at = "providers." + name;
        var block = block(at, value);
        known(at + ".", block, OF_A_PROVIDER);
        // The key is not shown, whatever is wrong with it.
        if (!(block.get("api_key") instanceof String key) || !KEY.matcher(key).matches()) {
            throw new IllegalArgumentException(at + ".api_key is "
                    + (block.get("api_key") == null ? "missing" : "not what a header can carry")
                    + "; allowed: letters, digits and other visible ASCII characters");
        }
        var url = block.getOrDefault("base_url", USUAL_BASE_URL.get(name));
        if (!(url instanceof String text) || !isBase(text)) {
            throw bad(at + ".base_url", url, "http://… or https://…, without user, query and fragment");
        }
        var timeout = block.getOrDefault("timeout_seconds", 120);
        return new Access(
                key, text, timeout(timeout).orElseThrow(() -> bad(at + ".timeout_seconds", timeout, TIMEOUTS)));
    }

    private static boolean isBase(String text) {
        try {
            var url = URI.create(text);
            return ("https".equals(url.getScheme()) || "http".equals(url.getScheme()))
                    && url.getHost() != null
                    && url.getRawUserInfo() == null
                    && url.getRawQuery() == null
                    && url.getRawFragment() == null;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static Price price(String model, @Nullable Object value) {
        var at = "prices.\"" + Text.line(model, 100) + "\"";
        var block = block(at, value);
        known(at + ".", block, OF_A_PRICE);
        var input = amount(at, block, "input_per_million_tokens");
        var currency = block.getOrDefault("currency", "USD");
        if (!(currency instanceof String code) || !CURRENCY.matcher(code).matches()) {
            throw bad(at + ".currency", currency, "three capital letters, such as USD");
        }
        return new Price(
                input,
                block.containsKey("cached_input_per_million_tokens")
                        ? amount(at, block, "cached_input_per_million_tokens")
                        : input,
                amount(at, block, "output_per_million_tokens"),
                code);
    }

    private static BigDecimal amount(String at, Map<String, @Nullable Object> block, String key) {
        if (block.get(key) instanceof Number number) {
            var amount = new BigDecimal(number.toString());
            if (amount.signum() >= 0 && amount.compareTo(MILLION) <= 0) {
                return amount;
            }
        }
        throw bad(at + "." + key, block.get(key), "0 to 1000000");
    }

    /** Empty: it is none. */
    static Optional<Duration> timeout(@Nullable Object value) {
        return value instanceof Number number && number.doubleValue() >= 0.001 && number.doubleValue() <= 86_400
                ? Optional.of(Duration.ofMillis(Math.round(number.doubleValue() * 1000)))
                : Optional.empty();
    }

    private static int whole(Map<String, Object> settings, String key, int otherwise, int most) {
        var value = settings.getOrDefault(key, otherwise);
        if (value instanceof Integer number && number >= 0 && number <= most) {
            return number;
        }
        throw bad(key, value, "0 to " + most);
    }

    private static Map<String, @Nullable Object> block(String at, @Nullable Object value) {
        var block = Json.object(value);
        if (block == null) {
            // Not shown: it may be a key in the wrong place.
            throw new IllegalArgumentException(at + " is not a block { … }");
        }
        return block;
    }

    private static void known(String at, Map<String, ?> block, List<String> keys) {
        for (var key : block.keySet()) {
            if (!keys.contains(key)) {
                throw new IllegalArgumentException(
                        at + Text.line(key, 100) + " is not a setting; allowed: " + String.join(", ", keys));
            }
        }
    }

    private static IllegalArgumentException bad(String key, @Nullable Object value, String allowed) {
        return new IllegalArgumentException(
                key + " is " + (value == null ? "missing" : "'" + Text.line(String.valueOf(value), 100) + "'")
                        + "; allowed: " + allowed);
    }
}
