package com.agenticverz.nova.skill.builtin.llm;

import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import com.agenticverz.nova.skill.SkillFailure;
import com.agenticverz.nova.skill.builtin.llm.Provider.ProviderFailure;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Asks a language model and returns what it says; {@code skills.md} has params, output and settings.
 *
 * <p>A call has a thread of its own, a virtual one, so that a timeout or an interrupt ends it wherever it waits.
 */
public final class LlmInvokeSkill implements Skill {

    /** Why a reply ends when it has run out of tokens: Anthropic's word and OpenAI's. */
    private static final Set<String> OUT_OF_TOKENS = Set.of("max_tokens", "length");

    /** Models like to put JSON between such lines, whatever they are told. */
    private static final Pattern FENCED = Pattern.compile("\\s*```(?:json)?\\s*\\n(.*)\\n\\s*```\\s*", Pattern.DOTALL);

    private final Map<String, Provider> providers = new ConcurrentHashMap<>();
    private LlmSettings settings = LlmSettings.of(Map.of());

    @Override
    public String name() {
        return "llm_invoke";
    }

    @Override
    public String description() {
        return "asks a language model of Anthropic or OpenAI; returns its text, the tokens and what they cost";
    }

    @Override
    public void configure(Map<String, Object> given) {
        settings = LlmSettings.of(given);
    }

    @Override
    public Object run(Map<String, @Nullable Object> params, SkillContext context) throws InterruptedException {
        var call = LlmCall.of(params);
        var access = settings.providers().get(call.provider());
        if (access == null) {
            throw SkillFailure.permanent("provider '" + call.provider()
                    + "' is not configured on this node; set nova.skills.llm_invoke.providers." + call.provider()
                    + ".api_key");
        }
        return output(call, ask(call, access));
    }

    @Override
    public void close() {
        providers.values().forEach(Provider::close);
    }

    private Provider.Reply ask(LlmCall call, LlmSettings.Access access) throws InterruptedException {
        var timeout = call.timeout() == null ? access.timeout() : call.timeout();
        var lastFailure = new AtomicReference<@Nullable ProviderFailure>();
        var asking = new FutureTask<>(() -> patiently(call, provider(call.provider(), access), lastFailure));
        Thread.ofVirtual().name("llm-invoke").start(asking);
        try {
            return asking.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            var before = lastFailure.get();
            throw SkillFailure.retryable(call.provider() + " timed out after " + timeout.toMillis() / 1000.0
                    + " s (timeout_seconds)" + (before == null ? "" : "; before that, " + before.getMessage()));
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException failure -> throw failure;
                case Error error -> throw error;
                case null, default -> throw new IllegalStateException(e.getCause());
            }
        } finally {
            // What it blocks on is a socket or a sleep, and both end with an interrupt.
            asking.cancel(true);
        }
    }

    /** Made at the first call that wants it: see the note of the package. */
    private Provider provider(String name, LlmSettings.Access access) {
        return providers.computeIfAbsent(
                name, _ -> name.equals("anthropic") ? new AnthropicProvider(access) : new OpenAiProvider(access));
    }

    private Provider.Reply patiently(
            LlmCall call, Provider provider, AtomicReference<@Nullable ProviderFailure> lastFailure)
            throws InterruptedException {
        for (int retries = 0; ; retries++) {
            try {
                return provider.ask(call);
            } catch (ProviderFailure e) {
                lastFailure.set(e);
                Thread.sleep(untilNextTry(e, retries));
            }
        }
    }

    /** How long to wait; fails where there is nothing to wait for. */
    private Duration untilNextTry(ProviderFailure failure, int retries) {
        if (!failure.isRetryable()) {
            throw SkillFailure.permanent(String.valueOf(failure.getMessage()));
        }
        var wait = failure.retryAfter();
        if (wait != null && wait.toSeconds() > settings.maxRetryAfterSeconds()) {
            throw SkillFailure.retryable(failure.getMessage() + "; it asks to wait " + wait.toSeconds()
                    + " s, more than " + settings.maxRetryAfterSeconds()
                    + " s (nova.skills.llm_invoke.max_retry_after_seconds)");
        }
        if (retries == settings.retries()) {
            throw SkillFailure.retryable(failure.getMessage()
                    + (retries == 0 ? "" : ", after " + retries + (retries == 1 ? " retry" : " retries")));
        }
        return wait == null ? Duration.ofMillis(Math.min(500L << retries, 8000)) : wait;
    }

    private Map<String, @Nullable Object> output(LlmCall call, Provider.Reply reply) {
        var output = new LinkedHashMap<String, @Nullable Object>();
        output.put("text", reply.text());
        if (call.json()) {
            output.put("json", json(call, reply));
        }
        output.put("model", reply.model());
        output.put("stop_reason", reply.stopReason());
        output.put(
                "usage",
                Map.of(
                        "input_tokens", reply.inputTokens(),
                        "cached_input_tokens", reply.cachedInputTokens(),
                        "output_tokens", reply.outputTokens()));
        // A model may be asked by a short name and answer with its long one.
        var price =
                settings.prices().getOrDefault(call.model(), settings.prices().get(reply.model()));
        output.put("cost", price == null ? null : price.of(reply));
        output.put("currency", price == null ? null : price.currency());
        output.put("request_id", reply.requestId());
        return output;
    }

    private static @Nullable Object json(LlmCall call, Provider.Reply reply) {
        if (reply.stopReason() != null && OUT_OF_TOKENS.contains(reply.stopReason())) {
            throw SkillFailure.permanent(call.provider() + " replied with JSON that ends after " + reply.outputTokens()
                    + " tokens (max_tokens)");
        }
        var fenced = FENCED.matcher(reply.text());
        try {
            return Json.read(fenced.matches() ? fenced.group(1) : reply.text());
        } catch (IllegalArgumentException e) {
            // Not what it said, which may be what it was told.
            throw SkillFailure.retryable(call.provider() + " replied with text that is not JSON (response_format), "
                    + reply.text().length() + " characters, stop_reason " + reply.stopReason());
        }
    }
}
