package com.agenticverz.nova.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.DatabaseUrl;
import com.agenticverz.nova.store.TestDatabase;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code POST /api/v1/runs} answers, on a real server and a real database. */
class EnqueueApiTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    private static final String RUN = "{\"agent_id\":\"me\",\"plan\":{\"steps\":[{\"skill\":\"noop\"}]}}";
    private static final String LINES = "application/x-ndjson";

    private final HttpClient client = HttpClient.newHttpClient();
    private final Console console = start(DATABASE::database);

    @AfterEach
    void close() {
        console.close();
        client.close();
        DATABASE.empty("runs, run_uniques");
    }

    // --- one

    @Test
    void aRunIsEnqueued() throws Exception {
        var answer = post(RUN.replace("\"me\"", "\"ä\",\"expires_at\":\"3000-01-01T00:00:00Z\""));

        assertThat(answer.statusCode()).isEqualTo(201);
        var id = (String) object(answer).get("id");
        assertThat(object(answer)).isEqualTo(Map.of("id", id, "created", true));
        assertThat(answer.headers().firstValue("Location")).hasValue("/api/v1/runs/" + id);
        assertThat(DATABASE.rows("SELECT id, agent_id, expires_at = '3000-01-01Z' AS expires FROM runs"))
                .containsExactly(Map.of("id", UUID.fromString(id), "agent_id", "ä", "expires", true));
    }

    @Test
    void aRunWithAKnownKeyIsAnsweredWithTheOneThatIsThere() throws Exception {
        var first = object(post(RUN.replace("\"me\"", "\"me\",\"idempotency_key\":\"k\"")));

        var again = send(request("application/json").header("Idempotency-Key", "k"), RUN);

        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(object(again)).isEqualTo(Map.of("id", first.get("id"), "created", false));
        assertThat(again.headers().firstValue("Location")).isEmpty();
        assertThat(runs()).isEqualTo(1);
    }

    @Test
    void twoKeysThatDifferAreRefused() throws Exception {
        var answer = send(
                request("application/json").header("Idempotency-Key", "k"),
                RUN.replace("\"me\"", "\"me\",\"idempotency_key\":\"l\""));

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(detail(answer)).startsWith("the header Idempotency-Key and the field idempotency_key differ");
        assertThat(runs()).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"agent_id\": | 400 | the body is not JSON: ",
                "7 | 400 | the body is something else; allowed: an object, such as {\"agent_id\"",
                "{\"agent\":\"me\"} | 422 | 'agent' is not a field of a run that is to be enqueued; agent_id is missing; plan is missing",
                "{\"agent_id\":\"\\u0000\",\"plan\":{\"steps\":[{\"skill\":\"noop\"}]}} | 422 | PostgreSQL refuses it: ",
            })
    void whatIsNoRunIsRefusedWithEveryProblem(String body, int status, String detail) throws Exception {
        var answer = post(body);

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(detail(answer)).startsWith(detail);
        assertThat(runs()).isZero();
    }

    @Test
    void anotherMethodIsNotAllowed() throws Exception {
        var answer = client.send(
                request("application/json")
                        .method("PUT", BodyPublishers.ofString(RUN))
                        .build(),
                HttpResponse.BodyHandlers.ofString());

        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.headers().firstValue("Allow").orElseThrow()).contains("POST");
    }

    // --- several

    @Test
    void anArrayIsAnsweredInItsOrder() throws Exception {
        var known = object(post(RUN.replace("\"me\"", "\"old\",\"idempotency_key\":\"k\"")));
        var body = "[" + RUN.replace("me", "first") + "," + RUN.replace("\"me\"", "\"b\",\"idempotency_key\":\"k\"")
                + "," + RUN.replace("me", "last") + "]";

        var answer = post(body);

        assertThat(answer.statusCode()).isEqualTo(201);
        var answers = (List<?>) Json.read(answer.body());
        assertThat(answers.get(1)).isEqualTo(Map.of("id", known.get("id"), "created", false));
        assertThat(agentOf(answers.get(0))).isEqualTo("first");
        assertThat(agentOf(answers.get(2))).isEqualTo("last");
        assertThat(runs()).isEqualTo(3);
        assertThat(post("[]").body()).isEqualTo("[]");
    }

    private static String agentOf(Object answer) {
        var object = Json.object(answer);
        assertThat(object).containsEntry("created", true);
        return DATABASE.one(
                String.class, "SELECT agent_id FROM runs WHERE id = ?", UUID.fromString((String) object.get("id")));
    }

    @Test
    void ofAnArrayWithABadRunNoneIsEnqueued() throws Exception {
        var answer = post("[" + RUN + ",{\"agent_id\":\"me\"},7]");

        assertThat(answer.statusCode()).isEqualTo(422);
        assertThat(object(answer))
                .containsEntry("detail", "2 of 3 cannot be enqueued; none was enqueued")
                .containsEntry(
                        "problems",
                        List.of(
                                Map.of("index", 1, "detail", "plan is missing"),
                                Map.of("index", 2, "detail", "not an object")));
        var refused = post("[" + RUN + "," + RUN.replace("me", "\\u0000") + "]");
        assertThat(refused.statusCode()).isEqualTo(422);
        assertThat(detail(refused)).startsWith("PostgreSQL refuses it: ").endsWith("; none was enqueued");
        assertThat(runs()).isZero();
    }

    @Test
    void anArrayThatIsTooLargeIsRefused() throws Exception {
        assertThat(post("[\"" + "x".repeat(EnqueueApi.MOST_BYTES) + "\"]").statusCode())
                .isEqualTo(413);
    }

    // --- a stream

    @Test
    void ofAStreamEachGoodLineIsEnqueuedAndEachBadOneSaid() throws Exception {
        var lines = IntStream.rangeClosed(1, 10_000)
                .mapToObj(i -> switch (i) {
                    case 17 -> "{\"agent_id\":\"me\"}";
                    case 5000 -> RUN.replace("me", "\\u0000");
                    case 9000 -> "{";
                    default -> RUN;
                })
                .collect(Collectors.joining("\n"))
                .getBytes(StandardCharsets.UTF_8);

        // Of an unknown length, so in chunks.
        var answer = stream(new ByteArrayInputStream(lines));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(object(answer))
                .containsEntry("enqueued", 9997)
                .containsEntry("known", 0)
                .containsEntry("rejected", 3);
        assertThat((List<?>) object(answer).get("rejected_lines"))
                .extracting(it -> Json.object(it).get("line"))
                .containsExactly(17, 5000, 9000);
        assertThat(runs()).isEqualTo(9997);
    }

    /** The next line is sent when the one before is in the queue, and only then. */
    @Test
    void aStreamIsEnqueuedWhileItIsSent() throws Exception {
        var address = URI.create(console.url());
        try (var socket = new Socket(address.getHost(), address.getPort())) {
            var out = socket.getOutputStream();
            out.write(("POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + LINES
                            + "\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            for (int i = 1; i <= 3; i++) {
                var line = RUN + "\n";
                out.write((Integer.toHexString(line.length()) + "\r\n" + line + "\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
                long sent = i;
                await().until(() -> runs() == sent);
            }
            out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));

            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 200 ")
                    .contains("{\"enqueued\":3,\"known\":0,\"rejected\":0,\"rejected_lines\":[]}");
        }
    }

    @Test
    void aStreamWithTooManyBadLinesIsStoppedAndSaysWhereToGoOn() throws Exception {
        var lines = (RUN + "\n" + "{}\n".repeat(EnqueueApi.MOST_REJECTED + 5000)).getBytes(StandardCharsets.UTF_8);

        var answer = stream(new ByteArrayInputStream(lines));

        assertThat(answer.statusCode()).isEqualTo(422);
        assertThat(detail(answer))
                .startsWith("more than 10000 lines cannot be enqueued; ")
                .contains("go on from line ");
        assertThat(object(answer)).containsEntry("rejected", EnqueueApi.MOST_REJECTED);
    }

    @Test
    void whileTheDatabaseIsAwayAStreamIsUnavailable() throws Exception {
        var url = DatabaseUrl.parse("DATABASE_URL", "postgresql://nova@127.0.0.1:1/nova");
        try (var away = Database.open(url, url);
                var cut = start(() -> away)) {
            var answer = client.send(
                    HttpRequest.newBuilder(URI.create(cut.url() + "/api/v1/runs"))
                            .header("Content-Type", LINES)
                            .POST(BodyPublishers.ofString(RUN))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());

            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(detail(answer))
                    .startsWith("the database does not answer; whether it was done is not known; try again; go on from"
                            + " line 1");
            assertThat(answer.headers().firstValue("Retry-After")).hasValue("5");
        }
    }

    // --- how it is asked

    private static Console start(Supplier<@Nullable Database> database) {
        return Console.start(new HttpSettings("127.0.0.1", 0, null), () -> "", () -> Readiness.READY, database);
    }

    private HttpRequest.Builder request(String type) {
        return HttpRequest.newBuilder(URI.create(console.url() + "/api/v1/runs"))
                .header("Content-Type", type);
    }

    private HttpResponse<String> post(String body) throws Exception {
        return send(request("application/json"), body);
    }

    private HttpResponse<String> send(HttpRequest.Builder request, String body) throws Exception {
        return client.send(request.POST(BodyPublishers.ofString(body)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> stream(InputStream body) throws Exception {
        return client.send(
                request(LINES).POST(BodyPublishers.ofInputStream(() -> body)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static Map<String, @Nullable Object> object(HttpResponse<String> answer) {
        return Json.object(Json.read(answer.body()));
    }

    private static String detail(HttpResponse<String> answer) {
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        return (String) object(answer).get("detail");
    }

    private static long runs() {
        return DATABASE.one(Long.class, "SELECT count(*) FROM runs");
    }
}
