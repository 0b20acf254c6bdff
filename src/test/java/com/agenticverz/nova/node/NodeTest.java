package com.agenticverz.nova.node;

import static com.agenticverz.nova.node.TestNode.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.agenticverz.nova.store.TestDatabase;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A whole node in one JVM, and its lives. Signals and exit codes are for the tests with processes. */
@Timeout(180)
class NodeTest {

    private static final String WAITS = "{\"steps\": [{\"skill\": \"waits\"}]}";
    private static final int MAX_ATTEMPTS = 5;

    @RegisterExtension
    static final TestDatabase DB = TestDatabase.create();

    @BeforeEach
    void startAfresh() {
        DB.empty("nodes, leases, claims, runs");
    }

    @Test
    void aNodeThatWasRescuedBeginsAnotherLifeAndOnlyThat() throws Exception {
        try (var node =
                TestNode.start(DB, Map.of("WORKER_SHUTDOWN_TIMEOUT", "0")).awaitMember()) {
            var first = node.id();
            var address = node.address();
            var run = DB.insertRun(WAITS);
            soon().until(() -> first.equals(holder(run)));

            DB.database().runs().rescue(first, MAX_ATTEMPTS);

            soon().until(() -> !node.id().equals(first));
            node.awaitMember();
            var second = node.id();
            soon().until(() -> second.equals(holder(run)));
            // That of the first life was interrupted, or it would still wait.
            assertThat(node.waiting()).isEqualTo(1);
            assertThat(DB.one(Integer.class, "SELECT attempts FROM runs")).isEqualTo(2);
            assertThat(DB.rows("SELECT id FROM nodes")).containsExactly(Map.of("id", second));
            assertThat(node.get("/metrics").body()).contains("nova_worker_pool_size");
            assertNothingIsLeftOfALifeAt(address);
        }
        assertThat(DB.rows("SELECT id FROM nodes")).isEmpty();
        assertThat(DB.one(String.class, "SELECT status FROM runs")).isEqualTo("queued");
        assertThat(DB.one(Integer.class, "SELECT attempts FROM runs")).isEqualTo(1);
        assertThat(threads("nova-.*-scheduler-.*")).isEmpty();
    }

    @Test
    void betweenTwoLivesItWaitsForItsPortAndEndsAtOnceWhenTold() throws Exception {
        int port = freePort();
        try (var node = TestNode.start(DB, Map.of("CLUSTER_HOST", "127.0.0.1", "CLUSTER_PORT", Integer.toString(port)))
                .awaitMember()) {
            var first = node.id();
            try (var taken = takePortAfterLife(node, port)) {
                assertThat(taken.isBound()).isTrue();
                soon().until(() -> node.get("/health/ready").body().contains("rejoining"));
                assertThat(node.id()).isEqualTo(first);
            }
            soon().until(() -> !node.id().equals(first));
            node.awaitMember();
            assertThat(node.address()).isEqualTo("127.0.0.1:" + port);

            try (var taken = takePortAfterLife(node, port)) {
                assertThat(taken.isBound()).isTrue();
                soon().until(() -> node.get("/health/ready").body().contains("rejoining"));

                node.node().drainAndEnd(true);

                assertThat(CompletableFuture.supplyAsync(() -> ended(node.node())))
                        .succeedsWithin(Duration.ofSeconds(60))
                        .isEqualTo(true);
            }
        }
    }

    @Test
    void itEndsAsItWasTold() throws Exception {
        var node = TestNode.start(DB, Map.of()).awaitMember();

        node.node().drainAndEnd(false);
        node.node().drainAndEnd(true);

        assertThat(node.node().awaitEnd()).isFalse();
        assertThat(DB.rows("SELECT id FROM nodes")).isEmpty();
        assertThat(DB.rows("SELECT name FROM leases WHERE isfinite(expires_at)"))
                .isEmpty();
    }

    @Test
    void aPortThatIsTakenIsFoundBeforeAnythingIsWritten() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            var port = Integer.toString(taken.getLocalPort());

            assertThatThrownBy(() -> TestNode.start(DB, Map.of("CLUSTER_HOST", "127.0.0.1", "CLUSTER_PORT", port)))
                    .hasMessage("CLUSTER_PORT: '" + port + "' is in use on 127.0.0.1; choose another one, or 0 for any"
                            + " free port. Nova did not start.");
        }
        assertThat(DB.rows("SELECT id FROM nodes")).isEmpty();
        assertThat(threads("nova-.*-scheduler-.*")).isEmpty();
    }

    private static boolean ended(Node node) {
        try {
            return node.awaitEnd();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Ends a life of a node, and takes its port before the next one needs it: an actor system is slower than that. */
    private static ServerSocket takePortAfterLife(TestNode node, int port) {
        DB.database().runs().rescue(node.id(), MAX_ATTEMPTS);
        while (true) {
            try {
                return new ServerSocket(port, 50, InetAddress.getByName("127.0.0.1"));
            } catch (IOException e) {
                Thread.onSpinWait();
            }
        }
    }

    private static int freePort() throws IOException {
        try (var any = new ServerSocket(0)) {
            return any.getLocalPort();
        }
    }

    private static UUID holder(UUID run) {
        return DB.one(UUID.class, "SELECT claimed_by FROM runs WHERE id = ?", run);
    }

    private static void assertNothingIsLeftOfALifeAt(String address) {
        var hostAndPort = address.split(":");
        assertThatThrownBy(() -> new Socket(hostAndPort[0], Integer.parseInt(hostAndPort[1])).close())
                .isInstanceOf(ConnectException.class);
        // Each actor system has one.
        assertThat(threads("nova-.*-scheduler-.*")).hasSize(1);
        // Each poller listens on one.
        soon().until(() -> DB.one(
                        Long.class,
                        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'nova-listen'"
                                + " AND datname = current_database()")
                == 1);
    }

    private static List<String> threads(String pattern) {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.matches(pattern))
                .toList();
    }
}
