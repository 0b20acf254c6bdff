package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Secrets of a real node: the server gets them, and they are nowhere else. */
class SecretsIT {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String BY_VARIABLE = "v-Xq7\"w\\3/zé+1";
    private static final String BY_FILE = "f-9bTz4mKp2Lw8";
    private static final String ROTATED = "r-5hJd1nQs6Vy0";
    private static final String OF_SETTINGS = "s-8cRf2gWt7Nk4";

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    @TempDir
    private Path folder;

    private final List<String> heard = new CopyOnWriteArrayList<>();
    private HttpServer server;

    @BeforeEach
    void listen() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/echo", it -> answer(it, 200));
        server.createContext("/fail", it -> answer(it, 500));
        server.start();
    }

    @AfterEach
    void stopListening() {
        server.stop(0);
    }

    /** Says what it was told, as JSON. */
    private void answer(HttpExchange exchange, int status) throws IOException {
        var authorization = exchange.getRequestHeaders().getFirst("Authorization");
        var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        heard.add(authorization + " " + exchange.getRequestURI() + " " + body);
        var bytes = ("{\"you\":\"" + authorization + "\",\"basic\":\""
                        + Base64.getEncoder().encodeToString(("me:" + authorization).getBytes(StandardCharsets.UTF_8))
                        + "\",\"uri\":\"" + exchange.getRequestURI() + "\",\"body\":" + (body.isEmpty() ? "null" : body)
                        + "}")
                .getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.getResponseHeaders().add("X-Echo", authorization);
        exchange.sendResponseHeaders(status, bytes.length);
        try (var out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }

    /** Says what it knows in every way that a skill has. */
    public static final class TalkativeSkill implements Skill {

        private volatile Object key = "";

        @Override
        public String name() {
            return "talkative";
        }

        @Override
        public void configure(Map<String, Object> settings) {
            key = settings.getOrDefault("key", "");
        }

        @Override
        public @Nullable Object run(Map<String, @Nullable Object> params, SkillContext context) throws Exception {
            var known = params + " " + key;
            context.progress(0.5, known);
            context.heartbeat(Map.of("known", known));
            LoggerFactory.getLogger("talkative")
                    .atWarn()
                    .addKeyValue("known", known)
                    .setCause(new IOException("failed with " + known))
                    .log("I know {}", known);
            System.out.println("printed: " + known);
            new IllegalStateException("thrown: " + known).printStackTrace();
            if (context.attempt() == 1) {
                throw new IOException("cannot go on with " + known);
            }
            return known;
        }
    }

    @Test
    void theServerGetsThemAndNobodyElseDoes() throws Exception {
        var secrets = Files.createDirectory(folder.resolve("secrets"));
        Files.writeString(secrets.resolve("BY_FILE"), BY_FILE + "\n");
        Files.writeString(secrets.resolve("OF_SETTINGS"), OF_SETTINGS);
        var config = Files.writeString(folder.resolve("nova.conf"), """
                nova.skills {
                  http_call { allow = ["127.0.0.1"] }
                  talkative { key = "${secret:OF_SETTINGS}" }
                }
                """);
        var sql = scenario.sql();
        var node = scenario.nodeWith(
                        TalkativeSkill.class,
                        "NOVA_SECRET_BY_VARIABLE",
                        BY_VARIABLE,
                        "NOVA_SECRETS_DIR",
                        secrets.toString(),
                        "NOVA_CONFIG",
                        config.toString(),
                        "RUN_BACKOFF_BASE",
                        "1")
                .awaitPolling();

        var echoed = enqueue(sql, 5, """
                {"id": "call", "skill": "http_call", "params": {
                  "url": "URL/echo?key=${secret:BY_FILE}", "method": "POST",
                  "headers": {"Authorization": "Bearer ${secret:BY_FILE}"},
                  "body": {"deep": ["<${secret:BY_VARIABLE}>"]}}},
                {"id": "next", "skill": "echo", "params": {"got": {"$": "call.body"}, "text": "${call.headers}"}}""");
        var failed = enqueue(sql, 1, """
                {"skill": "http_call", "params": {
                  "url": "URL/fail", "headers": {"Authorization": "Bearer ${secret:BY_FILE}"}}}""");
        var talked = enqueue(sql, 2, """
                {"skill": "talkative", "params": {"a": "${secret:BY_VARIABLE}", "b": "${secret:BY_FILE}"}},
                {"skill": "noop"}""");
        var unknown = enqueue(sql, 5, """
                {"skill": "echo", "params": {"a": "${secret:DATABASE_URL}"}}""");

        sql.awaitStatus(SOON, echoed, "succeeded");
        sql.awaitStatus(SOON, failed, "failed");
        sql.awaitStatus(SOON, talked, "succeeded");
        sql.awaitStatus(SOON, unknown, "failed");
        // A new value counts at once.
        Files.writeString(secrets.resolve("BY_FILE"), ROTATED);
        var rotated = enqueue(sql, 5, """
                {"skill": "http_call", "params": {
                  "url": "URL/echo", "headers": {"Authorization": "Bearer ${secret:BY_FILE}"}}}""");
        sql.awaitStatus(SOON, rotated, "succeeded");

        assertThat(heard)
                .anyMatch(it -> it.startsWith("Bearer " + BY_FILE + " /echo?key=" + BY_FILE)
                        && it.contains("v-Xq7\\\"w\\\\3/zé+1"))
                .anyMatch(it -> it.startsWith("Bearer " + BY_FILE + " /fail"))
                .anyMatch(it -> it.startsWith("Bearer " + ROTATED + " /echo"));
        assertThat(result(sql, echoed)).contains("Bearer ${secret:BY_FILE}", "<${secret:BY_VARIABLE}>");
        assertThat(String.valueOf(sql.run(failed).get("error_message")))
                .contains("answered 500", "Bearer ${secret:BY_FILE}");
        assertThat(String.valueOf(sql.run(unknown).get("error_message")))
                .contains("there is no secret DATABASE_URL", "NOVA_SECRET_DATABASE_URL is not set");
        assertThat(result(sql, talked)).contains("${secret:BY_VARIABLE}", "${secret:OF_SETTINGS}");
        assertThat(node.lines()).anyMatch(line -> line.contains("I know") && line.contains("${secret:OF_SETTINGS}"));
        assertThat(node.errorLines())
                .anyMatch(line -> line.contains("printed: ") && line.contains("${secret:BY_VARIABLE}"))
                .anyMatch(line -> line.contains("thrown: ") && line.contains("${secret:BY_FILE}"));

        // What a step said of itself is there though its run has ended.
        assertThat(sql.column(
                        String.class, "SELECT note || ' ' || detail::text FROM step_progress WHERE run_id = ?", talked))
                .singleElement()
                .asString()
                .contains("${secret:BY_VARIABLE}", "${secret:BY_FILE}", "${secret:OF_SETTINGS}");

        node.signal("TERM");
        node.awaitExit(SOON);
        var everything = new StringBuilder();
        node.lines().forEach(line -> everything.append(line).append('\n'));
        node.errorLines().forEach(line -> everything.append(line).append('\n'));
        for (var table : tables(sql)) {
            sql.column(String.class, "SELECT t::text FROM " + table + " t")
                    .forEach(row -> everything.append(row).append('\n'));
        }
        // It has been looked where it would be.
        assertThat(everything).contains("${secret:BY_VARIABLE}", "I know", "printed: ", echoed.toString());
        for (var secret : List.of(BY_VARIABLE, BY_FILE, ROTATED, OF_SETTINGS)) {
            // What comes before the part that any encoding leaves as it is, is one character.
            assertThat(everything).doesNotContain(secret.substring(0, 5));
            var inBase64 = Base64.getEncoder().encodeToString(("me:Bearer " + secret).getBytes(StandardCharsets.UTF_8));
            assertThat(everything).doesNotContain(inBase64.substring(14, inBase64.length() - 4));
        }
    }

    private UUID enqueue(Sql sql, int maxAttempts, String steps) {
        var url = "http://127.0.0.1:" + server.getAddress().getPort();
        return sql.one(
                UUID.class,
                "INSERT INTO runs (agent_id, max_attempts, plan) VALUES ('agent', ?, ?::jsonb) RETURNING id",
                maxAttempts,
                "{\"steps\":[" + steps.replace("URL", url).replace("DATABASE_" + url, "DATABASE_URL") + "]}");
    }

    private static String result(Sql sql, UUID run) {
        return String.valueOf(sql.run(run).get("result"));
    }

    private static List<String> tables(Sql sql) {
        var tables = sql.column(
                String.class,
                "SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) FROM information_schema.tables"
                        + " WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')");
        assertThat(tables).contains("public.runs", "public.run_steps", "public.step_progress");
        return tables;
    }
}
