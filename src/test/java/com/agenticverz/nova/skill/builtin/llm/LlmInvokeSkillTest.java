package com.agenticverz.nova.skill.builtin.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.skill.SkillFailure;
import com.agenticverz.nova.skill.TestContext;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a server on loopback that speaks the APIs of both providers. */
class LlmInvokeSkillTest {

    private static final String KEY = "sk-very-secret-1234";

    private static final String MESSAGE = """
            {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-test-1",
             "content": [{"type": "text", "text": "%s", "citations": null}],
             "stop_reason": "%s", "stop_sequence": null, "container": null,
             "usage": {"input_tokens": 12, "output_tokens": 5, "cache_creation_input_tokens": 0,
                       "cache_read_input_tokens": 8, "cache_creation": null, "server_tool_use": null,
                       "service_tier": "standard"}}
            """;

    private static final String COMPLETION = """
            {"id": "chatcmpl-1", "object": "chat.completion", "created": 1700000000, "model": "gpt-test-2026",
             "choices": [{"index": 0, "finish_reason": "%2$s", "logprobs": null,
                          "message": {"role": "assistant", "content": "%1$s", "refusal": null}}],
             "usage": {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25,
                       "prompt_tokens_details": {"cached_tokens": 8}}}
            """;

    private final ModelServer server = new ModelServer();
    private final LlmInvokeSkill skill = configured(Map.of());

    LlmInvokeSkillTest() throws IOException {}

    @AfterEach
    void stop() {
        server.close();
    }

    // --- what is sent and what comes back

    @Test
    void anthropicIsAskedAndAnswers() throws Exception {
        server.then(200, MESSAGE.formatted("Bonjour", "end_turn"), "request-id", "req_7");

        var output = call(Map.of(
                "provider",
                "anthropic",
                "model",
                "claude-test",
                "system",
                "Translate",
                "messages",
                List.of(
                        Map.of("role", "user", "content", "one"),
                        Map.of("role", "assistant", "content", "un"),
                        Map.of("role", "user", "content", "hello ä")),
                "max_tokens",
                100,
                "temperature",
                0.5,
                "stop",
                List.of("END"),
                "response_format",
                "text"));

        assertThat(output)
                .containsEntry("text", "Bonjour")
                .containsEntry("model", "claude-test-1")
                .containsEntry("stop_reason", "end_turn")
                .containsEntry("usage", Map.of("input_tokens", 20L, "cached_input_tokens", 8L, "output_tokens", 5L))
                .containsEntry("cost", null)
                .containsEntry("currency", null)
                .containsEntry("request_id", "req_7")
                .hasSize(7);
        assertThat(Json.read(Json.write(output))).isInstanceOf(Map.class);

        var request = server.requests().getFirst();
        assertThat(request.path()).isEqualTo("/v1/messages");
        assertThat(request.headers())
                .containsEntry("authorization", "Bearer " + KEY)
                .containsKey("anthropic-version");
        assertThat(request.body())
                .containsEntry("model", "claude-test")
                .containsEntry("system", "Translate")
                .containsEntry("max_tokens", 100)
                .containsEntry("temperature", new BigDecimal("0.5"))
                .containsEntry("stop_sequences", List.of("END"))
                .containsEntry(
                        "messages",
                        List.of(
                                Map.of("role", "user", "content", "one"),
                                Map.of("role", "assistant", "content", "un"),
                                Map.of("role", "user", "content", "hello ä")));
    }

    @Test
    void openAiIsAskedAndAnswers() throws Exception {
        server.then(200, COMPLETION.formatted("Bonjour", "stop"), "x-request-id", "req_8");

        var output = call(Map.of(
                "provider",
                "openai",
                "model",
                "gpt-test",
                "system",
                "Translate",
                "prompt",
                "hello ä",
                "max_tokens",
                100,
                "temperature",
                1,
                "stop",
                "END"));

        assertThat(output)
                .containsEntry("text", "Bonjour")
                .containsEntry("model", "gpt-test-2026")
                .containsEntry("stop_reason", "stop")
                .containsEntry("usage", Map.of("input_tokens", 20L, "cached_input_tokens", 8L, "output_tokens", 5L))
                .containsEntry("cost", null)
                .containsEntry("request_id", "req_8");

        var request = server.requests().getFirst();
        assertThat(request.path()).isEqualTo("/v1/chat/completions");
        assertThat(request.headers()).containsEntry("authorization", "Bearer " + KEY);
        assertThat(request.body())
                .containsEntry("model", "gpt-test")
                .containsEntry("max_completion_tokens", 100)
                .containsEntry("stop", List.of("END"))
                .containsEntry(
                        "messages",
                        List.of(
                                Map.of("role", "system", "content", "Translate"),
                                Map.of("role", "user", "content", "hello ä")));
        assertThat(request.body().get("temperature")).hasToString("1.0");
    }

