package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.DatabaseUrl;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * What one scenario test plays with: a database of its own on the one server of this JVM, with an audit of every change
 * of a run's status, and nodes, which never outlive the test.
 */
final class Scenario implements BeforeEachCallback, AfterEachCallback {

    /**
     * Every change of status, and every write to a run that is over: a run settled twice has two rows here even where
     * the second changes nothing.
     */
    private static final String AUDIT = """
            CREATE TABLE audit (
              at timestamptz NOT NULL DEFAULT clock_timestamp(),
              run_id uuid NOT NULL, old_status text NOT NULL, new_status text NOT NULL, attempts int NOT NULL);
            CREATE FUNCTION audit_run() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              INSERT INTO audit (run_id, old_status, new_status, attempts)
              VALUES (NEW.id, OLD.status, NEW.status, NEW.attempts);
              RETURN NULL;
            END
            $$;
            CREATE TRIGGER audit AFTER UPDATE ON runs FOR EACH ROW
              WHEN (OLD.status <> NEW.status OR OLD.status IN ('succeeded', 'failed', 'cancelled'))
              EXECUTE FUNCTION audit_run();
            """;

    private static final AtomicInteger CREATED = new AtomicInteger();
    private static final Path LOGS = Path.of("target", "scenario-logs");

    private final boolean migrated;
    private final boolean ownServer;
    private final int hosts;
    private final List<NodeProcess> nodes = new ArrayList<>();
    private String database = "";
    private PostgresServer server;
    private Network network;

    /** On the schema of today. */
    static Scenario create() {
        return new Scenario(true, false, 0);
    }

    /** On a database with nothing in it. */
    static Scenario createEmpty() {
        return new Scenario(false, false, 0);
    }

    /** On the schema of today and a server of its own, to be stopped and started at will. */
    static Scenario onServerOfItsOwn() {
        return new Scenario(true, true, 0);
    }

    /** On the schema of today, with hosts whose networks can be cut. */
    static Scenario onHosts(int hosts) {
        return new Scenario(true, true, hosts);
    }

    private Scenario(boolean migrated, boolean ownServer, int hosts) {
        this.migrated = migrated;
        this.ownServer = ownServer;
        this.hosts = hosts;
    }

    /** The one server of this JVM, started by the first that needs it, closed after the last. */
    private static PostgresServer shared(ExtensionContext context) {
        return context.getRoot()
                .getStore(ExtensionContext.Namespace.GLOBAL)
                .getOrComputeIfAbsent(
                        PostgresServer.class, _ -> withTemplate(PostgresServer.start()), PostgresServer.class);
    }

    private static PostgresServer withTemplate(PostgresServer server) {
        server.sql("postgres").execute("CREATE DATABASE audited TEMPLATE template0");
        var url = DatabaseUrl.parse("url", server.url("audited"));
        try (var opened = Database.open(url, url)) {
            opened.schema().migrate();
        }
        audit(server.sql("audited"));
        return server;
    }

    /** Adds the audit to a schema that somebody else has made. */
    static void audit(Sql sql) {
        sql.execute(AUDIT);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        database = "scenario_" + CREATED.incrementAndGet();
        if (hosts > 0) {
            network = Network.of(hosts);
            server = withTemplate(PostgresServer.start(network.databaseAddress(), network.databaseNetwork()));
        } else {
            server = ownServer ? withTemplate(PostgresServer.start()) : shared(context);
        }
        server.sql("postgres")
                .execute("CREATE DATABASE " + database + " TEMPLATE " + (migrated ? "audited" : "template0"));
    }

    @Override
    public void afterEach(ExtensionContext context) {
        nodes.forEach(NodeProcess::close);
        keepLogs(context.getRequiredTestClass().getSimpleName() + "-"
                + context.getRequiredTestMethod().getName());
        if (network != null) {
            network.close();
        }
        if (server == null) {
            return;
        }
        if (ownServer) {
            server.close();
        } else {
            server.sql("postgres").execute("DROP DATABASE IF EXISTS " + database + " WITH (FORCE)");
        }
    }

