package com.agenticverz.nova.enqueue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.agenticverz.nova.run.Enqueued;
import com.agenticverz.nova.run.NewRun;
import com.agenticverz.nova.store.TestDatabase;
import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client of applications, in their transactions. */
class RunClientTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    private static final String PLAN = TestDatabase.PLAN;

    @BeforeEach
    void empty() {
        DATABASE.execute("TRUNCATE runs, run_uniques");
    }

    @Test
    void runsAreThereWithTheCommitAndNotBefore() throws SQLException {
        try (var connection = transaction()) {
            var client = RunClient.on(connection);
            var one = client.enqueue(NewRun.with("me", PLAN)
                    .goal("g")
                    .priority(7)
                    .maxAttempts(2)
                    .timeoutSeconds(1.5)
                    .nextAttemptAt(OffsetDateTime.parse("2999-01-01T00:00:00Z"))
                    .expiresAt(OffsetDateTime.parse("3000-01-01T00:00:00+01:00"))
                    .idempotencyKey("k")
                    .concurrencyKey("c")
                    .uniqueFor(Duration.ofHours(1))
                    .build());
            client.enqueueAll(Collections.nCopies(50, NewRun.of("many", PLAN)));
            assertThat(one.created()).isTrue();
            assertThat(runs()).isZero();

            connection.commit();

            assertThat(runs()).isEqualTo(51);
            assertThat(DATABASE.rows("""
                SELECT agent_id, goal, priority, max_attempts, timeout_seconds, idempotency_key, concurrency_key, status,
                       next_attempt_at = '2999-01-01Z' AND expires_at = '2999-12-31 23:00Z' AS moments
                FROM runs WHERE id = ?""", one.id()))
                    .containsExactly(Map.of(
                            "agent_id", "me",
                            "goal", "g",
                            "priority", 7,
                            "max_attempts", 2,
                            "timeout_seconds", 1.5,
                            "idempotency_key", "k",
                            "concurrency_key", "c",
                            "status", "scheduled",
                            "moments", true));
        }
    }

    @Test
    void nothingIsThereAfterARollback() throws SQLException {
        try (var connection = transaction()) {
            var run = NewRun.with("me", PLAN).idempotencyKey("k").uniqueFor(Duration.ofHours(1));
            RunClient.on(connection).enqueue(run.build());
            RunClient.on(connection).enqueueAll(Collections.nCopies(50, NewRun.of("many", PLAN)));

            connection.rollback();

            assertThat(runs()).isZero();
            assertThat(RunClient.on(connection).enqueue(run.build()).created()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 30})
    void aKnownRunIsAnsweredWithItsId(int more) throws SQLException {
        try (var connection = transaction()) {
            var client = RunClient.on(connection);
            var run = NewRun.with("me", PLAN).idempotencyKey("k").build();
            var first = client.enqueue(run);

            assertThat(client.enqueue(run)).isEqualTo(new Enqueued(first.id(), false));
            var all = client.enqueueAll(IntStream.rangeClosed(0, more)
                    .mapToObj(i -> i == 0 ? run : NewRun.of("me", PLAN))
                    .toList());
            assertThat(all.getFirst()).isEqualTo(new Enqueued(first.id(), false));
            assertThat(all.subList(1, all.size())).hasSize(more).allMatch(Enqueued::created);
        }
    }

    @Test
    void whatPostgresRefusesIsOneClearException() throws SQLException {
        try (var connection = transaction()) {
            assertThatThrownBy(() -> RunClient.on(connection).enqueue(NewRun.of("me", "{\"steps\":[]}")))
                    .isInstanceOf(EnqueueException.class)
                    .hasMessage(
                            "not enqueued: ERROR: plan is {\"steps\": []}; allowed: an object with the array steps, of"
                                    + " at least one step")
                    .satisfies(
                            it -> assertThat(((EnqueueException) it).sqlState()).isEqualTo("22023"));
            connection.rollback();
            assertThatThrownBy(() ->
                            RunClient.on(connection).enqueueAll(Collections.nCopies(50, NewRun.of("me", "not JSON"))))
                    .isInstanceOf(EnqueueException.class)
                    .hasMessage("not enqueued: ERROR: invalid input syntax for type json");
        }
    }

    /** Some pools and tracers hand out a connection that does not show the driver's. */
    @Test
    void aConnectionThatHidesTheDriversWillDo() throws SQLException {
        try (var connection = transaction()) {
            var client = RunClient.on(hiding(connection));

            assertThat(client.enqueue(NewRun.with("me", PLAN).maxAttempts(2).build())
                            .created())
                    .isTrue();
            assertThat(client.enqueueAll(Collections.nCopies(50, NewRun.of("many", PLAN))))
                    .hasSize(50);

            connection.commit();
            assertThat(runs()).isEqualTo(51);
        }
    }

    private static Connection hiding(Connection connection) {
        return (Connection) Proxy.newProxyInstance(
                RunClientTest.class.getClassLoader(), new Class<?>[] {Connection.class}, (_, method, arguments) -> {
                    if (method.getName().equals("isWrapperFor")) {
                        return false;
                    }
                    if (method.getName().equals("unwrap")) {
                        throw new SQLException("wraps nothing");
                    }
                    try {
                        return method.invoke(connection, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void theDriverIsAllThatItNeeds() throws Exception {
        var driver = Path.of(org.postgresql.Driver.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        var url = DATABASE.connect().getMetaData().getURL();
        var java = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        Path.of("target", "classes") + File.pathSeparator + driver,
                        Path.of("src", "test", "resources", "application", "Application.java")
                                .toString(),
                        url,
                        "postgres"))
                .redirectErrorStream(true)
                .start();
        var said = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(java.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(said).isEqualTo("true false 52" + System.lineSeparator());
        assertThat(runs()).isEqualTo(53);
    }

    private static Connection transaction() throws SQLException {
        var connection = DATABASE.connect();
        connection.setAutoCommit(false);
        return connection;
    }

    private static long runs() {
        return DATABASE.one(Long.class, "SELECT count(*) FROM runs");
    }
}
