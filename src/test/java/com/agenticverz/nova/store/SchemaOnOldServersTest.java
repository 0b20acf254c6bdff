package com.agenticverz.nova.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.NewRun;
import com.agenticverz.nova.run.Outcome;
import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.run.RunStatus;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The oldest PostgreSQL that Nova supports knows every statement. The build fetches it for the one system named here. */
class SchemaOnOldServersTest {

    private static final Path BINARIES = Path.of("target", "oldest-postgres", "postgres.jar");
    private static final UUID NODE = new UUID(0, 0xa);

    private static EmbeddedPostgres server;
    private static Database database;

    @BeforeAll
    static void start() throws IOException {
        assumeTrue(
                System.getProperty("os.name").equals("Linux")
                        && System.getProperty("os.arch").equals("amd64")
                        && Files.exists(BINARIES),
                "fetched for linux-amd64 only");
        server = EmbeddedPostgres.builder()
                .setPgBinaryResolver((_, _) -> binaries())
                .start();
        var url = TestDatabase.urlOf(server, "postgres");
        database = Database.open(url, url);
        database.schema().migrate();
    }

    private static InputStream binaries() throws IOException {
        try (var jar = new ZipFile(BINARIES.toFile());
                var archive = jar.getInputStream(jar.getEntry("postgres-linux-x86_64.txz"))) {
            return new ByteArrayInputStream(archive.readAllBytes());
        }
    }

    @AfterAll
    static void stop() throws IOException {
        if (database != null) {
            database.close();
        }
        if (server != null) {
            server.close();
        }
    }

    @Test
    void theServerIsTheOldestThatIsSupported() throws Exception {
        try (var connection = server.getPostgresDatabase().getConnection()) {
            assertThat(connection.getMetaData().getDatabaseMajorVersion()).isEqualTo(14);
        }
        assertThat(database.schema().version())
                .isEqualTo(new Schema.Version(TestDatabase.NEWEST, TestDatabase.NEWEST, 0));
    }

