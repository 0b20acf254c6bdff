package com.agenticverz.nova.skill.builtin.llm;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.JsonValue;
import com.anthropic.core.LogLevel;
import com.anthropic.core.RequestOptions;
import com.anthropic.errors.AnthropicInvalidDataException;
import com.anthropic.errors.AnthropicIoException;
import com.anthropic.errors.AnthropicRetryableException;
import com.anthropic.errors.AnthropicServiceException;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCreateParams;
import java.time.Duration;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Anthropic, by its Messages API. */
final class AnthropicProvider implements Provider {

    /** The API wants a number. */
    private static final int USUAL_MAX_TOKENS = 4096;

    private final AnthropicClient client;
    private final Failures failures;
    private final Duration usualTimeout;

    AnthropicProvider(LlmSettings.Access access) {
        failures = new Failures("anthropic", access.apiKey());
        usualTimeout = access.timeout();
        client = AnthropicOkHttpClient.builder()
                .apiKey(access.apiKey())
                .baseUrl(access.baseUrl())
                .maxRetries(0)
                // What the environment may say of it, too: it would print what the model is told.
                .logLevel(LogLevel.OFF)
                .build();
    }

    @Override
    public Reply ask(LlmCall call) throws ProviderFailure {
        var options = RequestOptions.builder()
                .timeout(call.timeout() == null ? usualTimeout : call.timeout())
                .followRedirects(false)
                .build();
        try (var response = client.messages().withRawResponse().create(params(call), options)) {
            return reply(response.parse(), response.requestId().orElse(null));
        } catch (AnthropicServiceException e) {
            throw failures.answered(
                    call,
                    e.statusCode(),
                    e.headers()::values,
                    e.body().isMissing() ? null : e.body().convert(Object.class));
        } catch (AnthropicIoException | AnthropicRetryableException e) {
            throw failures.unreachable(call, e);
        } catch (AnthropicInvalidDataException e) {
            throw failures.malformed(call, e);
        }
    }

    @Override
    public void close() {
        client.close();
    }

    private static MessageCreateParams params(LlmCall call) {
        var params = MessageCreateParams.builder()
                .model(call.model())
                .maxTokens(call.maxTokens() == null ? USUAL_MAX_TOKENS : call.maxTokens());
        for (var message : call.messages()) {
            if (message.byTheModel()) {
                params.addAssistantMessage(message.content());
            } else {
                params.addUserMessage(message.content());
            }
        }
        if (call.system() != null) {
            params.system(call.system());
        }
        if (call.temperature() != null) {
            // The SDK does not know it any more, for the newest models refuse it; older ones take it.
            params.putAdditionalBodyProperty("temperature", JsonValue.from(call.temperature()));
        }
        if (!call.stop().isEmpty()) {
            params.stopSequences(call.stop());
        }
        return params.build();
    }

    private static Reply reply(Message message, @Nullable String requestId) {
        var usage = message.usage();
        long cached = usage.cacheReadInputTokens().orElse(0L);
        return new Reply(
                message.content().stream()
                        .flatMap(it -> it.text().stream())
                        .map(it -> it.text())
                        .collect(Collectors.joining()),
                message.model().asString(),
                message.stopReason().map(it -> it.asString()).orElse(null),
                usage.inputTokens() + usage.cacheCreationInputTokens().orElse(0L) + cached,
                cached,
                usage.outputTokens(),
                requestId);
    }
}
