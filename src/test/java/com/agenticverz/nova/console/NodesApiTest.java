package com.agenticverz.nova.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.store.NodeRow;
import com.agenticverz.nova.store.TestDatabase;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nodes over HTTP, on a real server and a real database. */
class NodesApiTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    private static final UUID A = UUID.fromString("01999999-0000-7000-8000-00000000000a");

    private final HttpClient client = HttpClient.newHttpClient();
    private final Console console =
            Console.start(new HttpSettings("127.0.0.1", 0, null), () -> "", () -> Readiness.READY, DATABASE::database);

    @BeforeEach
    void oneNode() {
        DATABASE.empty("nodes, node_controls, audit_log");
        DATABASE.database().nodes().register(new NodeRow(A, 1, "a:1", "1.0", 4, true, false, Map.of()));
    }

    @AfterEach
    void close() {
        console.close();
        client.close();
    }

    @Test
    void aNodeIsDrainedResumedAndResized() throws Exception {
        assertThat(answer("POST", "/" + A + "/drain", "{}"))
                .isEqualTo("{\"node\":\"a:1\",\"concurrency\":null,\"draining\":true,\"changed\":true}");
        assertThat(answer("POST", "/a:1/resize", "{\"concurrency\": 16}"))
                .isEqualTo("{\"node\":\"a:1\",\"concurrency\":16,\"draining\":true,\"changed\":true}");
        assertThat(answer("POST", "/a:1/resume", null))
                .isEqualTo("{\"node\":\"a:1\",\"concurrency\":16,\"draining\":false,\"changed\":true}");
        assertThat(answer("POST", "/a:1/resize", "{\"concurrency\": null}")).contains("\"concurrency\":null");
        assertThat(DATABASE.rows("SELECT * FROM node_controls")).isEmpty();
        assertThat(DATABASE.one(String.class, "SELECT string_agg(DISTINCT actor, ',') FROM audit_log"))
                .isEqualTo("api 127.0.0.1");
    }

    @Test
    void allAreResizedAndShown() throws Exception {
        assertThat(answer("PUT", "/concurrency", "{\"concurrency\": 8}"))
                .isEqualTo("{\"node\":\"*\",\"concurrency\":8,\"draining\":false,\"changed\":true}");
        assertThat(answer("PUT", "/concurrency", "{\"concurrency\": 8}")).endsWith("\"changed\":false}");

        assertThat(answer("GET", "", null))
                .startsWith("{\"concurrency\":8,\"nodes\":[{\"id\":\"" + A + "\",\"address\":\"a:1\"")
                .contains("\"concurrency\":4,\"wanted_concurrency\":8")
                .endsWith("\"not_there\":[]}");
    }

    @Test
    void anUnknownNodeIsNotFound() throws Exception {
        var answer = send("POST", "/b:1/drain", null);

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.body()).contains("there is no node 'b:1'; there are a:1");
        assertThat(send("POST", "/*/resize", "{\"concurrency\": 1}").statusCode())
                .isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "8",
                "{\"concurrency\": 0}",
                "{\"concurrency\": 10001}",
                "{\"concurrency\": 1.5}",
                "{\"concurrency\": \"8\"}",
                "{\"concurrency\": 99999999999}",
                "{\"concurrency\": 8, \"all\": true}"
            })
    void anotherBodyIsABadRequest(String body) throws Exception {
        for (var path : new String[] {"/a:1/resize", "/concurrency"}) {
            var answer = send(path.endsWith("resize") ? "POST" : "PUT", path, body.isEmpty() ? null : body);

            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.body()).contains("a number from 1 to 10000, or null");
        }
        assertThat(DATABASE.rows("SELECT * FROM node_controls")).isEmpty();
    }

    private String answer(String method, String path, String body) throws Exception {
        var answer = send(method, path, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }

    private HttpResponse<String> send(String method, String path, String body) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(console.url() + "/api/v1/nodes" + path))
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
