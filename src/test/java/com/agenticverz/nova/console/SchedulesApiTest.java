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
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchedulesApiTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    private static final String NIGHTLY =
            "{\"cron\": \"30 2 * * *\", \"time_zone\": \"Europe/Berlin\", \"agent_id\": \"me\","
                    + " \"plan\": {\"steps\": [{\"skill\": \"noop\"}]}, \"goal\": \"of {{tick}}\"}";

    private final HttpClient client = HttpClient.newHttpClient();
    private final Console console =
            Console.start(new HttpSettings("127.0.0.1", 0, null), () -> "", () -> Readiness.READY, DATABASE::database);

    @AfterEach
    void close() {
        console.close();
        client.close();
        DATABASE.empty("schedules, audit_log");
    }

    @Test
    void aScheduleIsMadeReadChangedPausedResumedAndDeleted() throws Exception {
        assertThat(send("PUT", "/nightly", NIGHTLY).statusCode()).isEqualTo(201);
        assertThat(object(send("GET", "/nightly", "")))
                .containsEntry("name", "nightly")
                .containsEntry("cron", "30 2 * * *")
                .containsEntry("overlap", "queue")
                .containsEntry("error", null);
        assertThat(send("GET", "", "").body()).startsWith("{\"schedules\":[{\"").contains("\"nightly\"");
        assertThat(object(send("POST", "/nightly/pause", ""))).containsEntry("paused", true);
        var changed = send("PUT", "/nightly", NIGHTLY.replace("of {{tick}}", "another"));
        assertThat(changed.statusCode()).isEqualTo(200);
        assertThat(object(changed)).containsEntry("goal", "another").containsEntry("paused", true);
        assertThat(object(send("POST", "/nightly/resume", ""))).containsEntry("paused", false);
        assertThat(send("DELETE", "/nightly", "").body()).isEqualTo("{\"name\":\"nightly\"}");
        assertThat(send("GET", "", "").body()).isEqualTo("{\"schedules\":[]}");
        assertThat(DATABASE.rows("SELECT DISTINCT actor FROM audit_log"))
                .containsExactly(Map.of("actor", "api 127.0.0.1"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    GET    | /x        |                 | 404 | there is no schedule x
                    DELETE | /x        |                 | 404 | there is no schedule x
                    POST   | /x/pause  |                 | 404 | there is no schedule x
                    POST   | /x        | {}              | 405 | POST is not what this is for; allowed: GET, PUT, DELETE
                    PUT    | /x        | {}              | 400 | cron is missing; agent_id is missing; plan is missing
                    PUT    | /x        | []              | 400 | the body is something else; allowed: an object with cron, time_zone, overlap, catch_up, jitter_seconds, paused, agent_id, plan, goal, priority, max_attempts, timeout_seconds, concurrency_key
                    PUT    | /a%20b    | {"cron": "@daily", "agent_id": "me", "plan": {"steps": [{"skill": "noop"}]}}                    | 400 | the name of a schedule is 'a b'; allowed: 1 to 200 letters, digits, and . _ - after the first
                    PUT    | /x        | {"cron": "0 25 * * *", "agent_id": "me", "plan": {"steps": [{"skill": "noop"}]}}                | 400 | cron '0 25 * * *': field 2 (hour) is '25': Value 25 not in range [0, 23]
                    PUT    | /x        | {"cron": "@daily", "agent_id": "me", "plan": {"steps": []}, "overlap": 1, "paused": 1}          | 400 | overlap is 1; allowed: queue, skip, cancel_previous
                    PUT    | /x        | {"cron": "@daily", "agent_id": "me", "plan": {"steps": [{"skill": "noop"}]}, "name": "x"}       | 400 | 'name' is not a field of a schedule; allowed: cron, time_zone, overlap, catch_up, jitter_seconds, paused, agent_id, plan, goal, priority, max_attempts, timeout_seconds, concurrency_key
                    """)
    void whatIsWrongIsOneLine(String method, String path, @Nullable String body, int status, String detail)
            throws Exception {
        var answer = send(method, path, body == null ? "" : body);

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(String.valueOf(object(answer).get("detail")))
                .contains(detail)
                .doesNotContain("\n");
        assertThat(DATABASE.rows("SELECT 1 FROM schedules")).isEmpty();
    }

    private static Map<String, @Nullable Object> object(HttpResponse<String> answer) {
        return Objects.requireNonNull(Json.object(Json.read(answer.body())));
    }

    private HttpResponse<String> send(String method, String path, String body) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create(console.url() + "/api/v1/schedules" + path))
                        .header("Content-Type", "application/json")
                        .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