    private void keepLogs(String test) {
        try {
            Files.createDirectories(LOGS);
            for (int i = 0; i < nodes.size(); i++) {
                var text = new ArrayList<>(nodes.get(i).lines());
                nodes.get(i).errorLines().forEach(line -> text.add("stderr: " + line));
                Files.write(LOGS.resolve(test + "-" + (i + 1) + ".log"), text);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The server behind it. */
    PostgresServer server() {
        return server;
    }

    /** Its hosts. */
    Network network() {
        return network;
    }

    /** The name of its database. */
    String database() {
        return database;
    }

    /** Its database, as a setting names it. */
    String url() {
        return server.url(database);
    }

    /** Statements on its database. */
    Sql sql() {
        return server.sql(database);
    }

    /**
     * Starts a node on the database.
     *
     * @param settings names and values in turn
     */
    NodeProcess node(String... settings) {
        return start(environment(settings));
    }

    private Map<String, String> environment(String... settings) {
        var environment = new HashMap<String, String>();
        environment.put("DATABASE_URL", url());
        for (int i = 0; i < settings.length; i += 2) {
            environment.put(settings[i], settings[i + 1]);
        }
        return environment;
    }

    /** Starts a node on the database that has one more skill, of the tests. */
    NodeProcess nodeWith(Class<? extends Skill> skill, String... settings) {
        try {
            var services = Files.createTempDirectory(Path.of("target"), "skills-");
            var entry = services.resolve(Path.of("META-INF", "services", Skill.class.getName()));
            Files.createDirectories(entry.getParent());
            Files.writeString(entry, skill.getName());
            return started(NodeProcess.start(
                    environment(settings), List.of(), List.of(services, Path.of("target", "test-classes"))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts a node with just these settings. */
    NodeProcess start(Map<String, String> environment) {
        return started(NodeProcess.start(environment));
    }

    /** Starts a node on one of the hosts. */
    NodeProcess nodeOn(Network.Host host, String... settings) {
        var environment = environment(settings);
        environment.put("DATABASE_URL", server.url(network.databaseAddress(), "postgres", database));
        environment.put("CLUSTER_HOST", host.address());
        return started(NodeProcess.startOn(host, environment));
    }

    /** Starts a node that has these classes instead of its own. */
    NodeProcess nodeOfAnotherVersion(Path classes, String... settings) {
        return started(NodeProcess.start(environment(settings), List.of(classes), List.of()));
    }

    private NodeProcess started(NodeProcess node) {
        nodes.add(node);
        return node;
    }

    // --- what holds at the end of every story

    /** Each of the runs has reached a terminal status, was written so once, and nothing is left of any claim. */
    void assertEachSettledOnce() {
        var sql = sql();
        assertThat(sql.rows("SELECT id, status, attempts, error_message FROM runs"
                        + " WHERE status NOT IN ('succeeded', 'failed', 'cancelled')"))
                .as("runs that have not ended")
                .isEmpty();
        assertThat(sql.rows("""
                        SELECT r.id, r.status, array_agg(a.old_status || '>' || a.new_status ORDER BY a.at) AS writes
                        FROM runs r LEFT JOIN audit a ON a.run_id = r.id
                        GROUP BY r.id
                        HAVING count(*) FILTER (WHERE a.new_status IN ('succeeded', 'failed', 'cancelled')) <> 1
                            OR count(*) FILTER (WHERE a.old_status IN ('succeeded', 'failed', 'cancelled')) <> 0
                        """)).as("runs not settled exactly once").isEmpty();
        assertNoClaims();
    }

    /** Nothing is left of any claim, at once or with the next heartbeat. */
    void assertNoClaims() {
        sql().awaitTrue(Duration.ofSeconds(10), "SELECT count(*) = 0 FROM claims");
    }

    /** The statuses that a run went through. */
    List<String> history(UUID run) {
        return sql().column(
                        String.class,
                        "SELECT old_status || '>' || new_status FROM audit WHERE run_id = ? ORDER BY at",
                        run);
    }

    /** What became of a run, but for its marks: on a busy machine any run may last long enough to be marked. */
    List<String> settlements(UUID run) {
        return history(run).stream()
                .map(change -> change.split(">")[1])
                .filter(status -> !status.equals("running"))
                .toList();
    }

    /** Ends the sessions of all nodes: of one that was killed, a statement may still wait for a lock. */
    void endSessions() {
        sql().rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                + " WHERE datname = current_database() AND application_name LIKE 'nova%'");
        awaitNoSessions();
    }

    /** Waits until no session of any node is left: what it sent last is written, or never will be. */
    void awaitNoSessions() {
        sql().awaitTrue(
                        Duration.ofSeconds(10),
                        "SELECT count(*) = 0 FROM pg_stat_activity"
                                + " WHERE datname = current_database() AND application_name LIKE 'nova%'");
    }

    /** A figure for the record: it goes to the output of the test. */
    static void measured(String what, Object value) {
        System.out.println("measured: " + what + ": " + value);
    }
}
