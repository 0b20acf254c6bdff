package com.agenticverz.nova.skill.builtin;

import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import com.agenticverz.nova.skill.SkillFailure;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Posts a payload to a webhook, signed as the Standard Webhooks specification says; {@code skills.md} has params, output
 * and settings.
 *
 * <p>The id of the message is the same for every attempt at a step, so that the receiver can leave out what it has already.
 * The timestamp, and with it the signature, is that of the request: the receiver refuses what is old.
 */
public final class WebhookSendSkill implements Skill {

    private static final List<String> PARAMS =
            List.of("url", "payload", "secret", "headers", "expect", "timeout_seconds");
    private static final List<String> SIGNED = List.of("webhook-id", "webhook-timestamp", "webhook-signature");
    private static final String USUAL_SECRET = "default";
    private static final int ID_HEX_DIGITS = 32;

    private final HttpCaller.Resolver resolver;
    private final Clock clock;
    private WebhookSettings settings = WebhookSettings.of("webhook_send", Map.of());

    /** With the JDK's resolver, and the clock of this host. */
    public WebhookSendSkill() {
        this(InetAddress::getAllByName, Clock.systemUTC());
    }

    WebhookSendSkill(HttpCaller.Resolver resolver, Clock clock) {
        this.resolver = resolver;
        this.clock = clock;
    }

    @Override
    public String name() {
        return "webhook_send";
    }

    @Override
    public String description() {
        return "posts a JSON payload to a webhook, signed by HMAC as Standard Webhooks says";
    }

    @Override
    public void configure(Map<String, Object> given) {
        settings = WebhookSettings.of(name(), given);
    }

    @Override
    public Object run(Map<String, @Nullable Object> params, SkillContext context) throws InterruptedException {
        Param.only(PARAMS, params);
        var keys = keys(params.get("secret"));
        var call = call(params);
        var id = id(context.idempotencyKey());
        var exchange = new HttpCaller(settings.http(), resolver, null).call(call, signed(id, keys));
        var output = new LinkedHashMap<String, @Nullable Object>();
        output.put("status", exchange.answer().status());
        output.put("id", id);
        output.put("timestamp", Long.valueOf(exchange.request().headers().get("webhook-timestamp")));
        return output;
    }

    private SigningKeys keys(@Nullable Object name) {
        var secrets = settings.secrets();
        var keys = name == null ? secrets.get(USUAL_SECRET) : name instanceof String text ? secrets.get(text) : null;
        if (keys == null) {
            throw Param.bad(
                    "secret",
                    name == null && secrets.isEmpty() ? USUAL_SECRET : name,
                    secrets.isEmpty()
                            ? "a secret under nova.skills.webhook_send.secrets, which has none"
                            : String.join(", ", secrets.keySet()));
        }
        return keys;
    }

    private static HttpCall call(Map<String, @Nullable Object> params) {
        var target = HttpCall.target(params.get("url"));
        if (!params.containsKey("payload")) {
            throw Param.bad("payload", null, "any JSON value");
        }
        var headers = HttpCall.headers(params.get("headers"));
        for (var name : headers.keySet()) {
            if (SIGNED.contains(name.toLowerCase(Locale.ROOT))) {
                throw SkillFailure.permanent("headers." + name + " is part of the signature, which is not the plan's;"
                        + " allowed: all but " + String.join(", ", SIGNED));
            }
        }
        headers.putIfAbsent("User-Agent", "nova");
        headers.putIfAbsent("Content-Type", "application/json");
        return new HttpCall(
                new HttpCall.Request(target, "POST", headers, Json.write(params.get("payload"))),
                HttpCall.expected(params.get("expect")),
                HttpCall.timeout(params.get("timeout_seconds")),
                false,
                HttpCaller.EXCERPT_BYTES);
    }

    private UnaryOperator<HttpCall.Request> signed(String id, SigningKeys keys) {
        return request -> {
            long timestamp = clock.instant().getEpochSecond();
            var headers = new TreeMap<>(request.headers());
            headers.put("webhook-id", id);
            headers.put("webhook-timestamp", Long.toString(timestamp));
            headers.put("webhook-signature", keys.signature(id, timestamp, String.valueOf(request.body())));
            return new HttpCall.Request(request.target(), request.method(), headers, request.body());
        };
    }

    /** Of characters that stand for themselves in a header and in what is signed, whatever the id of the step is. */
    private static String id(String idempotencyKey) {
        try {
            var hash = MessageDigest.getInstance("SHA-256").digest(idempotencyKey.getBytes(StandardCharsets.UTF_8));
            return "msg_" + HexFormat.of().formatHex(hash).substring(0, ID_HEX_DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