    @Test
    void everyStatementOfARunsLifeWorks() {
        var runs = database.runs();
        var nodes = database.nodes();
        var leases = database.leases();
        var epoch = leases.acquire("poller", "test", Duration.ofHours(1)).orElseThrow();
        assertThat(leases.renew("poller", "test", epoch, Duration.ofHours(1))).isTrue();
        for (int i = 0; i < 5; i++) {
            var run = NewRun.with("agent", TestDatabase.PLAN).idempotencyKey("key " + i);
            assertThat(runs.enqueue(run.build()).created()).isTrue();
            run.uniqueFor(Duration.ofHours(1));
            assertThat(runs.enqueue(run.build()).created()).isFalse();
        }
        var claimed = (ClaimResult.Claimed)
                runs.claim(epoch, NODE, 8, Position.START, List.of(new Fence(UUID.randomUUID(), 1, 0)), 3);
        var fences =
                claimed.runs().stream().map(run -> run.under(claimed.claimId())).toList();
        assertThat(fences).hasSize(5);
        assertThat(runs.inFlight()).hasSize(5);

        assertThat(runs.mark(NODE, marks(fences.subList(0, 3)), List.of())).hasSize(3);
        var self = new NodeRow(NODE, 7, "here:1", "1", 4, false, false, Map.of());
        var other = new NodeRow(UUID.randomUUID(), 8, "there:1", "1", 4, false, false, Map.of());
        assertThat(nodes.clusterIdentity()).isEqualTo(nodes.clusterIdentity());
        nodes.register(self);
        assertThat(nodes.mayFound(self, peers -> !peers.isEmpty(), Duration.ofHours(1)))
                .isTrue();
        nodes.joined(self.asJoined());
        assertThat(nodes.peers(other)).extracting(Peer::address).containsExactly("here:1");
        assertThat(nodes.heartbeat(self.asJoined(), true).held()).hasSize(8);
        assertThat(nodes.holders(true)).extracting(Holder::node).containsExactly(NODE);
        assertThat(runs.checkpoint(List.of(
                        new Checkpoint(fences.get(2), "a", "noop", "1", null, 1, Duration.ZERO, Duration.ZERO))))
                .hasSize(1);
        assertThat(runs.finishedSteps(fences.get(2).runId())).containsExactly(new FinishedStep("a", "noop", "1"));
        assertThat(runs.handBack(fences.subList(0, 1), List.of())).hasSize(1);
        assertThat(runs.settle(
                        NODE,
                        List.of(
                                settlement(fences.get(1), new Outcome.Succeeded("{}")),
                                settlement(fences.get(3), new Outcome.Retry("not yet", Duration.ZERO))),
                        List.of()))
                .hasSize(2);
        assertThat(runs.promote(10, OffsetDateTime.MIN))
                .returns(1, Promotion::promoted)
                .returns(null, Promotion::nextDue);
        // One is marked, one was never marked; the one that was handed back is no longer the node's.
        assertThat(runs.rescue(NODE, 3).requeued()).hasSize(2);
        assertThat(runs.countWaiting()).isEqualTo(4);
        assertThat(runs.readBack(List.of(fences.get(1).runId())))
                .extracting(RowState::status)
                .containsExactly(RunStatus.SUCCEEDED);
        var sleeping = (ClaimResult.Claimed) runs.claim(epoch, NODE, 1, Position.START, List.of(), 3);
        var sleeper = sleeping.runs().getFirst().under(sleeping.claimId());
        assertThat(runs.mark(NODE, marks(List.of(sleeper)), List.of())).hasSize(1);
        assertThat(runs.takeSignal(sleeper, "a", "go")).contains(new SignalLook(null, Duration.ZERO, 0));
        var sleepers = List.of(new Sleeper(sleeper, Duration.ofDays(1), Set.of("go"), 0, true));
        assertThat(runs.snooze(sleepers, List.of(sleeper.claimId()))).hasSize(1);
        assertThat(database.interventions().signal(sleeper.runId(), "go", "1", null))
                .isEqualTo(Signalled.WOKEN);
        sleeping = (ClaimResult.Claimed) runs.claim(epoch, NODE, 1, Position.START, List.of(), 3);
        sleeper = sleeping.runs().getFirst().under(sleeping.claimId());
        assertThat(runs.mark(NODE, marks(List.of(sleeper)), List.of())).hasSize(1);
        assertThat(runs.takeSignal(sleeper, "a", "go").orElseThrow().payloadJson())
                .isEqualTo("1");
        assertThat(runs.snooze(List.of(new Sleeper(sleeper, Duration.ofMillis(1))), List.of(sleeper.claimId())))
                .hasSize(1);
        await().until(() -> runs.promote(10, OffsetDateTime.MIN).promoted() == 1);
        var again = (ClaimResult.Claimed) runs.claim(epoch, NODE, 8, Position.START, List.of(), 3);
        assertThat(again.runs()).extracting(Run::attempts).containsOnly(0, 1);
        assertThat(runs.assigned(NODE, again.claimId(), 3)).hasSameSizeAs(again.runs());
        assertThat(runs.release(NODE, List.of(again.claimId()))).hasSameSizeAs(again.runs());

        runs.setIdle(epoch, true);
        assertThat(database.status().counts()).containsEntry(RunStatus.QUEUED, 4L);
        assertThat(database.status().overview().poller()).isEqualTo("test");
        // The rescue has taken it away.
        assertThat(nodes.heartbeat(self.asJoined(), true).known()).isFalse();
        nodes.register(self.asDraining());
        assertThat(database.status().nodes()).hasSize(1);
        nodes.leave(NODE);
        leases.release("poller", "test", epoch);
    }

    @Test
    void idsAreUuidsOfVersionSevenInTheOrderOfTime() throws Exception {
        try (var connection = server.getPostgresDatabase().getConnection();
                var statement = connection.createStatement();
                var result = statement.executeQuery("""
                        WITH ids AS MATERIALIZED (SELECT n, nova_run_id() AS id FROM generate_series(1, 10000) n)
                        SELECT count(DISTINCT id),
                               count(*) FILTER (WHERE id::text !~ '^.{8}-.{4}-7.{3}-[89ab].{3}-.{12}$'),
                               count(*) FILTER (WHERE left(id::text, 18) < left(before::text, 18)),
                               max(abs(extract(epoch FROM now()) * 1000
                                   - ('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint))
                        FROM (SELECT id, lag(id) OVER (ORDER BY n) AS before FROM ids) AS i
                        """)) {
            result.next();
            assertThat(result.getInt(1)).as("different").isEqualTo(10_000);
            assertThat(result.getInt(2)).as("of another shape").isZero();
            assertThat(result.getInt(3)).as("before its predecessor").isZero();
            assertThat(result.getDouble(4)).as("milliseconds from now").isLessThan(60_000);
        }
    }

    private static List<Mark> marks(List<Fence> fences) {
        return fences.stream().map(fence -> new Mark(fence, Duration.ZERO)).toList();
    }

    private static Settlement settlement(Fence fence, Outcome outcome) {
        return new Settlement(fence, true, true, outcome, Duration.ofMillis(1), Duration.ZERO);
    }
}
