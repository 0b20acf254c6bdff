package com.agenticverz.nova.skill.builtin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.skill.SkillFailure;
import com.agenticverz.nova.skill.TestContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpCallSkillTest {

    private static final UUID RUN = UUID.fromString("0198c0de-0000-7000-8000-000000000001");
    private static final Duration LONG = Duration.ofSeconds(30);

    private final List<HttpServer> servers = new ArrayList<>();
    private final Map<String, InetAddress[]> names = new HashMap<>();
    private final List<String> resolved = Collections.synchronizedList(new ArrayList<>());
    private final HttpServer server = start(HttpServer.create());
    private final HttpCallSkill skill = skill(Map.of("allow", List.of("127.0.0.0/8")));

    HttpCallSkillTest() throws IOException {}

    @AfterEach
    void stop() {
        servers.forEach(it -> it.stop(0));
    }

    // --- answers

    @Test
    void aJsonAnswerIsRead() throws Exception {
        on("/order", it -> {
            it.getResponseHeaders().add("X-Two", "a");
            it.getResponseHeaders().add("X-Two", "b");
            answer(it, 200, "application/json; charset=utf-8", "{\"id\":7,\"name\":\"ä\"}");
        });

        var output = call(Map.of("url", url("/order")));

        assertThat(output).containsEntry("status", 200).containsEntry("body", Map.of("id", 7, "name", "ä"));
        assertThat(output).containsOnlyKeys("status", "headers", "body");
        assertThat(output)
                .extractingByKey("headers", InstanceOfAssertFactories.map(String.class, String.class))
                .containsEntry("x-two", "a, b")
                .containsEntry("content-type", "application/json; charset=utf-8");
        assertThat(Json.read(Json.write(output))).isEqualTo(output);
    }

    @ParameterizedTest
    @CsvSource({
        "application/problem+json, '[1]', '[1]'",
        "APPLICATION/JSON, 'true', 'true'",
        "text/html, '<p>ä', '\"<p>ä\"'",
        "application/xml, '<a/>', '\"<a/>\"'",
        ", 'plain', '\"plain\"'",
        "application/json, '', 'null'",
        "text/plain, '', 'null'",
        "text/plain; charset=no-such, 'a', '\"a\"'",
    })
    void whatTheBodyBecomesGoesByItsType(@Nullable String type, String body, String json) throws Exception {
        on("/", it -> answer(it, 200, type, body));

        assertThat(call(Map.of("url", url("/")))).containsEntry("body", Json.read(json));
    }

    static Stream<Arguments> binary() {
        return Stream.of(
                Arguments.of("image/png", "", new byte[] {1, 2, 3}, "AQID"),
                Arguments.of("application/octet-stream", "", new byte[] {'a'}, "YQ=="),
                Arguments.of("text/plain", "", new byte[] {(byte) 0xff}, "/w=="),
                Arguments.of("text/plain", "", new byte[] {0}, "AA=="),
                Arguments.of("application/json", "gzip", new byte[] {'1'}, "MQ=="));
    }

    @ParameterizedTest
    @MethodSource("binary")
    void whatIsNotTextComesInBase64(String type, String encoding, byte[] body, String base64) throws Exception {
        on("/", it -> {
            if (!encoding.isEmpty()) {
                it.getResponseHeaders().set("Content-Encoding", encoding);
            }
            answer(it, 200, type, body);
        });

        assertThat(call(Map.of("url", url("/"))))
                .containsEntry("body_base64", base64)
                .doesNotContainKey("body");
    }

    @Test
    void textIsReadInItsCharset() throws Exception {
        on("/", it -> answer(it, 200, "text/plain; charset=\"ISO-8859-1\"", new byte[] {(byte) 0xe4}));

        assertThat(call(Map.of("url", url("/")))).containsEntry("body", "ä");
    }

    @Test
    void jsonThatIsNoneFails() {
        on("/", it -> answer(it, 200, "application/json", "{\"a\":"));

        assertThat(permanent(Map.of("url", url("/"))))
                .startsWith("GET " + url("/") + " answered 200 with application/json that is not JSON: ");
    }

    @Test
    void headHasNoBody() throws Exception {
        on("/", it -> {
            it.getResponseHeaders().set("X-Method", it.getRequestMethod());
            it.sendResponseHeaders(200, -1);
        });

        assertThat(call(Map.of("url", url("/"), "method", "HEAD")))
                .containsEntry("body", null)
                .extractingByKey("headers", InstanceOfAssertFactories.map(String.class, String.class))
                .containsEntry("x-method", "HEAD");
    }

    // --- requests

    @Test
    void aRequestLooksAsIfItHadGoneThereItself() throws Exception {
        try (var raw = new ServerSocket(0, 1, Inet4Address.ofLiteral("127.0.0.1"))) {
            var port = raw.getLocalPort();
            names.put("api.invalid", addresses("127.0.0.1"));
            var call = inBackground(() -> call(Map.of("url", "http://api.invalid:" + port + "/a%20b/ä?c=d&e#f")));
            try (var socket = raw.accept()) {
                var lines = head(socket.getInputStream());
                socket.getOutputStream()
                        .write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".getBytes(StandardCharsets.US_ASCII));
                assertThat(call.get(30, TimeUnit.SECONDS)).containsEntry("body", "ok");
                assertThat(lines.getFirst()).isEqualTo("GET /a%20b/%C3%A4?c=d&e HTTP/1.1");
                assertThat(lines).contains("Host: api.invalid:" + port, "User-Agent: nova");
                assertThat(lines)
                        .noneMatch(it -> it.toLowerCase(Locale.ROOT).startsWith("idempotency-key")
                                || it.toLowerCase(Locale.ROOT).startsWith("proxy"));
            }
        }
    }

    @Test
    void aValueIsSentAsJson() throws Exception {
        on("/", HttpCallSkillTest::echo);

        for (var method : List.of("POST", "PUT", "PATCH", "DELETE")) {
            assertThat(echoed(Map.of("url", url("/"), "method", method, "body", Map.of("ä", List.of(1, 2)))))
                    .containsEntry("method", method)
                    .containsEntry("body", "{\"ä\":[1,2]}")
                    .containsEntry("content-type", "application/json")
                    .containsEntry("idempotency-key", RUN + "/s1");
        }
    }

    @Test
    void textIsSentAsItIs() throws Exception {
        on("/", HttpCallSkillTest::echo);

        assertThat(echoed(Map.of("url", url("/"), "method", "POST", "body", "a=ä")))
                .containsEntry("body", "a=ä")
                .containsEntry("content-type", "text/plain; charset=utf-8");
    }

    @Test
    void thePlansHeadersWin() throws Exception {
        on("/", HttpCallSkillTest::echo);

        assertThat(echoed(Map.of(
                        "url",
                        url("/"),
                        "method",
                        "POST",
                        "body",
                        false,
                        "headers",
                        Map.of("content-TYPE", "x/y", "IDEMPOTENCY-key", "mine", "user-agent", "me", "X-A", "b c"))))
                .containsEntry("body", "false")
                .containsEntry("content-type", "x/y")
                .containsEntry("idempotency-key", "mine")
                .containsEntry("user-agent", "me")
                .containsEntry("x-a", "b c");
    }

    @Test
    void anIdempotencyKeyIsMadeOfWhatAHeaderMayHold() throws Exception {
        on("/", HttpCallSkillTest::echo);
        var context = new TestContext(RUN, "agent", "schritt ä\n", 1, 5);

        var output = skill.run(Map.of("url", url("/"), "method", "POST"), context);

        assertThat(output)
                .extracting("body", InstanceOfAssertFactories.map(String.class, Object.class))
                .containsEntry("idempotency-key", RUN + "/schritt%20%C3%A4%0A");
    }

    // --- params

    static Stream<Arguments> badParams() {
        return Stream.of(
                bad(Map.of(), "url is missing; allowed: http://… or https://…"),
                bad("url", 7, "url is '7'; allowed: http://… or https://…"),
                bad(
                        "url",
                        "ftp://example.org/",
                        "url 'ftp://example.org/' is not of that kind; allowed: http://… or https://…"),
                bad("url", "/path", "url '/path' is not of that kind; allowed: http://… or https://…"),
                bad("url", "", "url '' is not of that kind; allowed: http://… or https://…"),
                bad("url", "http:///path", "url 'http:///path' is not of that kind; allowed: http://… or https://…"),
                bad(
                        "url",
                        "http://a b/?secret",
                        "url 'http://a b/' is not a URL (Illegal character in authority); allowed: http://… or https://…"),
                bad(
                        "url",
                        "http://user:secret@example.org/?secret",
                        "url 'http://example.org/' has a user or a password; allowed: a URL without; they belong into the"
                                + " header Authorization"),
                bad(
                        "url",
                        "http://user:se/cret@example.org:x/",
                        "url 'http://example.org:x/' has no host that can be one; allowed: letters, digits, hyphens and"
                                + " dots, or an address"),
                bad(
                        "url",
                        "http://example.org/?a\nsecret",
                        "url 'http://example.org/' is not a URL (Illegal character in query); allowed: http://… or"
                                + " https://…"),
                bad(
                        "url",
                        "http://my_host/",
                        "url 'http://my_host/' has no host that can be one; allowed: letters, digits, hyphens and dots, or"
                                + " an address"),
                bad("url", "http://example.org:0/", "url 'http://example.org:0/' has the port 0; allowed: 1 to 65535"),
                bad(
                        "url",
                        "http://example.org:65536/",
                        "url 'http://example.org:65536/' has the port 65536; allowed: 1 to 65535"),
                bad(
                        "url",
                        "http://[fe80::1%25eth0]/",
                        "url 'http://[fe80::1%25eth0]/' has an address with a zone; allowed: an address without"),
                bad("method", "get", "method is 'get'; allowed: GET, HEAD, POST, PUT, PATCH, DELETE"),
                bad("method", "TRACE", "method is 'TRACE'; allowed: GET, HEAD, POST, PUT, PATCH, DELETE"),
                bad("method", 1, "method is '1'; allowed: GET, HEAD, POST, PUT, PATCH, DELETE"),
                bad(
                        "body",
                        "secret",
                        "body is given, but method is 'GET'; allowed: a body with POST, PUT, PATCH or DELETE"),
                bad("headers", List.of("secret"), "headers is not an object; allowed: an object of text"),
                bad(
                        "headers",
                        Map.of("a b", "secret"),
                        "headers.a b is no name of a header; allowed: letters, digits and hyphens"),
                bad(
                        "headers",
                        Map.of("X-A", 1),
                        "headers.X-A has a value that is not text; allowed: text of visible ASCII characters, spaces and"
                                + " tabs"),
                bad(
                        "headers",
                        Map.of("X-A", "secret\r\nX-B: c"),
                        "headers.X-A has a value that is not visible ASCII; allowed: text of visible ASCII characters,"
                                + " spaces and tabs"),
                bad("headers", Map.of("X-A", "1", "x-a", "2"), "; allowed: once"),
                bad(
                        "headers",
                        Map.of("Host", "example.org"),
                        "headers.Host is for the connection, which is not the plan's; allowed: all but connection,"
                                + " content-length, expect, host, keep-alive, proxy-authorization, proxy-connection, te,"
                                + " trailer, transfer-encoding, upgrade"),
                bad(
                        "expect",
                        199,
                        "expect is '199'; allowed: a status (200 to 599), \"2xx\" to \"5xx\", or a list of these"),
                bad(
                        "expect",
                        List.of(200, "1xx"),
                        "expect is '[200,\"1xx\"]'; allowed: a status (200 to 599), \"2xx\" to \"5xx\", or a list of these"),
                bad(
                        "expect",
                        List.of(),
                        "expect is '[]'; allowed: a status (200 to 599), \"2xx\" to \"5xx\", or a list of these"),
                bad("timeout_seconds", 0, "timeout_seconds is '0'; allowed: 0.001 to 86400"),
                bad("timeout_seconds", 86_401, "timeout_seconds is '86401'; allowed: 0.001 to 86400"),
                bad("timeout_seconds", "1", "timeout_seconds is '1'; allowed: 0.001 to 86400"),
                bad("follow_redirects", "no", "follow_redirects is 'no'; allowed: true, false"),
                bad(
                        "max_response_bytes",
                        0,
                        "max_response_bytes is '0'; allowed: 1 to 4194304 (nova.skills.http_call.max_response_bytes)"),
                bad(
                        "max_response_bytes",
                        4_194_305,
                        "max_response_bytes is '4194305'; allowed: 1 to 4194304"
                                + " (nova.skills.http_call.max_response_bytes)"),
                bad(
                        "max_response_bytes",
                        1.5,
                        "max_response_bytes is '1.5'; allowed: 1 to 4194304 (nova.skills.http_call.max_response_bytes)"),
                bad(
                        "uri",
                        "secret",
                        "uri is not a param; allowed: url, method, headers, body, expect, timeout_seconds,"
                                + " follow_redirects, max_response_bytes"));
    }

    private static Arguments bad(String param, Object value, String message) {
        return param.equals("url")
                ? bad(Map.of(param, value), message)
                : bad(Map.of("url", "http://example.invalid/", param, value), message);
    }

    private static Arguments bad(Map<String, Object> params, String message) {
        return Arguments.of(params, message);
    }

    @ParameterizedTest
    @MethodSource("badParams")
    void aBadParamIsRefusedInOneLine(Map<String, Object> params, String message) {
        assertThat(permanent(params)).endsWith(message).doesNotContain("\n", "secret");
        assertThat(resolved).isEmpty();
    }

    // --- statuses

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 403, 404, 407, 409, 418, 304})
    void anUnexpectedStatusIsFinal(int status) {
        on("/it", it -> answer(it, status, "text/plain", status == 304 ? "" : "no\n such\tthing"));

        assertThat(permanent(Map.of("url", url("/it?secret=1"), "headers", Map.of("Authorization", "secret"))))
                .isEqualTo("GET " + url("/it") + " answered " + status + (status == 304 ? "" : ": no such thing"));
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 502, 503, 504})
    void whatMayPassIsTriedAgainByTheRun(int status) {
        on("/it", it -> answer(it, status, "application/json", "{\"error\":1}"));

        assertThat(retryable(Map.of("url", url("/it"))))
                .isEqualTo("GET " + url("/it") + " answered " + status + ": {\"error\":1}");
    }

    @Test
    void theMessageHasTheBeginningOfTheBody() {
        on("/text", it -> answer(it, 404, "text/plain", "ä".repeat(100_000)));
        on("/binary", it -> answer(it, 404, "image/png", new byte[] {1, 2, 3}));

        assertThat(permanent(Map.of("url", url("/text")))).endsWith(" answered 404: " + "ä".repeat(200) + "…");
        assertThat(permanent(Map.of("url", url("/binary")))).endsWith(" answered 404: binary, image/png");
    }

    @Test
    void whatIsExpectedIsNoFailure() throws Exception {
        on("/404", it -> answer(it, 404, "text/plain", "none"));
        on("/503", it -> answer(it, 503, "text/plain", "busy"));
        on("/302", it -> redirect(it, 302, "/404"));

        assertThat(call(Map.of("url", url("/404"), "expect", List.of(200, 404))))
                .containsEntry("body", "none");
        assertThat(call(Map.of("url", url("/503"), "expect", "5xx"))).containsEntry("status", 503);
        assertThat(call(Map.of("url", url("/302"), "expect", 302))).containsEntry("status", 302);
        assertThat(permanent(Map.of("url", url("/404"), "expect", "3xx"))).endsWith("answered 404: none");
    }

    // --- redirects

    @ParameterizedTest
    @CsvSource({
        "301, POST, GET",
        "302, POST, GET",
        "303, POST, GET",
        "303, PUT, GET",
        "303, HEAD, HEAD",
        "301, PUT, PUT",
        "302, DELETE, DELETE",
        "307, POST, POST",
        "308, POST, POST",
        "302, GET, GET",
    })
    void aRedirectIsFollowed(int status, String method, String then) throws Exception {
        var methods = Collections.synchronizedList(new ArrayList<String>());
        on("/from", it -> redirect(it, status, "there?a=b"));
        on("/there", it -> {
            methods.add(it.getRequestMethod() + " " + it.getRequestURI());
            echo(it);
        });
        var params = new HashMap<String, @Nullable Object>(Map.of("url", url("/from"), "method", method));
        if (!method.equals("GET") && !method.equals("HEAD")) {
            params.put("body", List.of(1));
        }

        var output = call(params);

        assertThat(methods).containsExactly(then + " /there?a=b");
        if (then.equals("GET")) {
            assertThat(output)
                    .extractingByKey("body", InstanceOfAssertFactories.map(String.class, Object.class))
                    .containsEntry("body", "")
                    .doesNotContainKeys("content-type", "idempotency-key");
        } else if (!then.equals("HEAD")) {
            assertThat(output)
                    .extractingByKey("body", InstanceOfAssertFactories.map(String.class, Object.class))
                    .containsEntry("body", "[1]")
                    .containsEntry("content-type", "application/json")
                    .containsKey("idempotency-key");
        }
    }

    @Test
    void anotherOriginDoesNotLearnWhatIsForThisOne() throws Exception {
        var other = start(HttpServer.create());
        other.createContext("/", HttpCallSkillTest::echo);
        on("/", HttpCallSkillTest::echo);
        on(
                "/other",
                it -> redirect(it, 307, "http://127.0.0.1:" + other.getAddress().getPort() + "/"));
        on("/same", it -> redirect(it, 307, "/"));
        var headers = Map.of(
                "Authorization",
                "secret",
                "Cookie",
                "secret",
                "X-Api-Key",
                "secret",
                "Accept",
                "a/b",
                "User-Agent",
                "me");

        assertThat(echoed(Map.of("url", url("/same"), "method", "POST", "body", "it", "headers", headers)))
                .containsAllEntriesOf(Map.of("authorization", "secret", "cookie", "secret", "x-api-key", "secret"));
        assertThat(echoed(Map.of("url", url("/other"), "method", "POST", "body", "it", "headers", headers)))
                .containsAllEntriesOf(Map.of("accept", "a/b", "user-agent", "me", "body", "it"))
                .doesNotContainValue("secret");
    }

    @Test
    void aCircleOfRedirectsEnds() {
        var requests = new AtomicInteger();
        on("/", it -> {
            requests.incrementAndGet();
            redirect(it, 302, "/");
        });

        assertThat(permanent(Map.of("url", url("/"))))
                .isEqualTo("GET " + url("/") + " redirects once more; allowed: at most 5 redirects");
        assertThat(requests).hasValue(6);
    }

    @Test
    void redirectsAreLeftAloneWhereToldSo() {
        on("/", it -> redirect(it, 302, "/there"));

        assertThat(permanent(Map.of("url", url("/"), "follow_redirects", false)))
                .isEqualTo("GET " + url("/") + " answered 302");
    }

    @ParameterizedTest
    @CsvSource({
        "http://169.254.169.254/latest, 'host ''169.254.169.254'' has the address 169.254.169.254 (link-local), which is"
                + " refused unless nova.skills.http_call.allow has that host or a range around it'",
        "//[::1]/, '(loopback), which is refused unless nova.skills.http_call.allow has that host or a range around it'",
        "http://0x7f.1/?secret, 'redirects to ''http://0x7f.1/'' has the host ''0x7f.1'', a number in place of an address;"
                + " allowed: a.b.c.d in decimal, or a name'",
        "file:///etc/passwd, 'redirects to ''file:///etc/passwd'' is not of that kind; allowed: http://… or https://…'",
        "http://a b/, 'is not a URL (Illegal character in authority); allowed: http://… or https://…'",
    })
    void aRedirectLeadsNowhereThatAPlanMayNotGo(String location, String message) {
        on("/", it -> redirect(it, 302, location));

        assertThat(permanent(Map.of("url", url("/")))).endsWith(message).doesNotContain("secret");
    }

    // --- TLS

    @Test
    void theCertificateIsThatOfTheName() throws Exception {
        var tls = TestCertificate.of("api.invalid");
        var secure = HttpsServer.create();
        secure.setHttpsConfigurator(new HttpsConfigurator(tls));
        int port = start(secure).getAddress().getPort();
        secure.createContext("/", HttpCallSkillTest::echo);
        secure.createContext("/down", it -> redirect(it, 302, url("/?secret")));
        names.put("api.invalid", addresses("127.0.0.1"));
        names.put("other.invalid", addresses("127.0.0.1"));
        var trusting = new HttpCallSkill(this::resolve, tls);
        trusting.configure(Map.of("allow", List.of("127.0.0.0/8")));

        assertThat(call(trusting, Map.of("url", "https://api.invalid:" + port + "/", "method", "POST", "body", "it")))
                .extractingByKey("body", InstanceOfAssertFactories.map(String.class, Object.class))
                .containsEntry("body", "it")
                .containsEntry("host", "api.invalid:" + port);
        assertThat(failure(trusting, Map.of("url", "https://other.invalid:" + port + "/"), false))
                .startsWith("GET https://other.invalid:" + port + "/ failed: ");
        assertThat(failure(trusting, Map.of("url", "https://127.0.0.1:" + port + "/"), false))
                .startsWith("GET https://127.0.0.1:" + port + "/ failed: ");
        assertThat(failure(skill, Map.of("url", "https://api.invalid:" + port + "/"), false))
                .startsWith("GET https://api.invalid:" + port + "/ failed: ");
        assertThat(failure(trusting, Map.of("url", "https://api.invalid:" + port + "/down"), false))
                .isEqualTo("GET https://api.invalid:" + port + "/down redirects to " + url("/")
                        + "; allowed: from https only to https");
    }

    // --- Retry-After

    @Test
    void aServerThatAsksForPatienceIsAskedAgain() throws Exception {
        for (var status : List.of(429, 503)) {
            var requests = new AtomicInteger();
            on("/" + status, it -> {
                if (requests.incrementAndGet() <= 2) {
                    it.getResponseHeaders().set("Retry-After", requests.get() == 1 ? "0" : date(-60));
                    answer(it, status, "text/plain", "busy");
                } else {
                    echo(it);
                }
            });

            assertThat(echoed(Map.of("url", url("/" + status), "method", "POST", "body", "it")))
                    .containsEntry("body", "it");
            assertThat(requests).hasValue(3);
        }
    }

    @Test
    void theTimeThatItAsksForPasses() throws Exception {
        var requests = new AtomicInteger();
        on("/", it -> {
            if (requests.incrementAndGet() == 1) {
                it.getResponseHeaders().set("Retry-After", "1");
                answer(it, 429, "text/plain", "busy");
            } else {
                echo(it);
            }
        });
        long before = System.nanoTime();

        call(Map.of("url", url("/")));

        assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void patienceEnds() {
        var requests = new AtomicInteger();
        on("/", it -> {
            requests.incrementAndGet();
            it.getResponseHeaders().set("Retry-After", "0");
            answer(it, 503, "text/plain", "busy");
        });

        assertThat(retryable(Map.of("url", url("/"))))
                .isEqualTo("GET " + url("/") + " answered 503 and asks to wait once more, after 2 retries"
                        + " (nova.skills.http_call.retries): busy");
        assertThat(requests).hasValue(3);
    }

    @Test
    void aLongWaitIsForTheRun() {
        on("/seconds", it -> {
            it.getResponseHeaders().set("Retry-After", "61");
            answer(it, 429, "text/plain", "busy");
        });
        on("/date", it -> {
            it.getResponseHeaders().set("Retry-After", date(86_400));
            answer(it, 503, "text/plain", "busy");
        });

        assertThat(retryable(Map.of("url", url("/seconds"))))
                .isEqualTo("GET " + url("/seconds") + " answered 429 and asks to wait 61 s, more than 60 s"
                        + " (nova.skills.http_call.max_retry_after_seconds): busy");
        assertThat(retryable(Map.of("url", url("/date"))))
                .contains("answered 503 and asks to wait 86", "more than 60 s");
    }

    @Test
    void whatCannotBeUnderstoodOrIsNotForThatIsNoReasonToWait() {
        on("/429", it -> {
            it.getResponseHeaders().set("Retry-After", "soon");
            answer(it, 429, "text/plain", "busy");
        });
        on("/500", it -> {
            it.getResponseHeaders().set("Retry-After", "0");
            answer(it, 500, "text/plain", "broken");
        });

        assertThat(retryable(Map.of("url", url("/429")))).endsWith(" answered 429: busy");
        assertThat(retryable(Map.of("url", url("/500")))).endsWith(" answered 500: broken");
    }

    // --- limits

    @Test
    void aResponseMayHaveAsManyBytesAsAllowed() throws Exception {
        on("/", it -> answer(it, 200, "text/plain", "x".repeat(1000)));

        assertThat(call(Map.of("url", url("/"), "max_response_bytes", 1000))).containsEntry("body", "x".repeat(1000));
        assertThat(permanent(Map.of("url", url("/"), "max_response_bytes", 999)))
                .isEqualTo("GET " + url("/") + " answered 200 with more than 999 bytes (max_response_bytes)");
    }

    @Test
    void aResponseWithoutEndIsNotReadToTheEnd() throws Exception {
        var closed = new CountDownLatch(1);
        on("/", it -> {
            it.sendResponseHeaders(200, 0);
            try (var body = it.getResponseBody()) {
                while (true) {
                    body.write(new byte[10_000]);
                }
            } catch (IOException e) {
                closed.countDown();
            }
        });

        assertThat(permanent(Map.of("url", url("/")))).endsWith(" with more than 1048576 bytes (max_response_bytes)");
        assertThat(closed.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aServerThatDoesNotAnswerTimesOut() throws Exception {
        var end = new CountDownLatch(1);
        on("/silent", it -> pause(end));
        on("/stalled", it -> {
            it.sendResponseHeaders(200, 10);
            it.getResponseBody().write('x');
            it.getResponseBody().flush();
            pause(end);
        });

        for (var path : List.of("/silent", "/stalled")) {
            assertThat(retryable(Map.of("url", url(path), "timeout_seconds", 0.3)))
                    .isEqualTo("GET " + url(path) + " timed out after 0.3 s (timeout_seconds)");
        }
        end.countDown();
    }

    @Test
    void anInterruptEndsACall() throws Exception {
        try (var raw = new ServerSocket(0, 1, Inet4Address.ofLiteral("127.0.0.1"))) {
            var ended = new FutureTask<>(() -> {
                assertThatThrownBy(() -> call(Map.of("url", "http://127.0.0.1:" + raw.getLocalPort() + "/")))
                        .isInstanceOf(InterruptedException.class);
                return true;
            });
            var caller = Thread.ofVirtual().start(ended);
            try (var socket = raw.accept()) {
                head(socket.getInputStream());

                caller.interrupt();

                assertThat(ended.get(30, TimeUnit.SECONDS)).isTrue();
                socket.setSoTimeout(30_000);
                assertThat(socket.getInputStream().read()).isEqualTo(-1);
            }
        }
    }

    @Test
    void anInterruptEndsAWait() throws Exception {
        var asked = new CountDownLatch(1);
        on("/", it -> {
            it.getResponseHeaders().set("Retry-After", "60");
            answer(it, 429, "text/plain", "busy");
            asked.countDown();
        });
        var ended = new FutureTask<>(() -> {
            assertThatThrownBy(() -> call(Map.of("url", url("/")))).isInstanceOf(InterruptedException.class);
            return true;
        });
        var caller = Thread.ofVirtual().start(ended);
        asked.await();

        caller.interrupt();

        assertThat(ended.get(30, TimeUnit.SECONDS)).isTrue();
    }

    // --- failures of the network

    @Test
    void aServerThatIsNotThereMayBeLater() throws Exception {
        int port;
        try (var closed = new ServerSocket(0, 1, Inet4Address.ofLiteral("127.0.0.1"))) {
            port = closed.getLocalPort();
        }

        assertThat(retryable(Map.of("url", "http://127.0.0.1:" + port + "/")))
                .startsWith("GET http://127.0.0.1:" + port + "/ failed: Connection refused");
        assertThat(retryable(Map.of("url", "http://none.invalid/")))
                .isEqualTo("GET http://none.invalid/ failed: host 'none.invalid' has no address");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "HTTP/1.1 200 OK\r\n\r\nhalf",
                "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
                "nonsense\r\n\r\n"
            })
    void whatBreaksOffIsNoAnswer(String begun) throws Exception {
        try (var raw = new ServerSocket(0, 1, Inet4Address.ofLiteral("127.0.0.1"))) {
            var params = Map.<String, @Nullable Object>of("url", "http://127.0.0.1:" + raw.getLocalPort() + "/");
            var call = inBackground(() -> retryable(params));
            try (var socket = raw.accept()) {
                head(socket.getInputStream());
                socket.getOutputStream().write(begun.getBytes(StandardCharsets.US_ASCII));
                socket.setSoLinger(true, 0);
            }
            assertThat(call.get(30, TimeUnit.SECONDS)).startsWith("GET http://127.0.0.1:");
        }
    }

    @Test
    void theNextAddressIsTriedWhereTheFirstDoesNotAnswer() throws Exception {
        on("/", HttpCallSkillTest::echo);
        names.put("two.invalid", addresses("::1", "127.0.0.1"));
        var both = skill(Map.of("allow", List.of("127.0.0.0/8", "::1")));

        assertThat(call(
                        both,
                        Map.of(
                                "url",
                                "http://two.invalid:" + server.getAddress().getPort() + "/")))
                .containsEntry("status", 200);
    }

    // --- the guard

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "LOCALHOST.",
                "127.0.0.1",
                "127.1.2.3",
                "0.0.0.0",
                "10.0.0.1",
                "169.254.169.254",
                "[::1]",
                "[::]",
                "[::ffff:127.0.0.1]",
                "[::ffff:7f00:1]",
                "[::127.0.0.1]",
                "[64:ff9b::7f00:1]",
                "[2002:7f00:1::]",
                "[fd00::1]",
                "named.invalid",
                "mixed.invalid",
            })
    void whatIsInternalIsRefused(String host) {
        names.put("named.invalid", addresses("127.0.0.1"));
        names.put("mixed.invalid", addresses("192.0.9.9", "10.0.0.1"));

        var message = failure(
                skill(Map.of()),
                Map.of("url", "http://" + host + ":" + server.getAddress().getPort() + "/?secret"),
                false);

        assertThat(message)
                .contains("which is refused unless nova.skills.http_call.allow has that host or a range around it")
                .doesNotContain("secret");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.1",
                "2130706433",
                "0x7f.1",
                "0x7f000001",
                "0177.0.0.1",
                "017700000001",
                "127.0.0.0x1",
                "1.2.3.04",
                "127.1."
            })
    void aNumberInPlaceOfAnAddressIsRefusedWhateverIsAllowed(String host) {
        var everything = skill(Map.of("allow", List.of("0.0.0.0/0", "::/0")));

        assertThat(failure(everything, Map.of("url", "http://" + host + "/"), false))
                .contains("a number in place of an address; allowed: a.b.c.d in decimal, or a name");
        assertThat(resolved).isEmpty();
    }

    @Test
    void anAllowedHostIsCalledWhereverItIs() throws Exception {
        on("/", HttpCallSkillTest::echo);
        names.put("internal.invalid", addresses("127.0.0.1"));
        names.put("other.invalid", addresses("127.0.0.1"));
        var guarded = skill(Map.of("allow", List.of("internal.invalid")));
        int port = server.getAddress().getPort();

        assertThat(call(guarded, Map.of("url", "http://Internal.Invalid:" + port + "/")))
                .containsEntry("status", 200);
        assertThat(failure(guarded, Map.of("url", "http://other.invalid:" + port + "/"), false))
                .contains("host 'other.invalid' has the address 127.0.0.1 (loopback)");
    }

    /** Whoever owns a name could else answer the check with one address and the client with another one. */
    @Test
    void theAddressThatWasCheckedIsTheOneThatIsUsed() throws Exception {
        on("/", HttpCallSkillTest::echo);
        on("/again", it -> redirect(it, 302, "/"));
        names.put("rebinding.invalid", addresses("127.0.0.1"));

        // The JDK knows no such name, so had the client asked for it, there would be no answer.
        call(Map.of("url", "http://rebinding.invalid:" + server.getAddress().getPort() + "/again"));

        assertThat(resolved).containsExactly("rebinding.invalid", "rebinding.invalid");
    }

    @Test
    void aRedirectIsCheckedAnew() {
        names.put("rebinding.invalid", addresses("127.0.0.1"));
        on("/again", it -> {
            names.put("rebinding.invalid", addresses("10.0.0.1"));
            redirect(it, 302, "/");
        });

        assertThat(permanent(Map.of(
                        "url", "http://rebinding.invalid:" + server.getAddress().getPort() + "/again")))
                .contains("host 'rebinding.invalid' has the address 10.0.0.1 (private)");
    }

    // --- many

    @Test
    void manyCallsAtATimeEachGetTheirOwnAnswer() throws Exception {
        on("/", HttpCallSkillTest::echo);
        try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = IntStream.range(0, 100)
                    .mapToObj(i -> callers.submit(
                            () -> echoed(Map.of("url", url("/"), "method", "POST", "body", "number " + i))))
                    .toList();
            for (int i = 0; i < answers.size(); i++) {
                assertThat(answers.get(i).get(60, TimeUnit.SECONDS)).containsEntry("body", "number " + i);
            }
        }
    }

    @Test
    void aCallLeavesNothingBehind() throws Exception {
        on("/", HttpCallSkillTest::echo);
        var before = selectors();

        for (int i = 0; i < 20; i++) {
            call(Map.of("url", url("/")));
        }

        await().atMost(LONG).until(() -> selectors() <= before);
    }

    /** The threads of the JDK's clients, of which each has one. */
    private static long selectors() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(it -> it.getName().startsWith("HttpClient-"))
                .count();
    }

    // --- all of the above

    private HttpCallSkill skill(Map<String, Object> settings) {
        var skill = new HttpCallSkill(this::resolve, null);
        skill.configure(settings);
        return skill;
    }

    private InetAddress[] resolve(String host) throws UnknownHostException {
        resolved.add(host);
        if (names.containsKey(host)) {
            return names.get(host);
        }
        if (host.endsWith(".invalid")) {
            throw new UnknownHostException(host);
        }
        return InetAddress.getAllByName(host);
    }

    private static InetAddress[] addresses(String... literals) {
        return Stream.of(literals).map(InetAddress::ofLiteral).toArray(InetAddress[]::new);
    }

    private Map<String, @Nullable Object> call(Map<String, ? extends @Nullable Object> params) throws Exception {
        return call(skill, params);
    }

    private static Map<String, @Nullable Object> call(
            HttpCallSkill skill, Map<String, ? extends @Nullable Object> params) throws Exception {
        return Json.object(skill.run(new HashMap<>(params), new TestContext(RUN, "agent", "s1", 1, 5)));
    }

    /** The request as {@link #echo} saw it. */
    private Map<String, @Nullable Object> echoed(Map<String, ? extends @Nullable Object> params) throws Exception {
        return Json.object(call(params).get("body"));
    }

    private String permanent(Map<String, ? extends @Nullable Object> params) {
        return failure(skill, params, false);
    }

    private String retryable(Map<String, ? extends @Nullable Object> params) {
        return failure(skill, params, true);
    }

    private static String failure(
            HttpCallSkill skill, Map<String, ? extends @Nullable Object> params, boolean retryable) {
        var messages = new ArrayList<String>();
        assertThatThrownBy(() -> call(skill, params)).isInstanceOfSatisfying(SkillFailure.class, failure -> {
            assertThat(failure.isRetryable()).as(failure.getMessage()).isEqualTo(retryable);
            messages.add(failure.getMessage());
        });
        return messages.getFirst();
    }

    private static <T> Future<T> inBackground(Callable<T> call) {
        var task = new FutureTask<>(call);
        Thread.ofVirtual().start(task);
        return task;
    }

    private HttpServer start(HttpServer it) throws IOException {
        servers.add(it);
        it.bind(new InetSocketAddress(Inet4Address.ofLiteral("127.0.0.1"), 0), 0);
        it.setExecutor(task -> Thread.ofVirtual().start(task));
        it.start();
        return it;
    }

    private void on(String path, HttpHandler handler) {
        server.createContext(path, it -> {
            try (it) {
                handler.handle(it);
            }
        });
    }

    private String url(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    private static void answer(HttpExchange it, int status, @Nullable String type, String body) throws IOException {
        answer(it, status, type, body.getBytes(StandardCharsets.UTF_8));
    }

    private static void answer(HttpExchange it, int status, @Nullable String type, byte[] body) throws IOException {
        it.getRequestBody().readAllBytes();
        if (type != null) {
            it.getResponseHeaders().set("Content-Type", type);
        }
        boolean none = body.length == 0 || it.getRequestMethod().equals("HEAD");
        it.sendResponseHeaders(status, none ? -1 : body.length);
        if (!none) {
            it.getResponseBody().write(body);
        }
        it.close();
    }

    private static void redirect(HttpExchange it, int status, String location) throws IOException {
        it.getResponseHeaders().set("Location", location);
        answer(it, status, null, "");
    }

    /** Answers with the request. */
    private static void echo(HttpExchange it) throws IOException {
        var request = new HashMap<String, @Nullable Object>();
        it.getRequestHeaders()
                .forEach((name, values) -> request.put(name.toLowerCase(Locale.ROOT), String.join(", ", values)));
        request.put("method", it.getRequestMethod());
        request.put("body", new String(it.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        answer(it, 200, "application/json", Json.write(request));
    }

    private static void pause(CountDownLatch until) {
        try {
            until.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static String date(int secondsFromNow) {
        return DateTimeFormatter.RFC_1123_DATE_TIME.format(
                Instant.now().plusSeconds(secondsFromNow).atOffset(ZoneOffset.UTC));
    }

    private static List<String> head(InputStream from) throws IOException {
        var lines = new ArrayList<String>();
        var line = new StringBuilder();
        while (true) {
            int it = from.read();
            if (it < 0) {
                throw new IOException("ended after " + lines);
            }
            if (it == '\n') {
                if (line.isEmpty()) {
                    return lines;
                }
                lines.add(line.toString());
                line.setLength(0);
            } else if (it != '\r') {
                line.append((char) it);
            }
        }
    }
}
