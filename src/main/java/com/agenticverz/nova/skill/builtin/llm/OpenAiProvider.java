package com.agenticverz.nova.skill.builtin.llm;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.LogLevel;
import com.openai.core.RequestOptions;
import com.openai.errors.OpenAIInvalidDataException;
import com.openai.errors.OpenAIIoException;
import com.openai.errors.OpenAIRetryableException;
import com.openai.errors.OpenAIServiceException;
import com.openai.models.ResponseFormatJsonObject;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** OpenAI, by its Chat Completions API, which many others speak too. */
final class OpenAiProvider implements Provider {

    private final OpenAIClient client;
    private final Failures failures;
    private final Duration usualTimeout;

    OpenAiProvider(LlmSettings.Access access) {
        failures = new Failures("openai", access.apiKey());
        usualTimeout = access.timeout();
        client = OpenAIOkHttpClient.builder()
                .apiKey(access.apiKey())
                .baseUrl(access.baseUrl())
                .followRedirects(false)
                .maxRetries(0)
                // What the environment may say of it, too: it would print what the model is told.
                .logLevel(LogLevel.OFF)
                .build();
    }

    @Override
    public Reply ask(LlmCall call) throws ProviderFailure {
        var options = RequestOptions.builder()
                .timeout(call.timeout() == null ? usualTimeout : call.timeout())
                .build();
        try (var response = client.chat().completions().withRawResponse().create(params(call), options)) {
            return reply(response.parse(), response.requestId().orElse(null));
        } catch (OpenAIServiceException e) {
            throw failures.answered(
                    call,
                    e.statusCode(),
                    e.headers()::values,
                    e.body().isMissing() ? null : e.body().convert(Object.class));
        } catch (OpenAIIoException | OpenAIRetryableException e) {
            throw failures.unreachable(call, e);
        } catch (OpenAIInvalidDataException e) {
            throw failures.malformed(call, e);
        }
    }

    @Override
    public void close() {
        client.close();
    }

    private static ChatCompletionCreateParams params(LlmCall call) {
        var params = ChatCompletionCreateParams.builder().model(call.model());
        if (call.system() != null) {
            params.addSystemMessage(call.system());
        }
        for (var message : call.messages()) {
            if (message.byTheModel()) {
                params.addAssistantMessage(message.content());
            } else {
                params.addUserMessage(message.content());
            }
        }
        if (call.maxTokens() != null) {
            params.maxCompletionTokens(call.maxTokens().longValue());
        }
        if (call.temperature() != null) {
            params.temperature(call.temperature());
        }
        if (!call.stop().isEmpty()) {
            params.stopOfStrings(call.stop());
        }
        if (call.json()) {
            params.responseFormat(ResponseFormatJsonObject.builder().build());
        }
        return params.build();
    }

    private static Reply reply(ChatCompletion completion, @Nullable String requestId) {
        if (completion.choices().isEmpty()) {
            throw new OpenAIInvalidDataException("choices is empty");
        }
        var choice = completion.choices().getFirst();
        var refusal = choice.message().refusal();
        var usage = completion.usage();
        return new Reply(
                refusal.or(() -> choice.message().content()).orElse(""),
                completion.model(),
                refusal.isPresent() ? "refusal" : choice.finishReason().asString(),
                usage.map(it -> it.promptTokens()).orElse(0L),
                usage.flatMap(it -> it.promptTokensDetails())
                        .flatMap(it -> it.cachedTokens())
                        .orElse(0L),
                usage.map(it -> it.completionTokens()).orElse(0L),
                requestId);
    }
}
