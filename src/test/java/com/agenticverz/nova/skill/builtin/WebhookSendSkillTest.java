package com.agenticverz.nova.skill.builtin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.skill.SkillFailure;
import com.agenticverz.nova.skill.TestContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookSendSkillTest {

    private static final UUID RUN = UUID.fromString("0198c0de-0000-7000-8000-000000000001");
    private static final String KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final String OLD_KEY = "whsec_"
            + Base64.getEncoder().encodeToString("an older key, of 32 bytes in all".getBytes(StandardCharsets.UTF_8));

    private final AtomicLong now = new AtomicLong(1_700_000_000);
    private final List<Received> received = Collections.synchronizedList(new ArrayList<>());
    private final HttpServer server = HttpServer.create();
    private final WebhookSendSkill skill = skill(
            Map.of("allow", List.of("127.0.0.1"), "secrets", Map.of("default", KEY, "rotated", List.of(KEY, OLD_KEY))));

    private record Received(Map<String, String> headers, String method, byte[] body) {
        String header(String name) {
            return headers.getOrDefault(name, "");
        }
    }

    WebhookSendSkillTest() throws IOException {
        server.bind(new InetSocketAddress(Inet4Address.ofLiteral("127.0.0.1"), 0), 0);
        server.setExecutor(task -> Thread.ofVirtual().start(task));
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    // --- what is sent

    @Test
    void aPayloadIsPostedAndSigned() throws Exception {
        on("/hook", 202, "thank you");

        var output = call(Map.of("url", url("/hook"), "payload", Map.of("ä", List.of(1, true))));

        var request = received.getFirst();
        assertThat(request.method()).isEqualTo("POST");
        assertThat(new String(request.body(), StandardCharsets.UTF_8)).isEqualTo("{\"ä\":[1,true]}");
        assertThat(request.headers())
                .containsEntry("content-type", "application/json")
                .containsEntry("user-agent", "nova")
                .containsEntry("webhook-timestamp", "1700000000");
        assertThat(request.header("webhook-id")).matches("msg_[0-9a-f]{32}");
        assertThat(request.header("webhook-signature")).isEqualTo("v1," + signature(KEY, request));
        assertThat(output)
                .containsExactly(
                        Map.entry("status", 202),
                        Map.entry("id", request.header("webhook-id")),
                        Map.entry("timestamp", 1_700_000_000L));
    }

    @Test
    void theSignatureIsThatOfTheSpecification() {
        assertThat(SigningKeys.parse("secret", KEY)
                        .signature("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}"))
                .isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "\"ä\"", "7.50", "[]", "false"})
    void aPayloadIsAnyJson(String json) throws Exception {
        on("/", 200, "");
        var params = new HashMap<String, @Nullable Object>();
        params.put("url", url("/"));
        params.put("payload", Json.read(json));

        call(params);

        assertThat(new String(received.getFirst().body(), StandardCharsets.UTF_8))
                .isEqualTo(json);
        assertThat(received.getFirst().header("webhook-signature"))
                .isEqualTo("v1," + signature(KEY, received.getFirst()));
    }

    @Test
    void whileAKeyIsReplacedBothSign() throws Exception {
        on("/", 200, "");

        call(Map.of("url", url("/"), "payload", 1, "secret", "rotated"));

        var request = received.getFirst();
        assertThat(request.header("webhook-signature"))
                .isEqualTo("v1," + signature(KEY, request) + " v1," + signature(OLD_KEY, request));
    }

    @Test
    void theIdIsThatOfTheStepWhateverTheAttempt() throws Exception {
        on("/", 200, "");
        var params = Map.<String, @Nullable Object>of("url", url("/"), "payload", 1);

        skill.run(params, new TestContext(RUN, "agent", "s1", 1, 5));
        now.addAndGet(60);
        skill.run(params, new TestContext(RUN, "agent", "s1", 2, 5));
        skill.run(params, new TestContext(RUN, "agent", "post[3]", 1, 5));
        skill.run(params, new TestContext(new UUID(1, 2), "agent", "s1", 1, 5));

        var ids = received.stream().map(it -> it.header("webhook-id")).toList();
        assertThat(ids).hasSize(4);
        assertThat(ids.get(1)).isEqualTo(ids.getFirst());
        assertThat(ids.subList(1, 4)).doesNotHaveDuplicates();
    }

    @Test
    void thePlansHeadersAreSentToo() throws Exception {
        on("/", 200, "");

        call(Map.of(
                "url",
                url("/"),
                "payload",
                1,
                "headers",
                Map.of("X-A", "b", "content-type", "application/cloudevents+json")));

        assertThat(received.getFirst().headers())
                .containsEntry("x-a", "b")
                .containsEntry("content-type", "application/cloudevents+json");
    }

    // --- answers

    @Test
    void whatIsExpectedIsASuccess() throws Exception {
        on("/", 409, "there already");

        assertThat(call(Map.of("url", url("/"), "payload", 1, "expect", List.of("2xx", 409))))
                .containsEntry("status", 409);
        assertThat(permanent(Map.of("url", url("/"), "payload", 1)))
                .isEqualTo("POST " + url("/") + " answered 409: there already");
    }

    @Test
    void aLongAnswerIsNoFailure() throws Exception {
        on("/", 200, "x".repeat(1_000_000));

        assertThat(call(Map.of("url", url("/"), "payload", 1))).containsEntry("status", 200);
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void aRedirectIsAFailure(int status) {
        on("/there", 200, "");
        server.createContext("/", it -> {
            it.getResponseHeaders().set("Location", "/there");
            answer(it, status, "");
        });

        assertThat(permanent(Map.of("url", url("/?secret"), "payload", "secret")))
                .isEqualTo("POST " + url("/") + " answered " + status);
        assertThat(received).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 502, 503, 504})
    void whatMayPassIsTriedAgainByTheRun(int status) {
        on("/", status, "x".repeat(300));

        assertThat(retryable(
                        Map.of("url", url("/"), "payload", "secret", "headers", Map.of("Authorization", "secret"))))
                .isEqualTo("POST " + url("/") + " answered " + status + ": " + "x".repeat(200) + "…");
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 404, 410})
    void anyOtherStatusIsFinal(int status) {
        on("/", status, "no");

        assertThat(permanent(Map.of("url", url("/"), "payload", "secret")))
                .isEqualTo("POST " + url("/") + " answered " + status + ": no");
    }

    @Test
    void afterAWaitItIsSignedAnewUnderTheSameId() throws Exception {
        server.createContext("/", it -> {
            if (received.isEmpty()) {
                it.getResponseHeaders().set("Retry-After", "0");
                now.addAndGet(7);
                answer(it, 429, "busy");
            } else {
                answer(it, 200, "");
            }
        });

        assertThat(call(Map.of("url", url("/"), "payload", 1))).containsEntry("timestamp", 1_700_000_007L);

        var first = received.get(0);
        var second = received.get(1);
        assertThat(second.header("webhook-id")).isEqualTo(first.header("webhook-id"));
        assertThat(first.header("webhook-timestamp")).isEqualTo("1700000000");
        assertThat(second.header("webhook-timestamp")).isEqualTo("1700000007");
        assertThat(second.header("webhook-signature")).isEqualTo("v1," + signature(KEY, second));
    }

    @Test
    void patienceEnds() {
        server.createContext("/", it -> {
            it.getResponseHeaders().set("Retry-After", "61");
            answer(it, 503, "busy");
        });

        assertThat(retryable(Map.of("url", url("/"), "payload", 1)))
                .isEqualTo("POST " + url("/") + " answered 503 and asks to wait 61 s, more than 60 s"
                        + " (nova.skills.webhook_send.max_retry_after_seconds): busy");
    }

    @Test
    void aReceiverThatDoesNotAnswerTimesOut() {
        var end = new CountDownLatch(1);
        server.createContext("/", it -> {
            try {
                end.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });

        assertThat(retryable(Map.of("url", url("/"), "payload", 1, "timeout_seconds", 0.3)))
                .isEqualTo("POST " + url("/") + " timed out after 0.3 s (timeout_seconds)");
        end.countDown();
    }

    // --- the guard

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "127.0.0.1",
                "169.254.169.254",
                "[::1]",
                "[::ffff:127.0.0.1]",
                "named.invalid",
                "10.0.0.1"
            })
    void whatIsInternalIsRefused(String host) {
        on("/", 200, "");
        var guarded = skill(Map.of("secrets", Map.of("default", KEY)));

        assertThat(failure(
                        guarded,
                        Map.of(
                                "url",
                                "http://" + host + ":" + server.getAddress().getPort() + "/?secret",
                                "payload",
                                "secret"),
                        false))
                .endsWith(", which is refused unless nova.skills.webhook_send.allow has that host or a range around it")
                .doesNotContain("secret");
        assertThat(received).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.1", "2130706433", "0x7f.1", "0177.0.0.1"})
    void aNumberInPlaceOfAnAddressIsRefused(String host) {
        assertThat(permanent(Map.of("url", "http://" + host + "/", "payload", 1)))
                .isEqualTo("url 'http://" + host + "/' has the host '" + host
                        + "', a number in place of an address; allowed: a.b.c.d in decimal, or a name");
    }

    // --- params

    static Stream<Arguments> badParams() {
        return Stream.of(
                bad(
                        "body",
                        "secret",
                        "body is not a param; allowed: url, payload, secret, headers, expect, timeout_seconds"),
                bad("url", null, "url is missing; allowed: http://… or https://…"),
                bad("url", 7, "url is '7'; allowed: http://… or https://…"),
                bad(
                        "url",
                        "http://me:secret@example.org/?secret",
                        "url 'http://example.org/' has a user or a password; allowed: a URL without; they belong into the"
                                + " header Authorization"),
                bad("payload", null, "payload is missing; allowed: any JSON value"),
                bad("secret", "other", "secret is 'other'; allowed: default, rotated"),
                bad("secret", 7, "secret is '7'; allowed: default, rotated"),
                bad("headers", "secret", "headers is not an object; allowed: an object of text"),
                bad(
                        "headers",
                        Map.of("Webhook-Id", "secret"),
                        "headers.Webhook-Id is part of the signature, which is not the plan's; allowed: all but"
                                + " webhook-id, webhook-timestamp, webhook-signature"),
                bad(
                        "headers",
                        Map.of("X-A", "secret\n"),
                        "headers.X-A has a value that is not visible ASCII; allowed: text of visible ASCII characters,"
                                + " spaces and tabs"),
                bad(
                        "expect",
                        "ok",
                        "expect is 'ok'; allowed: a status (200 to 599), \"2xx\" to \"5xx\", or a list of these"),
                bad("timeout_seconds", 0, "timeout_seconds is '0'; allowed: 0.001 to 86400"));
    }

    private static Arguments bad(String param, @Nullable Object value, String message) {
        return Arguments.of(param, value, message);
    }

    @ParameterizedTest
    @MethodSource("badParams")
    void aBadParamIsRefusedInOneLine(String param, @Nullable Object value, String message) {
        var params = new HashMap<String, @Nullable Object>(Map.of("url", "http://example.invalid/", "payload", 1));
        if (value == null) {
            params.remove(param);
        } else {
            params.put(param, value);
        }

        assertThat(permanent(params)).isEqualTo(message);
    }

    @Test
    void aSecretHasToBeThere() {
        var params = Map.<String, @Nullable Object>of("url", url("/"), "payload", 1);

        assertThat(failure(skill(Map.of()), params, false))
                .isEqualTo(
                        "secret is 'default'; allowed: a secret under nova.skills.webhook_send.secrets, which has none");
        assertThat(failure(skill(Map.of("secrets", Map.of("a", KEY, "b", KEY))), params, false))
                .isEqualTo("secret is missing; allowed: a, b");
    }

    @Test
    void theSchemaOfItsParamsIsThere() {
        var schema = Json.object(Json.read(String.valueOf(skill.paramsSchema())));

        assertThat(schema).isNotNull();
        assertThat(Json.object(schema.get("properties")))
                .containsOnlyKeys("url", "payload", "secret", "headers", "expect", "timeout_seconds");
    }

    // --- settings

    private static final String ALLOWED =
            "; allowed: whsec_ and 24 to 64 bytes in base64, or a list of 1 to 10 of these";

    static Stream<Arguments> badSettings() {
        return Stream.of(
                setting(
                        "secret",
                        KEY,
                        "secret is not a setting; allowed: secrets, allow, max_retry_after_seconds, retries"),
                setting(
                        "max_response_bytes",
                        1,
                        "max_response_bytes is not a setting; allowed: secrets, allow,"
                                + " max_retry_after_seconds, retries"),
                setting("retries", 11, "retries is '11'; allowed: 0 to 10"),
                setting("secrets", KEY, "secrets is not a block; allowed: secrets { … }"),
                setting(
                        "secrets",
                        Map.of("a b", KEY),
                        "secrets.a b is no name of a secret; allowed: 1 to 63 letters, digits, hyphens and underscores"),
                setting("secrets", Map.of("a", 7), "secrets.a is not text" + ALLOWED),
                setting("secrets", Map.of("a", KEY.substring(6)), "secrets.a does not begin with whsec_" + ALLOWED),
                setting("secrets", Map.of("a", "whsec_???"), "secrets.a is not in base64" + ALLOWED),
                setting("secrets", Map.of("a", "whsec_c2hvcnQ="), "secrets.a has 5 bytes" + ALLOWED),
                setting("secrets", Map.of("a", List.of()), "secrets.a is a list of 0" + ALLOWED),
                setting("secrets", Map.of("a", List.of(KEY, "x")), "secrets.a does not begin with whsec_" + ALLOWED));
    }

    private static Arguments setting(String key, Object value, String message) {
        return Arguments.of(key, value, message);
    }

    @ParameterizedTest
    @MethodSource("badSettings")
    void aBadSettingIsRefused(String key, Object value, String message) {
        assertThatThrownBy(() -> skill(Map.of(key, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    // --- how

    /** By RFC 2104, from the hash alone. */
    private static String signature(String key, Received request) throws Exception {
        var block = Arrays.copyOf(Base64.getDecoder().decode(key.substring("whsec_".length())), 64);
        var signed = new ByteArrayOutputStream();
        signed.writeBytes((request.header("webhook-id") + "." + request.header("webhook-timestamp") + ".")
                .getBytes(StandardCharsets.US_ASCII));
        signed.writeBytes(request.body());
        return Base64.getEncoder().encodeToString(hash(xor(block, 0x5c), hash(xor(block, 0x36), signed.toByteArray())));
    }

    private static byte[] hash(byte[] first, byte[] second) throws Exception {
        var hash = MessageDigest.getInstance("SHA-256");
        hash.update(first);
        return hash.digest(second);
    }

    private static byte[] xor(byte[] block, int with) {
        var result = block.clone();
        for (int i = 0; i < result.length; i++) {
            result[i] = (byte) (result[i] ^ with);
        }
        return result;
    }

    private WebhookSendSkill skill(Map<String, Object> settings) {
        InstantSource time = () -> Instant.ofEpochSecond(now.get());
        var made = new WebhookSendSkill(WebhookSendSkillTest::resolve, time.withZone(ZoneOffset.UTC));
        made.configure(settings);
        return made;
    }

    private static InetAddress[] resolve(String host) throws UnknownHostException {
        return host.equals("named.invalid")
                ? new InetAddress[] {Inet4Address.ofLiteral("127.0.0.1")}
                : InetAddress.getAllByName(host);
    }

    private void on(String path, int status, String body) {
        server.createContext(path, it -> answer(it, status, body));
    }

    private void answer(HttpExchange it, int status, String body) throws IOException {
        try (it) {
            var headers = new HashMap<String, String>();
            it.getRequestHeaders()
                    .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), String.join(", ", values)));
            received.add(new Received(
                    headers, it.getRequestMethod(), it.getRequestBody().readAllBytes()));
            var bytes = body.getBytes(StandardCharsets.UTF_8);
            it.getResponseHeaders().set("Content-Type", "text/plain");
            it.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            if (bytes.length > 0) {
                it.getResponseBody().write(bytes);
            }
        }
    }

    private String url(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    private Map<String, @Nullable Object> call(Map<String, @Nullable Object> params) throws Exception {
        var output = Json.object(skill.run(params, new TestContext(RUN, "agent", "s1", 1, 5)));
        assertThat(output).isNotNull();
        return output;
    }

    private String permanent(Map<String, @Nullable Object> params) {
        return failure(skill, params, false);
    }

    private String retryable(Map<String, @Nullable Object> params) {
        return failure(skill, params, true);
    }

    private static String failure(WebhookSendSkill skill, Map<String, @Nullable Object> params, boolean retryable) {
        var messages = new ArrayList<String>();
        assertThatThrownBy(() -> skill.run(params, new TestContext(RUN, "agent", "s1", 1, 5)))
                .isInstanceOfSatisfying(SkillFailure.class, it -> {
                    assertThat(it.isRetryable()).as(it.getMessage()).isEqualTo(retryable);
                    messages.add(String.valueOf(it.getMessage()));
                });
        assertThat(messages.getFirst()).doesNotContain("secret=", KEY.substring(6), "v1,");
        return messages.getFirst();
    }
}
