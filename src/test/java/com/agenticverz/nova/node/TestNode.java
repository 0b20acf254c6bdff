package com.agenticverz.nova.node;

import com.agenticverz.nova.cluster.ClusterSettings;
import com.agenticverz.nova.skill.SkillRegistry;
import com.agenticverz.nova.skill.TestSkill;
import com.agenticverz.nova.store.TestDatabase;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** A whole node in the JVM of a test, on a test's database. */
final class TestNode implements AutoCloseable {

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final TestDatabase database;
    private final AtomicInteger waiting = new AtomicInteger();
    private final Node node;

    private TestNode(TestDatabase database, Map<String, String> environment) {
        this.database = database;
        var settings = Settings.load(environment, Map.of());
        var waits = new TestSkill("waits", (_, _) -> {
            waiting.incrementAndGet();
            try {
                new CountDownLatch(1).await();
                return null;
            } finally {
                waiting.decrementAndGet();
            }
        });
        this.node = Node.start(settings, SkillRegistry.of(List.of(waits), Map.of()), System::nanoTime);
    }

    /** Starts one with these variables, on any free ports where they say nothing. */
    static TestNode start(TestDatabase database, Map<String, String> variables) {
        var url = database.url();
        var environment = new HashMap<>(Map.of(
                "DATABASE_URL",
                "postgresql://" + url.user() + "@" + url.hosts() + "/" + url.database(),
                "HTTP_PORT",
                "0"));
        environment.putAll(variables);
        return new TestNode(database, environment);
    }

    /** The same with mutual TLS. */
    static TestNode start(TestDatabase database, ClusterSettings.Tls tls) {
        return start(
                database,
                Map.of(
                        "CLUSTER_TLS_CERTIFICATE_FILE",
                        tls.certificateFile().toString(),
                        "CLUSTER_TLS_KEY_FILE",
                        tls.keyFile().toString(),
                        "CLUSTER_TLS_CA_FILE",
                        tls.caFile().toString()));
    }

    static ConditionFactory soon() {
        return Awaitility.await().atMost(Duration.ofSeconds(60));
    }

    Node node() {
        return node;
    }

    UUID id() {
        return node.id();
    }

    /** Whether the life that it lives now is a member of a cluster. */
    boolean isMember() {
        return database.rows("SELECT id FROM nodes WHERE id = ? AND joined", id())
                        .size()
                == 1;
    }

    TestNode awaitMember() {
        soon().until(() -> isMember() && get("/health/ready").statusCode() == 200);
        return this;
    }

    /** How many runs of the skill {@code waits} it executes, in whichever life: each waits until it is interrupted. */
    int waiting() {
        return waiting.get();
    }

    /** Where the other nodes reach it. */
    String address() {
        return String.valueOf(database.one(String.class, "SELECT address FROM nodes WHERE id = ?", id()));
    }

    HttpResponse<String> get(String path) {
        try {
            return HTTP.send(
                    HttpRequest.newBuilder(URI.create(node.url() + path)).build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        node.drainAndEnd(true);
        try {
            node.awaitEnd();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
