package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Through a PgBouncer that pools transactions. */
class PgBouncerIT {

    private static final int RUNS = 500;

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    private Process bouncer;
    private String url;

    @BeforeEach
    void startPgBouncer() throws IOException {
        var binary = Stream.of("/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst();
        assumeTrue(binary.isPresent(), "pgbouncer is not installed: this scenario is left out");
        int port = PostgresServer.freePort();
        var folder = Files.createTempDirectory(
                "nova-pgbouncer-", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        var users = Files.writeString(folder.resolve("users.txt"), "\"postgres\" \"\"\n");
        var configuration = Files.writeString(
                folder.resolve("pgbouncer.ini"), """
                [databases]
                * = host=127.0.0.1 port=%d
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = %d
                unix_socket_dir =
                auth_type = trust
                auth_file = %s
                pool_mode = transaction
                default_pool_size = 4
                ignore_startup_parameters = extra_float_digits, search_path
                """.formatted(scenario.server().port(), port, users));
        var command = new ArrayList<>(List.of(binary.get().toString()));
        if (System.getProperty("user.name").equals("root")) {
            // It refuses to be root.
            command.addAll(List.of("-u", "nobody"));
        }
        command.add(configuration.toString());
        bouncer = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        url = "postgresql://postgres@127.0.0.1:" + port + "/" + scenario.database();
        await().atMost(Duration.ofSeconds(10))
                .ignoreException(SQLException.class)
                .until(() -> {
                    DriverManager.getConnection("jdbc:" + url.replace("postgres@", "") + "?user=postgres")
                            .close();
                    return true;
                });
    }

    @AfterEach
    void stopPgBouncer() {
        if (bouncer != null) {
            bouncer.destroy();
        }
    }

    private void drainFiveHundred(NodeProcess node) {
        var sql = scenario.sql();
        sql.execute("INSERT INTO runs (agent_id, plan)"
                + " SELECT 'agent', CASE WHEN i % 100 = 0 THEN '{\"steps\": [{\"skill\": \"sleep\","
                + " \"params\": {\"seconds\": 0.3}}]}' ELSE '{\"steps\": [{\"skill\": \"noop\"}]}' END::jsonb"
                + " FROM generate_series(1, " + RUNS + ") AS i");
        sql.awaitCount(NodeProcess.SOON, "succeeded", RUNS);
        assertThat(sql.count("SELECT count(*) FROM runs WHERE attempts = 1")).isEqualTo(RUNS);
        scenario.assertEachSettledOnce();
        assertThat(node.events("worker_pool_poll_error")).isEmpty();
        assertThat(node.events("run_fenced")).isEmpty();
        assertThat(node.errorLines()).isEmpty();
    }

    @Test
    void withoutADirectAddressRunsAreFoundByPolling() {
        var node =
                scenario.node("DATABASE_URL", url, "WORKER_POLL_INTERVAL", "1").awaitPolling();
        assertThat(node.await("listen_unavailable").path("cause").asText()).contains("DATABASE_DIRECT_URL");
        drainFiveHundred(node);
        var run = scenario.sql().insert("noop", "{}");
        node.await("run_completed", run);
        assertThat(node.events("listen_unavailable")).hasSize(1);
        node.signal("TERM");
        assertThat(node.awaitExit(Duration.ofSeconds(20))).isZero();
    }

    @Test
    void withADirectAddressAnInsertIsNoticedAtOnce() {
        var node = scenario.node(
                        "DATABASE_URL", url, "DATABASE_DIRECT_URL", scenario.url(), "WORKER_POLL_INTERVAL", "30")
                .awaitPolling();
        var sql = scenario.sql();
        drainFiveHundred(node);
        sql.awaitTrue(Duration.ofSeconds(10), "SELECT idle FROM leases WHERE name = 'poller'");
        var waits = new ArrayList<Double>();
        for (int i = 0; i < 5; i++) {
            UUID run = sql.insert("noop", "{}");
            node.await("run_completed", run);
            waits.add(sql.one(
                            Number.class,
                            "SELECT extract(epoch FROM completed_at - created_at) * 1000 FROM runs WHERE id = ?",
                            run)
                    .doubleValue());
        }
        Scenario.measured("insert to end while idle, direct address, ms", waits);
        // The poll interval is 30 s.
        assertThat(waits).allSatisfy(wait -> assertThat(wait).isLessThan(10_000));
        assertThat(node.events("listen_unavailable")).isEmpty();
    }

    /** Its tables would be made where the user's are. */
    @Test
    void aBenchThroughItIsRefusedBeforeItMakesAnything() {
        try (var bench = CommandProcess.start(url, "bench", "ceiling")) {
            assertThat(bench.awaitExit(NodeProcess.SOON)).isEqualTo(1);
            assertThat(bench.lines()).isEmpty();
            assertThat(bench.errorLines())
                    .containsExactly("nova: " + url + " does not let a connection choose its schema; does it lead"
                            + " through PgBouncer? DATABASE_DIRECT_URL can name the server itself");
        }
        assertThat(scenario.sql().count("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'nova%'"))
                .isZero();
    }
}
