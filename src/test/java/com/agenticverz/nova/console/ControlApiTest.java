package com.agenticverz.nova.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.store.TestDatabase;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What steers the cluster over HTTP, on a real server and a real database. */
class ControlApiTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    private final HttpClient client = HttpClient.newHttpClient();
    private final Console console =
            Console.start(new HttpSettings("127.0.0.1", 0, null), () -> "", () -> Readiness.READY, DATABASE::database);

    @AfterEach
    void close() {
        console.close();
        client.close();
        DATABASE.empty("limits, pauses, queue_waits, audit_log");
    }

    @Test
    void aLimitIsSetAsAWholeAndDeleted() throws Exception {
        var set = send(
                "PUT",
                "/api/v1/limits",
                "{\"kind\":\"agent\",\"pattern\":\"a/c*\",\"max_running\":3,\"weight\":1.5,\"burst\":null}");
        assertThat(set.statusCode()).isEqualTo(200);
        var row = "{\"kind\":\"agent\",\"pattern\":\"a/c*\",\"max_running\":3,\"max_starts\":null,"
                + "\"per_seconds\":null,\"burst\":null,\"weight\":1.5}";
        assertThat(set.body()).isEqualTo(row);
        assertThat(set.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(send("GET", "/api/v1/limits", "").body()).isEqualTo("{\"limits\":[" + row + "]}");
        assertThat(send("GET", "/api/v1/limits/effective?kind=agent&name=a%2Fcme", "")
                        .body())
                .isEqualTo("{\"limit\":" + row + "}");
        assertThat(send("GET", "/api/v1/limits/effective?kind=skill&name=a%2Fcme", "")
                        .body())
                .isEqualTo("{\"limit\":null}");

        send(
                "PUT",
                "/api/v1/limits",
                "{\"kind\":\"agent\",\"pattern\":\"a/c*\",\"max_starts\":50,\"per_seconds\":0.5}");
        assertThat(DATABASE.rows("SELECT max_starts, per_seconds, max_running IS NULL AS whole FROM limits"))
                .containsExactly(Map.of("max_starts", 50, "per_seconds", 0.5, "whole", true));

        assertThat(send("DELETE", "/api/v1/limits?kind=agent&pattern=a%2Fc*", "")
                        .statusCode())
                .isEqualTo(200);
        assertProblem(
                send("DELETE", "/api/v1/limits?kind=agent&pattern=a%2Fc*", ""),
                404,
                "there is no limit for agent a/c*");
        assertThat(DATABASE.rows("SELECT actor, action FROM audit_log ORDER BY id"))
                .containsExactly(
                        Map.of("actor", "api 127.0.0.1", "action", "insert"),
                        Map.of("actor", "api 127.0.0.1", "action", "update"),
                        Map.of("actor", "api 127.0.0.1", "action", "delete"));
    }

    @Test
    void whatIsPausedStaysSoUntilItIsResumed() throws Exception {
        var pause = "{\"kind\":\"skill\",\"name\":\"http_call\",\"reason\":\"its backend is down\"}";
        var first = send("POST", "/api/v1/pauses", pause);
        assertThat(first.statusCode()).isEqualTo(201);
        assertThat(first.body())
                .startsWith(
                        "{\"kind\":\"skill\",\"name\":\"http_call\",\"reason\":\"its backend is down\",\"paused_at\":");
        assertThat(send("POST", "/api/v1/pauses", pause).statusCode()).isEqualTo(200);
        assertThat(send("POST", "/api/v1/pauses", "{\"kind\":\"all\"}").statusCode())
                .isEqualTo(201);
        assertThat(send("GET", "/api/v1/pauses", "").body())
                .startsWith("{\"pauses\":[{\"kind\":\"all\",")
                .endsWith("}]}");

        assertThat(send("DELETE", "/api/v1/pauses?kind=all", "").statusCode()).isEqualTo(200);
        assertProblem(send("DELETE", "/api/v1/pauses?kind=all", ""), 404, "all is not paused");
        assertThat(send("DELETE", "/api/v1/pauses?kind=skill&name=http_call", "")
                        .statusCode())
                .isEqualTo(200);
        assertThat(DATABASE.rows("SELECT * FROM pauses")).isEmpty();
    }

    @Test
    void theAuditLogAndWhatRunsWaitForAreToBeSeen() throws Exception {
        send("POST", "/api/v1/pauses", "{\"kind\":\"agent\",\"name\":\"ä\"}");
        send("POST", "/api/v1/pauses", "{\"kind\":\"all\"}");
        DATABASE.execute("INSERT INTO queue_waits (kind, name) VALUES ('agent_limit', 'ä')");

        var audit = Json.object(Json.read(send("GET", "/api/v1/audit", "").body()));
        assertThat(audit.get("audit"))
                .asInstanceOf(InstanceOfAssertFactories.LIST)
                .hasSize(2);
        assertThat(send("GET", "/api/v1/audit?subject=%C3%A4&limit=7", "").body())
                .contains(
                        "\"actor\":\"api 127.0.0.1\",\"action\":\"insert\",\"subject_kind\":\"pauses\",\"subject\":\"agent ä\"")
                .doesNotContain("\"subject\":\"all\"");
        assertThat(send("GET", "/api/v1/audit?since=2100-01-31T08:00:00Z", "").body())
                .isEqualTo("{\"audit\":[]}");
        assertThat(send("GET", "/api/v1/queue", "").body())
                .startsWith("{\"waits\":[{\"reason\":\"agent_limit\",\"name\":\"ä\",\"since\":");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PUT | /limits | {\"pattern\":\"x\"} | kind is missing",
                "PUT | /limits | {\"kind\":\"all\",\"pattern\":\"x\"} | kind is something else; allowed: agent, skill, key",
                "PUT | /limits | {\"kind\":\"agent\"} | pattern is missing",
                "PUT | /limits | {\"kind\":\"agent\",\"pattern\":7} | pattern is 7; allowed: text without NUL",
                "PUT | /limits | {\"kind\":\"agent\",\"pattern\":\"x\",\"max_running\":1.5} | max_running is 1.5; allowed: a whole number from -2147483648 to 2147483647",
                "PUT | /limits | {\"kind\":\"agent\",\"pattern\":\"x\",\"max_running\":-1} | max_running: '-1' is out of range; allowed: 0 or more",
                "PUT | /limits | {\"kind\":\"agent\",\"pattern\":\"x\",\"weight\":\"a\"} | weight is \"a\"; allowed: a number",
                "PUT | /limits | {\"kind\":\"agent\",\"pattern\":\"x\",\"max_starts\":5} | max_starts and per_seconds go together: so many starts in so long",
                "PUT | /limits | {\"kind\":\"agent\",\"max\":5} | there is no max; allowed: kind, pattern, max_running, max_starts, per_seconds, burst, weight",
                "PUT | /limits | [] | the body is something else; allowed: an object with kind, pattern, max_running, max_starts, per_seconds, burst, weight",
                "GET | /limits?a=b | '' | there is no a here",
                "DELETE | /limits?kind=agent | '' | pattern is missing",
                "DELETE | /limits?kind=agent&kind=skill | '' | kind is there more than once",
                "POST | /pauses | {\"kind\":\"agent\"} | name is missing",
                "POST | /pauses | {\"kind\":\"all\",\"name\":\"x\"} | a pause of all has no name",
                "POST | /pauses | {\"kind\":\"all\",\"reason\":\" \"} | reason is blank or too long; allowed: 1 to 1000 characters",
                "GET | /audit?since=noon | '' | since is something else; allowed: a moment with its offset, such as 2030-01-31T08:00:00Z",
                "GET | /audit?limit=0 | '' | limit is 0; allowed: 1 to 10000",
            })
    void whatCannotBeIsABadRequest(String method, String path, String body, String detail) throws Exception {
        assertProblem(send(method, "/api/v1" + path, body), 400, detail);
        assertThat(DATABASE.rows("SELECT kind FROM limits UNION ALL SELECT kind FROM pauses"))
                .isEmpty();
    }

    @Test
    void anotherMethodIsNotAllowed() throws Exception {
        var answer = send("PATCH", "/api/v1/limits", "");

        assertProblem(answer, 405, "PATCH is not what this is for; allowed: GET, PUT, DELETE");
        assertThat(answer.headers().firstValue("Allow")).hasValue("GET, PUT, DELETE");
    }

    private HttpResponse<String> send(String method, String path, String body) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(console.url() + path))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static void assertProblem(HttpResponse<String> answer, int status, String detail) {
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(Json.object(Json.read(answer.body())))
                .containsEntry("detail", detail)
                .containsEntry("status", status);
        assertThat(answer.statusCode()).isEqualTo(status);
    }
}
