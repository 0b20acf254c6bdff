package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A plan that fetches, transforms and posts, against a server whose requests are counted. */
class FlowIT {

    private static final int ITEMS = 12;
    private static final int AT_ONCE = 3;

    @RegisterExtension
    final Scenario scenario = Scenario.onServerOfItsOwn();

    private final Map<String, Integer> posts = new ConcurrentHashMap<>();
    private final AtomicInteger postsNow = new AtomicInteger();
    private final AtomicInteger mostPostsAtOnce = new AtomicInteger();
    private final AtomicInteger warnings = new AtomicInteger();
    private final CountDownLatch bothFetched = new CountDownLatch(2);
    private HttpServer server;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/items", exchange -> {
            var items = IntStream.range(0, 2 * ITEMS)
                    .mapToObj(i -> "{\"n\":" + i + ",\"price\":" + i % 2 + "}")
                    .collect(Collectors.joining(",", "[", "]"));
            answer(exchange, together() ? 200 : 500, items);
        });
        server.createContext("/shop", exchange -> answer(exchange, together() ? 200 : 500, "{\"name\":\"s\"}"));
        server.createContext("/warn", exchange -> {
            warnings.incrementAndGet();
            answer(exchange, 200, "{}");
        });
        server.createContext("/post", exchange -> {
            mostPostsAtOnce.accumulateAndGet(postsNow.incrementAndGet(), Math::max);
            posts.merge(exchange.getRequestHeaders().getFirst("Idempotency-Key"), 1, Integer::sum);
            var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            pause();
            postsNow.decrementAndGet();
            answer(exchange, 201, body);
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void afterKill9TheItemsThatAreKeptAreNotPostedAgain(@TempDir Path directory) throws IOException {
        var config = directory.resolve("nova.conf");
        Files.writeString(config, "nova.skills.http_call { allow = [\"127.0.0.1\"] }");
        var node = scenario.node("NOVA_CONFIG", config.toString());
        var other = scenario.node("NOVA_CONFIG", config.toString());
        other.await("cluster_joined");
        var run = enqueue();
        scenario.sql()
                .awaitTrue(
                        NodeProcess.SOON,
                        "SELECT count(*) >= 4 FROM run_steps WHERE step_id LIKE 'post[%' AND run_id = '" + run + "'");

        (dispatched(node, run) ? node : other).kill();

        var kept = scenario.sql()
                .column(
                        String.class,
                        "SELECT run_id || '/' || step_id FROM run_steps WHERE step_id LIKE 'post[%' AND run_id = '"
                                + run + "'");
        assertThat(kept).hasSizeBetween(4, ITEMS - 1);
        scenario.sql().awaitStatus(Duration.ofSeconds(90), run, "succeeded");
        assertThat(posts).hasSize(ITEMS);
        kept.forEach(key -> assertThat(posts).as("posted once").containsEntry(key, 1));
        assertThat(posts.values().stream().mapToInt(it -> it).sum()).isBetween(ITEMS, ITEMS + AT_ONCE);
        assertThat(mostPostsAtOnce).as("at the same time").hasValue(AT_ONCE);
        assertThat(warnings).hasValue(0);
        assertThat(scenario.sql()
                        .one(
                                String.class,
                                "SELECT concat_ws(' ', result -> 'sum', result -> 'warn',"
                                        + " jsonb_array_length(result -> 'post'), result #>> '{post,5,body,text}')"
                                        + " FROM runs WHERE id = ?",
                                run))
                .isEqualTo("144 null 12 5: 11 for s");
        assertThat(scenario.sql().run(run)).containsEntry("attempts", 2);
        scenario.assertEachSettledOnce();
        Scenario.measured(
                "posts of 12 items, kept before the kill, at once",
                posts.values() + " " + kept.size() + " " + mostPostsAtOnce);
    }

    private UUID enqueue() {
        return scenario.sql()
                .one(
                        UUID.class,
                        "INSERT INTO runs (agent_id, plan) VALUES ('agent', ?::jsonb) RETURNING id",
                        """
                {"steps":[
                  {"id":"items","skill":"http_call","params":{"url":"%1$s/items"}},
                  {"id":"shop","skill":"http_call","params":{"url":"%1$s/shop"}},
                  {"id":"dear","skill":"json_transform","needs":["items"],
                   "params":{"input":{"$":"items.body"},"expression":"$[price > 0]"}},
                  {"id":"warn","skill":"http_call","needs":["dear"],"when":"$count(dear) > 100",
                   "params":{"url":"%1$s/warn"}},
                  {"id":"post","skill":"http_call","needs":["dear","shop"],"for_each":"dear","max_parallel":%2$d,
                   "params":{"url":"%1$s/post","method":"POST","expect":[201],
                             "body":{"n":{"$":"item.n"},"text":"${index}: ${item.n} for ${shop.body.name}"}}},
                  {"id":"sum","skill":"json_transform","needs":["post","warn"],
                   "params":{"input":{"$":"post"},"expression":"$sum(body.n)"}}]}""".formatted("http://127.0.0.1:" + server.getAddress().getPort(), AT_ONCE));
    }

    private static boolean dispatched(NodeProcess node, UUID run) {
        return node.events("run_dispatched").stream()
                .anyMatch(event -> event.path("run_id").asText().equals(run.toString()));
    }

    /** Only steps that are executed at the same time meet here. */
    private boolean together() {
        bothFetched.countDown();
        try {
            return bothFetched.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            return false;
        }
    }

    /** Long enough for as many requests as may to be there at once, and for some to be left at the kill. */
    private static void pause() {
        try {
            Thread.sleep(700);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void answer(HttpExchange exchange, int status, String json) throws IOException {
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            var bytes = json.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }
}