    @Test
    void aRefusalIsTheText() throws Exception {
        server.then(200, """
                {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [
                  {"index": 0, "finish_reason": "stop", "logprobs": null,
                   "message": {"role": "assistant", "content": null, "refusal": "I must not."}}]}
                """);

        assertThat(call(params("openai")))
                .containsEntry("text", "I must not.")
                .containsEntry("stop_reason", "refusal")
                .containsEntry("usage", Map.of("input_tokens", 0L, "cached_input_tokens", 0L, "output_tokens", 0L))
                .containsEntry("request_id", null);
    }

    // --- what it costs

    @ParameterizedTest
    @CsvSource({"anthropic, claude-test-1", "openai, gpt-test-2026", "anthropic, some", "openai, some"})
    void aPriceIsThatOfTheModelThatWasAskedForOrThatAnswered(String provider, String priced) throws Exception {
        server.then(200, reply(provider).formatted("Hi", "stop"));
        var skill = configured(Map.of(
                "prices", Map.of(priced, Map.of("input_per_million_tokens", 3.0, "output_per_million_tokens", 15))));

        assertThat(call(skill, params(provider)))
                // 20 tokens in and 5 out.
                .containsEntry("cost", new BigDecimal("0.000135"))
                .containsEntry("currency", "USD");
    }

    @Test
    void tokensFromTheCacheHaveAPriceOfTheirOwn() throws Exception {
        server.then(200, MESSAGE.formatted("Hi", "end_turn"));
        var skill = configured(Map.of(
                "prices",
                Map.of(
                        "some",
                        Map.of(
                                "input_per_million_tokens",
                                3.0,
                                "cached_input_per_million_tokens",
                                0.3,
                                "output_per_million_tokens",
                                15,
                                "currency",
                                "EUR"))));

        assertThat(call(skill, params("anthropic")))
                // 12 in, 8 of the cache, 5 out.
                .containsEntry("cost", new BigDecimal("0.0001134"))
                .containsEntry("currency", "EUR");
    }

    // --- JSON

