package com.agenticverz.nova.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.store.TestDatabase;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** On a real server and a real database. */
class DeadLettersApiTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    private final HttpClient client = HttpClient.newHttpClient();
    private final Console console =
            Console.start(new HttpSettings("127.0.0.1", 0, null), () -> "", () -> Readiness.READY, DATABASE::database);

    @AfterEach
    void close() {
        console.close();
        client.close();
        DATABASE.empty("runs, audit_log");
    }

    @Test
    void theyAreListedPageByPageAndByCause() throws Exception {
        var first = failed("5 minutes", "HTTP 503");
        var second = failed("2 minutes", "HTTP 502");

        var page = object(get("?limit=1"));
        assertThat(page.toString()).contains("id=" + second).doesNotContain(first.toString());
        assertThat(page).containsEntry("next_before", second.toString());
        assertThat(object(get("?limit=5&before=" + second)).toString())
                .contains("id=" + first, "next_before=null")
                .doesNotContain(second.toString());
        assertThat(object(get("?error=503&agent_id=agent")).toString()).contains("id=" + first);
        assertThat(get("/causes").body())
                .startsWith("{\"causes\":[{\"cause\":\"HTTP #\",\"runs\":2,")
                .endsWith("\"example\":\"" + second + "\"}],\"older_ones_left_out\":false}");
    }

    @Test
    void oneIsRepeatedOnceUnlessAgain() throws Exception {
        var run = failed("5 minutes", "no");

        var answer = post("/api/v1/runs/" + run + "/retry", "");
        var again = DATABASE.one(UUID.class, "SELECT id FROM runs WHERE parent_run_id = ?", run);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("{\"id\":\"" + again + "\",\"parent_run_id\":\"" + run + "\"}");
        var refused = post("/api/v1/runs/" + run + "/retry", "{}");
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(refused.body()).contains("run " + run + " is repeated by " + again + " already; nothing was done");
        assertThat(post("/api/v1/runs/" + run + "/retry", "{\"again\": true}").statusCode())
                .isEqualTo(200);
        assertThat(post("/api/v1/runs/" + again + "/retry", "{}").body()).contains("is queued; nothing was done");
        assertThat(post("/api/v1/runs/" + UUID.randomUUID() + "/retry", "{}").statusCode())
                .isEqualTo(404);
    }

    @Test
    void manyAreRepeatedByAFilterAtARate() throws Exception {
        failed("5 minutes", "no route");
        failed("4 minutes", "no route");
        failed("3 minutes", "no money");

        assertThat(post("/api/v1/dead-letters/retry", "{\"error\": \"ROUTE\", \"dry_run\": true}")
                        .body())
                .isEqualTo("{\"would_be_retried\":2}");
        var answer = object(post("/api/v1/dead-letters/retry", "{\"error\": \"route\", \"rate\": \"1/m\"}"));
        assertThat(answer.get("retried").toString()).isEqualTo("2");
        assertThat(answer.get("last_begins_at")).isNotNull();
        assertThat(post("/api/v1/dead-letters/retry", "{\"all_failed\": true}").body())
                .isEqualTo("{\"retried\":1,\"last_begins_at\":null}");
        assertThat(DATABASE.rows("SELECT actor, detail ->> 'repeated' AS repeated FROM audit_log ORDER BY id"))
                .extracting(row -> row.get("actor") + " " + row.get("repeated"))
                .containsExactly("api 127.0.0.1 2", "api 127.0.0.1 1");
    }

    @Test
    void whatCannotBeMeantIsRefused() throws Exception {
        failed("5 minutes", "no");

        assertThat(post("/api/v1/dead-letters/retry", "{}").body())
                .contains("nothing says which runs; allowed: agent_id");
        assertThat(post("/api/v1/dead-letters/retry", "{\"all_failed\": true, \"skill\": \"echo\"}")
                        .body())
                .contains("all_failed goes without another filter");
        assertThat(post("/api/v1/dead-letters/retry", "{\"all_failed\": true, \"rate\": \"fast\"}")
                        .body())
                .contains("rate: 'fast' is not a rate; allowed: 50/s, 30/m, 100/h");
        assertThat(post("/api/v1/dead-letters/retry", "{\"all_failed\": \"maybe\"}")
                        .body())
                .contains("allowed: true or false");
        assertThat(get("?since=yesterday").body()).contains("since is no moment");
        assertThat(get("?before=7").body()).contains("before is not a UUID");
        assertThat(get("?before=" + UUID.randomUUID()).statusCode()).isEqualTo(404);
        assertThat(DATABASE.one(Long.class, "SELECT count(*) FROM runs")).isEqualTo(1);
    }

    private static UUID failed(String ago, String message) {
        return Objects.requireNonNull(DATABASE.one(
                UUID.class,
                "INSERT INTO runs (agent_id, plan, status, completed_at, error_message)"
                        + " VALUES ('agent', ?::jsonb, 'failed', now() - ?::interval, ?) RETURNING id",
                TestDatabase.PLAN,
                ago,
                message));
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create(console.url() + "/api/v1/dead-letters" + path))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create(console.url() + path))
                        .header("Content-Type", "application/json")
                        .POST(body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static Map<String, Object> object(HttpResponse<String> answer) {
        return Objects.requireNonNull(Json.object(Json.read(answer.body())));
    }
}
