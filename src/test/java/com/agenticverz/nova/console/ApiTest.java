package com.agenticverz.nova.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.DatabaseUrl;
import com.agenticverz.nova.store.TestDatabase;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the API answers, on a real server and a real database. */
class ApiTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    private final HttpClient client = HttpClient.newHttpClient();
    private final Console console = start(null, DATABASE::database);
    private final UUID run = DATABASE.insertRun();

    @AfterEach
    void close() {
        console.close();
        client.close();
        DATABASE.empty("runs");
    }

    // --- cancel

    @Test
    void aRunIsCancelled() throws Exception {
        var answer = post("/api/v1/runs/" + run + "/cancel", "{\"reason\": \"no longer ä needed\"}");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("{\"id\":\"" + run + "\",\"status\":\"cancelled\",\"was\":\"queued\"}");
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(answer.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
        assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
        assertThat(DATABASE.rows("SELECT status, error_message FROM runs"))
                .containsExactly(Map.of("status", "cancelled", "error_message", "no longer ä needed"));
    }

    @Test
    void aRunIsCancelledWithoutAReason() throws Exception {
        DATABASE.execute("UPDATE runs SET status = 'running'");

        var answer = send(request("/api/v1/runs/" + run + "/cancel").POST(BodyPublishers.noBody()));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains("\"was\":\"running\"");
        assertThat(DATABASE.one(String.class, "SELECT error_message FROM runs")).isEqualTo("cancelled by hand");
    }

    @Test
    void aRunThatHasEndedStaysAsItIs() throws Exception {
        post("/api/v1/runs/" + run + "/cancel", "{}");

        var answer = post("/api/v1/runs/" + run + "/cancel", "{\"reason\": \"again\"}");

        assertProblem(
                answer, 409, "Conflict", "run " + run + " is cancelled; nothing was done", "run_status", "cancelled");
        assertThat(DATABASE.one(String.class, "SELECT error_message FROM runs")).isEqualTo("cancelled by hand");
    }

    @Test
    void aRunThatIsNotThereIsNotFound() throws Exception {
        var id = UUID.randomUUID();

        assertProblem(post("/api/v1/runs/" + id + "/cancel", "{}"), 404, "Not Found", "run " + id + " is not there");
    }

    @ParameterizedTest
    @ValueSource(strings = {"7", "1-1-1-1-1", "0198c0de-0000-7000-8000-00000000000g"})
    void whatIsNoIdIsABadRequest(String id) throws Exception {
        assertProblem(
                post("/api/v1/runs/" + id + "/cancel", "{}"), 400, "Bad Request", "the id of the run is not a UUID");
    }

    // --- signals

    @Test
    void aSignalIsKeptForTheRunThatAsksForItLater() throws Exception {
        var answer = post("/api/v1/runs/" + run + "/signals/app%20roved", "{\"by\": \"ä\"}");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("{\"id\":\"" + run + "\",\"name\":\"app roved\",\"signal\":\"kept\"}");
        assertThat(DATABASE.rows("SELECT name, payload, idempotency_key FROM run_signals"))
                .containsExactly(signal("app roved", "{\"by\": \"ä\"}", null));
    }

    @Test
    void aSignalWithoutBodyIsNull() throws Exception {
        send(request("/api/v1/runs/" + run + "/signals/go").POST(BodyPublishers.noBody()));

        assertThat(DATABASE.rows("SELECT name, payload, idempotency_key FROM run_signals"))
                .containsExactly(signal("go", "null", null));
    }

    @Test
    void aSignalWakesTheRunThatSleepsUntilItComes() throws Exception {
        DATABASE.execute(
                "UPDATE runs SET status = 'scheduled', waits_for = '{go}', next_attempt_at = now() + interval '1 h'");

        assertThat(post("/api/v1/runs/" + run + "/signals/go", "7").body()).contains("\"signal\":\"woken\"");
        assertUntouched();
    }

    @Test
    void aSignalThatIsSentTwiceWithOneKeyIsOne() throws Exception {
        var request = json("/api/v1/runs/" + run + "/signals/go").header("Idempotency-Key", "k-1");

        assertThat(send(request.POST(BodyPublishers.ofString("1"))).body()).contains("\"signal\":\"kept\"");
        assertThat(send(request.POST(BodyPublishers.ofString("2"))).body()).contains("\"signal\":\"known\"");

        assertThat(DATABASE.rows("SELECT name, payload, idempotency_key FROM run_signals"))
                .containsExactly(signal("go", "1", "k-1"));
    }

    @Test
    void aSignalThatCannotBeIsRefused() throws Exception {
        var nobody = UUID.randomUUID();
        assertProblem(
                post("/api/v1/runs/" + nobody + "/signals/go", "1"), 404, "Not Found", "there is no run " + nobody);
        var nameless = problem(post("/api/v1/runs/" + run + "/signals/%C3%A4", "1"));
        assertThat(nameless).containsEntry("status", 400);
        assertThat(String.valueOf(nameless.get("detail"))).startsWith("the name of a signal is 'ä'; allowed: ");
        assertThat(problem(post("/api/v1/runs/" + run + "/signals/go", "\"\\u0000\"")))
                .containsEntry("status", 400);
        assertThat(problem(post("/api/v1/runs/7/signals/go", "1"))).containsEntry("status", 400);

        post("/api/v1/runs/" + run + "/cancel", "{}");
        assertProblem(
                post("/api/v1/runs/" + run + "/signals/go", "1"),
                409,
                "Conflict",
                "run " + run + " is cancelled; it takes no signal");
        assertThat(DATABASE.rows("SELECT name FROM run_signals")).isEmpty();
    }

    private static Map<String, @Nullable Object> signal(String name, String payload, @Nullable String key) {
        var row = new LinkedHashMap<String, @Nullable Object>();
        row.put("name", name);
        row.put("payload", payload);
        row.put("idempotency_key", key);
        return row;
    }

    // --- bodies

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[] | the body is something else; allowed: none, or an object with reason",
                "null | the body is something else; allowed: none, or an object with reason",
                "{\"why\": \"x\"} | the body is something else; allowed: none, or an object with reason",
                "{\"reason\": 7} | reason is something else; allowed: text of 1 to 1000 characters without NUL",
                "{\"reason\": \" \"} | reason is something else; allowed: text of 1 to 1000 characters without NUL",
                "{\"reason\": \"\\u0000\"} | reason is something else; allowed: text of 1 to 1000 characters without NUL",
            })
    void aBodyOfAnotherKindIsABadRequest(String body, String detail) throws Exception {
        assertProblem(post("/api/v1/runs/" + run + "/cancel", body), 400, "Bad Request", detail);
        assertUntouched();
    }

    @Test
    void whatIsNotJsonIsABadRequest() throws Exception {
        var answer = post("/api/v1/runs/" + run + "/cancel", "{\"reason\": ");

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(String.valueOf(problem(answer).get("detail")))
                .startsWith("the body is not JSON: ")
                .doesNotContain("\n");
        assertProblem(
                send(json("/api/v1/runs/" + run + "/cancel")
                        .POST(BodyPublishers.ofByteArray(new byte[] {'"', (byte) 0xff, '"'}))),
                400,
                "Bad Request",
                "the body is not UTF-8");
        assertUntouched();
    }

    @Test
    void whatDoesNotSayThatItIsJsonIsNotRead() throws Exception {
        var body = BodyPublishers.ofString("{}");

        assertProblem(
                send(request("/api/v1/runs/" + run + "/cancel").POST(body)),
                415,
                "Unsupported Media Type",
                "the body has no Content-Type; allowed: application/json");
        assertProblem(
                send(request("/api/v1/runs/" + run + "/cancel")
                        .header("Content-Type", "text/plain; a=application/json")
                        .POST(body)),
                415,
                "Unsupported Media Type",
                "the body has another Content-Type; allowed: application/json");
        assertUntouched();
        assertThat(send(request("/api/v1/runs/" + run + "/cancel")
                                .header("Content-Type", "Application/JSON; charset=utf-8")
                                .POST(body))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void aBodyThatIsTooLargeIsRefused() throws Exception {
        byte[] large =
                ("{\"reason\": \"" + "x".repeat(RequestBody.MOST_BYTES) + "\"}").getBytes(StandardCharsets.UTF_8);
        var path = "/api/v1/runs/" + run + "/cancel";

        for (BodyPublisher body : new BodyPublisher[] {
            BodyPublishers.ofByteArray(large), BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(large))
        }) {
            assertProblem(
                    send(json(path).POST(body)),
                    413,
                    "Content Too Large",
                    "the body is too large; allowed: at most 1048576 bytes");
        }
        assertUntouched();
    }

    // --- routes

    @ParameterizedTest
    @ValueSource(strings = {"/api", "/api/", "/api/v1", "/api/v1/runs/7", "/api/v2/runs/7/cancel"})
    void aRouteThatIsNotThereIsAProblem(String path) throws Exception {
        assertProblem(post(path, "{}"), 404, "Not Found", "there is no " + path);
        assertProblem(send(request(path).GET()), 404, "Not Found", "there is no " + path);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "PUT", "DELETE", "PATCH", "OPTIONS"})
    void anotherMethodIsNotAllowed(String method) throws Exception {
        var answer = send(request("/api/v1/runs/" + run + "/cancel").method(method, BodyPublishers.noBody()));

        assertProblem(answer, 405, "Method Not Allowed", method + " is not what this is for; allowed: POST");
        assertThat(answer.headers().firstValue("Allow")).hasValue("POST");
        assertThat(answer.headers().map().keySet())
                .noneMatch(it -> it.toLowerCase().startsWith("access-control"));
    }

    // --- who may

    @Test
    void withATokenNobodyMayWithoutIt() throws Exception {
        var path = "/api/v1/runs/" + run + "/cancel";
        try (var guarded = start("s3cret", DATABASE::database)) {
            var none = send(request(guarded, path).POST(BodyPublishers.noBody()));
            assertProblem(
                    none,
                    401,
                    "Unauthorized",
                    "there is no token; send the header Authorization: Bearer with the value of NOVA_API_TOKEN");
            assertThat(none.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
            assertThat(none.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
            for (var wrong : new String[] {"Bearer s3cre", "Bearer s3cret2", "Bearer", "Basic s3cret", "s3cret", ""}) {
                var answer = send(
                        request(guarded, path).header("Authorization", wrong).POST(BodyPublishers.noBody()));
                assertProblem(
                        answer,
                        401,
                        "Unauthorized",
                        "the token is not the right one; send the header Authorization: Bearer with the value of"
                                + " NOVA_API_TOKEN");
            }
            assertThat(send(request(guarded, "/api/v1/nope").GET()).statusCode())
                    .isEqualTo(401);
            assertUntouched();

            assertThat(send(request(guarded, path)
                                    .header("Authorization", "bearer s3cret")
                                    .POST(BodyPublishers.noBody()))
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://evil.example", "null", "http://127.0.0.1", "https://%s", "http://%s.evil.example"})
    void aPageOfAnotherOriginMayNot(String origin) throws Exception {
        var answer = send(request("/api/v1/runs/" + run + "/cancel")
                .header("Origin", origin.formatted(URI.create(console.url()).getAuthority()))
                .POST(BodyPublishers.noBody()));

        assertProblem(
                answer,
                403,
                "Forbidden",
                "without a token the API is not for pages of other origins; set NOVA_API_TOKEN");
        assertUntouched();
    }

    @Test
    void aPageOfTheNodeItselfMay() throws Exception {
        var answer = send(request("/api/v1/runs/" + run + "/cancel")
                .header("Origin", console.url())
                .POST(BodyPublishers.noBody()));

        assertThat(answer.statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"evil.example", "evil.example:%d", "127.0.0.1.evil.example:%d", "localhost.evil:%d", "10.0.0.1"})
    void aStrangersNameForThisHostMayNot(String host) throws Exception {
        var answer = raw(host.formatted(port()));

        assertThat(answer)
                .startsWith("HTTP/1.1 403 ")
                .contains("without a token the API is called by a loopback address");
        assertUntouched();
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost:%d", "LocalHost", "127.0.0.1:%d", "127.9.9.9", "[::1]:%d"})
    void theNamesOfLoopbackMay(String host) throws Exception {
        assertThat(raw(host.formatted(port()))).startsWith("HTTP/1.1 200 ");
    }

    // --- no database

    @Test
    void beforeTheDatabaseIsThereItIsUnavailable() throws Exception {
        try (var early = start(null, () -> null)) {
            var answer = send(request(early, "/api/v1/runs/" + run + "/cancel").POST(BodyPublishers.noBody()));

            assertProblem(answer, 503, "Service Unavailable", "the node has no database yet; try again");
            assertThat(answer.headers().firstValue("Retry-After")).hasValue("5");
        }
    }

    @Test
    void whileTheDatabaseIsAwayItIsUnavailable() throws Exception {
        var url = DatabaseUrl.parse("DATABASE_URL", "postgresql://nova@127.0.0.1:1/nova");
        try (var away = Database.open(url, url);
                var cut = start(null, () -> away)) {
            var answer = send(request(cut, "/api/v1/runs/" + run + "/cancel").POST(BodyPublishers.noBody()));

            assertProblem(
                    answer,
                    503,
                    "Service Unavailable",
                    "the database does not answer; whether it was done is not known; try again");
            assertThat(answer.headers().firstValue("Retry-After")).hasValue("5");
        }
    }

    @Test
    void aBugIsAProblemWithoutItsCause() throws Exception {
        try (var broken = start(null, () -> {
            throw new IllegalStateException("s3cret");
        })) {
            var answer = send(request(broken, "/api/v1/runs/" + run + "/cancel").POST(BodyPublishers.noBody()));

            assertProblem(answer, 500, "Server Error", "the node failed; its log says why");
        }
    }

    // --- how it is asked

    private static Console start(@Nullable String token, Supplier<@Nullable Database> database) {
        return Console.start(new HttpSettings("127.0.0.1", 0, token), () -> "", () -> Readiness.READY, database);
    }

    private int port() {
        return URI.create(console.url()).getPort();
    }

    private HttpRequest.Builder request(String path) {
        return request(console, path);
    }

    private static HttpRequest.Builder request(Console console, String path) {
        return HttpRequest.newBuilder(URI.create(console.url() + path));
    }

    private HttpRequest.Builder json(String path) {
        return request(path).header("Content-Type", "application/json");
    }

    private HttpResponse<String> post(String path, String body) throws Exception {
        return send(json(path).POST(BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** With a Host that the JDK's client would not send. */
    private String raw(String host) throws IOException {
        try (var socket = new Socket("127.0.0.1", port())) {
            socket.getOutputStream()
                    .write(("POST /api/v1/runs/" + run + "/cancel HTTP/1.1\r\nHost: " + host
                                    + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static Map<String, @Nullable Object> problem(HttpResponse<String> answer) {
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
        return Json.object(Json.read(answer.body()));
    }

    private static void assertProblem(
            HttpResponse<String> answer, int status, String title, String detail, String... more) {
        var expected = new LinkedHashMap<String, Object>();
        expected.put("type", "about:blank");
        expected.put("title", title);
        expected.put("status", status);
        expected.put("detail", detail);
        for (int i = 0; i < more.length; i += 2) {
            expected.put(more[i], more[i + 1]);
        }
        assertThat(problem(answer)).isEqualTo(expected);
        assertThat(answer.statusCode()).isEqualTo(status);
    }

    private static void assertUntouched() {
        assertThat(DATABASE.one(String.class, "SELECT status FROM runs")).isEqualTo("queued");
    }
}