    @ParameterizedTest
    @ValueSource(strings = {"{\\\"a\\\": 1}", "```json\\n{\\\"a\\\": 1}\\n```", "  ```\\n{\\\"a\\\": 1}\\n```\\n"})
    void aReplyThatIsJsonIsRead(String text) throws Exception {
        server.then(200, COMPLETION.formatted(text, "stop"));

        assertThat(call(with(params("openai"), "response_format", "json"))).containsEntry("json", Map.of("a", 1));
        assertThat(server.requests().getFirst().body()).containsEntry("response_format", Map.of("type", "json_object"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"anthropic", "openai"})
    void aReplyThatIsNoJsonFails(String provider) {
        server.then(200, reply(provider).formatted("Sure! {", "stop"));

        assertFails(
                with(params(provider), "response_format", "json"),
                provider + " replied with text that is not JSON (response_format), 7 characters, stop_reason stop",
                true);
    }

    @ParameterizedTest
    @CsvSource({"anthropic, max_tokens", "openai, length"})
    void jsonThatIsCutOffFailsForGood(String provider, String reason) {
        server.then(200, reply(provider).formatted("[1,", reason));

        assertFails(
                with(params(provider), "response_format", "json"),
                provider + " replied with JSON that ends after 5 tokens (max_tokens)",
                false);
    }

    // --- failures

    @ParameterizedTest
    @CsvSource({
        "400, invalid_request_error, false",
        "403, permission_error, false",
        "404, not_found_error, false",
        "413, request_too_large, false",
        "422, unprocessable, false",
        "408, request_timeout, true",
        "409, conflict, true",
        "429, rate_limit_error, true",
        "500, api_error, true",
        "529, overloaded_error, true",
    })
    void anErrorIsOneLine(int status, String type, boolean retryable) throws IOException {
        for (var provider : LlmCall.PROVIDERS) {
            try (var server = new ModelServer()) {
                server.then(status, error(type, "no\\n way, " + "x".repeat(300)));
                var skill = configured(server, Map.of("retries", 0));

                assertFails(
                        skill,
                        params(provider),
                        provider + " answered " + status + " (" + type + "): no way, " + "x".repeat(192) + "…",
                        retryable);
                assertThat(server.requests()).hasSize(1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"anthropic", "openai"})
    void aWrongKeyIsSaidWithoutAnyOfIt(String provider) {
        server.then(401, error("authentication_error", "Incorrect API key provided: sk-ve***1234"));

        assertFails(
                params(provider),
                provider + " answered 401 (authentication_error); is nova.skills.llm_invoke.providers." + provider
                        + ".api_key right?",
                false);
        assertThat(server.requests()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"anthropic", "openai"})
    void neitherTheKeyNorThePromptIsInAMessage(String provider) {
        server.then(400, error("bad", "key " + KEY + " said 'the patient is ill' to 'a doctor'"));

        assertFails(
                with(with(params(provider), "prompt", "the patient is ill"), "system", "a doctor"),
                provider + " answered 400 (bad): key … said '…' to '…'",
                false);
    }

    @ParameterizedTest
    @ValueSource(strings = {"anthropic", "openai"})
    void anErrorOfAGatewayThatIsNoJsonIsItsStatus(String provider) throws Exception {
        server.then(502, "<html>", "Content-Type", "text/html")
                .then(200, reply(provider).formatted("Hi", "stop"));

        assertFails(configured(Map.of("retries", 0)), params(provider), provider + " answered 502", true);
    }

    @ParameterizedTest
    @ValueSource(strings = {"anthropic", "openai"})
    void aRedirectIsNotFollowed(String provider) throws IOException {
        try (var elsewhere = new ModelServer()) {
            elsewhere.then(200, reply(provider).formatted("Hi", "stop"));
            server.then(307, "", "Location", elsewhere.url() + "/v1/messages");

            assertFails(
                    params(provider),
                    provider + " answered 307, a redirect, which is not followed; is nova.skills.llm_invoke.providers."
                            + provider + ".base_url right?",
                    false);
            assertThat(elsewhere.requests()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"anthropic", "openai"})
    void whatIsNoReplyIsOneLine(String provider) {
        server.then(200, "{\"nothing\": ");

        var failure = failure(configured(Map.of("retries", 0)), params(provider));

        assertThat(failure).hasMessageStartingWith(provider + " answered with something that is not a reply: ");
        assertThat(failure.isRetryable()).isTrue();
        assertThat(failure.getMessage()).hasSizeLessThan(300).doesNotContain("\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"anthropic", "openai"})
    void aReplyWithoutItsPartsIsOneLine(String provider) {
        server.then(200, "{}");

        var failure = failure(configured(Map.of("retries", 0)), params(provider));

        assertThat(failure).hasMessageStartingWith(provider + " answered with something that is not a reply: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"anthropic", "openai"})
    void aServerThatIsNotThereIsOneLine(String provider) {
        server.close();

        var failure = failure(configured(Map.of("retries", 0)), params(provider));

        assertThat(failure).hasMessageStartingWith(provider + " could not be asked: ");
        assertThat(failure.isRetryable()).isTrue();
    }

    @Test
    void aProviderThatIsNotConfiguredIsNamed() {
        assertFails(
                new LlmInvokeSkill(),
                params("openai"),
                "provider 'openai' is not configured on this node;"
                        + " set nova.skills.llm_invoke.providers.openai.api_key",
                false);
    }

    // --- another try

    @ParameterizedTest
    @ValueSource(strings = {"anthropic", "openai"})
    void aCallWaitsAsLongAsItIsAskedTo(String provider) throws Exception {
        server.then(429, error("rate_limit_error", "slow down"), "Retry-After", "1")
                .then(200, reply(provider).formatted("Hi", "stop"));
        long began = System.nanoTime();

        assertThat(call(params(provider))).containsEntry("text", "Hi");

        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
        assertThat(server.requests()).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"anthropic", "openai"})
    void triesDoNotMultiply(String provider) {
        server.then(500, error("api_error", "oops"), "Retry-After-Ms", "1");

        assertFails(params(provider), provider + " answered 500 (api_error): oops, after 2 retries", true);
        assertThat(server.requests()).hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"anthropic", "openai"})
    void nobodyWaitsForAnHour(String provider) {
        server.then(429, error("rate_limit_error", "slow down"), "Retry-After", "3600");

        assertFails(
                params(provider),
                provider + " answered 429 (rate_limit_error): slow down; it asks to wait 3600 s, more than 60 s"
                        + " (nova.skills.llm_invoke.max_retry_after_seconds)",
                true);
        assertThat(server.requests()).hasSize(1);
    }

    // --- the end of a call

    @ParameterizedTest
    @ValueSource(strings = {"anthropic", "openai"})
    void aCallHasATimeoutAndHangsUp(String provider) throws Exception {
        server.thenNothing();

        assertFails(
                with(params(provider), "timeout_seconds", 1),
                provider + " timed out after 1.0 s (timeout_seconds)",
                true);
        assertThat(server.hungUp.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aTimeoutSaysWhatWentWrongBefore() {
        server.then(429, error("rate_limit_error", "slow down"), "Retry-After", "50");

        assertFails(
                with(params("openai"), "timeout_seconds", 2),
                "openai timed out after 2.0 s (timeout_seconds);"
                        + " before that, openai answered 429 (rate_limit_error): slow down",
                true);
    }

    @ParameterizedTest
    @ValueSource(strings = {"anthropic", "openai"})
    void anInterruptEndsACallAndItsConnection(String provider) throws Exception {
        server.thenNothing();
        var ended = new FutureTask<>(() -> catchThrowable(() -> call(params(provider))));
        var caller = Thread.ofPlatform().start(ended);
        while (server.requests().isEmpty()) {
            Thread.sleep(10);
        }

        caller.interrupt();

        assertThat(ended.get(20, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
        assertThat(server.hungUp.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(server.requests()).hasSize(1);
    }

    // --- bad params

    static Stream<Arguments> badParams() {
        var params = params("openai");
        return Stream.of(
                bad(
                        with(params, "nope", 1),
                        "nope is not a param; allowed: provider, model, prompt, messages, system,"
                                + " max_tokens, temperature, stop, response_format, timeout_seconds"),
                bad(without(params, "provider"), "provider is missing; allowed: anthropic, openai"),
                bad(with(params, "provider", "x"), "provider is 'x'; allowed: anthropic, openai"),
                bad(without(params, "model"), "model is missing; allowed: the provider's name of a model"),
                bad(with(params, "model", " "), "model is ''; allowed: the provider's name of a model"),
                bad(without(params, "prompt"), "prompt and messages are missing; allowed: one of the two"),
                bad(with(params, "messages", List.of()), "prompt and messages are both given; allowed: one of the two"),
                bad(with(params, "prompt", 7), "prompt is not text; allowed: text"),
                bad(with(params, "prompt", " "), "prompt is blank; allowed: text"),
                bad(messages(7), "messages is not an array; allowed: an array of objects with role and content"),
                bad(messages(List.of()), "messages is empty; allowed: an array of objects with role and content"),
                bad(
                        messages(List.of("hi")),
                        "messages/0 is not an object; allowed: an object with role and content, and nothing else"),
                bad(
                        messages(List.of(Map.of("role", "user", "content", "hi", "name", "me"))),
                        "messages/0 is something else; allowed: an object with role and content, and nothing else"),
                bad(
                        messages(List.of(
                                Map.of("role", "user", "content", "hi"), Map.of("role", "system", "content", "hi"))),
                        "messages/1/role is 'system'; allowed: user, assistant; for the system there is the param system"),
                bad(
                        messages(List.of(Map.of("role", "user", "content", List.of()))),
                        "messages/0/content is not text; allowed: text"),
                bad(with(params, "system", 7), "system is not text; allowed: text"),
                bad(with(params, "max_tokens", 0), "max_tokens is '0'; allowed: 1 to 1000000"),
                bad(with(params, "max_tokens", 1.5), "max_tokens is '1.5'; allowed: 1 to 1000000"),
                bad(with(params, "temperature", 2.1), "temperature is '2.1'; allowed: 0 to 2"),
                bad(with(params, "temperature", "hot"), "temperature is 'hot'; allowed: 0 to 2"),
                bad(with(params, "stop", ""), "stop is ''; allowed: text, or an array of 1 to 4 texts"),
                bad(with(params, "stop", List.of()), "stop is '[]'; allowed: text, or an array of 1 to 4 texts"),
                bad(
                        with(params, "stop", List.of("1", "2", "3", "4", "5")),
                        "stop is '[\"1\",\"2\",\"3\",\"4\",\"5\"]'; allowed: text, or an array of 1 to 4 texts"),
                bad(with(params, "response_format", "xml"), "response_format is 'xml'; allowed: text, json"),
                bad(with(params, "timeout_seconds", 0), "timeout_seconds is '0'; allowed: 0.001 to 86400"),
                bad(with(params, "timeout_seconds", "1s"), "timeout_seconds is '1s'; allowed: 0.001 to 86400"));
    }

    @ParameterizedTest
    @MethodSource("badParams")
    void aBadParamFailsForGoodInOneLine(Map<String, @Nullable Object> params, String message) {
        assertFails(params, message, false);
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void theSchemaHasEveryParam() {
        var schema = Json.object(Json.read(skill.paramsSchema()));
        var params = Json.object(schema.get("properties")).keySet();

        assertThatThrownBy(() -> LlmCall.of(Map.of("nope", 1)))
                .hasMessage("nope is not a param; allowed: " + String.join(", ", params));
        assertThat(skill.description()).isNotBlank().doesNotContain("\n");
    }

    private static Arguments bad(Map<String, @Nullable Object> params, String message) {
        return Arguments.of(params, message);
    }

    private static Map<String, @Nullable Object> messages(Object messages) {
        return with(without(params("openai"), "prompt"), "messages", messages);
    }

    // --- how it is called

    private static Map<String, @Nullable Object> params(String provider) {
        return Map.of("provider", provider, "model", "some", "prompt", "hello");
    }

    private static Map<String, @Nullable Object> with(
            Map<String, @Nullable Object> params, String name, @Nullable Object value) {
        var all = new HashMap<>(params);
        all.put(name, value);
        return all;
    }

    private static Map<String, @Nullable Object> without(Map<String, @Nullable Object> params, String name) {
        var rest = new HashMap<>(params);
        rest.remove(name);
        return rest;
    }

    private static String reply(String provider) {
        return provider.equals("anthropic") ? MESSAGE : COMPLETION;
    }

    private static String error(String type, String message) {
        return "{\"type\": \"error\", \"error\": {\"type\": \"" + type + "\", \"message\": \"" + message
                + "\", \"param\": null, \"code\": null}}";
    }

    private LlmInvokeSkill configured(Map<String, Object> settings) {
        return configured(server, settings);
    }

    private static LlmInvokeSkill configured(ModelServer server, Map<String, Object> settings) {
        var all = new HashMap<>(settings);
        all.put(
                "providers",
                Map.of(
                        "anthropic", Map.of("api_key", KEY, "base_url", server.url()),
                        "openai", Map.of("api_key", KEY, "base_url", server.url() + "/v1", "timeout_seconds", 60)));
        var skill = new LlmInvokeSkill();
        skill.configure(all);
        return skill;
    }

    private Map<String, @Nullable Object> call(Map<String, @Nullable Object> params) throws InterruptedException {
        return call(skill, params);
    }

    private static Map<String, @Nullable Object> call(LlmInvokeSkill skill, Map<String, @Nullable Object> params)
            throws InterruptedException {
        return Json.object(skill.run(params, new TestContext(UUID.randomUUID(), "me", "s1", 1, 5)));
    }

    private void assertFails(Map<String, @Nullable Object> params, String message, boolean retryable) {
        assertFails(skill, params, message, retryable);
    }

    private static void assertFails(
            LlmInvokeSkill skill, Map<String, @Nullable Object> params, String message, boolean retryable) {
        var failure = failure(skill, params);
        assertThat(failure).hasMessage(message);
        assertThat(failure.isRetryable()).isEqualTo(retryable);
    }

    private static SkillFailure failure(LlmInvokeSkill skill, Map<String, @Nullable Object> params) {
        var failure = catchThrowable(() -> call(skill, params));
        assertThat(failure).isInstanceOf(SkillFailure.class);
        return (SkillFailure) failure;
    }
}
