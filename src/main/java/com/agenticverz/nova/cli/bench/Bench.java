package com.agenticverz.nova.cli.bench;

import com.agenticverz.nova.cli.DatabaseFlags;
import com.agenticverz.nova.cli.dev.EmbeddedServer;
import com.agenticverz.nova.node.Settings;
import com.agenticverz.nova.node.StartFailure;
import com.agenticverz.nova.node.Variable;
import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.store.BenchSchema;
import com.agenticverz.nova.store.Ceiling;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All that a figure is taken with: a database, schemas in it, a node or a ceiling. */
final class Bench {

    private static final List<String> EMBEDDED_SETTINGS = List.of("shared_buffers=1GB", "max_wal_size=8GB");

    /** Short: nothing that it executes lasts. */
    private static final String SHUTDOWN_TIMEOUT = "5";

    private final Closing closing;
    private final Settings settings;

    private Bench(Closing closing, Settings settings) {
        this.closing = closing;
        this.settings = settings;
    }

    /**
     * Finds or starts the database, and removes what benches left there that were killed.
     *
     * @param closing closes all that is opened
     * @param database null: an embedded one
     * @param given flags of the node under test, by their names
     * @throws StartFailure when the database does not answer
     */
    static Bench open(Closing closing, @Nullable DatabaseFlags database, Map<String, String> given, Report report) {
        var settings = database == null
                ? embedded(closing, given)
                : settings(given, null, database.given()).on(database.direct());
        var url = settings.database().url();
        if (!BenchSchema.canBeChosen(url)) {
            throw new StartFailure(url + " does not let a connection choose its schema; does it lead through PgBouncer?"
                    + " DATABASE_DIRECT_URL can name the server itself");
        }
        var leftOver = BenchSchema.removeLeftOver(url);
        leftOver.removed().forEach(name -> report.progress("removed %s, left by a bench that was killed", name));
        leftOver.kept().forEach(why -> report.progress("left over, and not removed: %s", why));
        return new Bench(closing, settings);
    }

    private static Settings embedded(Closing closing, Map<String, String> given) {
        // A bad setting is said before a server is started.
        settings(given, "postgresql://nova@127.0.0.1/nova", Map.of());
        var server = closing.open(Bench::start, EmbeddedServer::discard);
        return settings(given, server.url(), Map.of());
    }

    private static EmbeddedServer start() {
        try {
            var server = EmbeddedServer.prepare(Files.createTempDirectory("nova-bench-"), 0);
            try {
                server.start(EMBEDDED_SETTINGS);
                return server;
            } catch (RuntimeException e) {
                // Not its folder: the failure names the log in it.
                server.stopAtOnce();
                server.release();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The settings of a worker, but for where it listens; nobody else is to reach it.
     *
     * @param url null: as the environment or a flag says
     */
    private static Settings settings(
            Map<String, String> given, @Nullable String url, Map<String, String> databaseFlags) {
        var environment = new HashMap<>(System.getenv());
        List.of(
                        Variable.CLUSTER_BIND_HOST,
                        Variable.CLUSTER_BIND_PORT,
                        Variable.CLUSTER_TLS_CERTIFICATE_FILE,
                        Variable.CLUSTER_TLS_KEY_FILE,
                        Variable.CLUSTER_TLS_CA_FILE)
                .forEach(variable -> environment.remove(variable.name()));
        environment.put(Variable.CLUSTER_HOST.name(), "127.0.0.1");
        environment.put(Variable.CLUSTER_PORT.name(), "0");
        environment.put(Variable.HTTP_HOST.name(), "127.0.0.1");
        environment.put(Variable.HTTP_PORT.name(), "0");
        environment.put(Variable.WORKER_SHUTDOWN_TIMEOUT.name(), SHUTDOWN_TIMEOUT);
        if (!environment.containsKey(Variable.CONFIG_FILE)) {
            environment.putIfAbsent(Variable.WORKER_CONCURRENCY.name(), "64");
            environment.putIfAbsent(Variable.WORKER_BATCH_SIZE.name(), "1000");
            environment.putIfAbsent(Variable.LOG_SAMPLE_EVERY.name(), "1000");
        }
        if (url != null) {
            environment.put(Variable.DATABASE_URL.name(), url);
            environment.remove(Variable.DATABASE_DIRECT_URL.name());
        }
        var flags = new HashMap<>(given);
        flags.putAll(databaseFlags);
        return Settings.load(environment, flags);
    }

    /** Most runs that are claimed by one statement. */
    int batchSize() {
        return settings.poller().batchSize();
    }

    /** A schema with Nova's tables in it. */
    Ground ground() {
        return closing.open(() -> Ground.make(settings.database().url()), Ground::close);
    }

    /** A node on a schema that knows {@code noop} and these skills. */
    NodeUnderTest node(Ground ground, Skill... further) {
        return closing.open(
                () -> NodeUnderTest.start(settings.on(ground.url()), List.of(further)), NodeUnderTest::close);
    }

    /** The database alone, on a schema. */
    Ceiling ceiling(Ground ground) {
        return closing.open(() -> Ceiling.open(ground.url(), batchSize()), Ceiling::close);
    }

    /** What a figure of the node depends on. */
    Report.Setup setup(Ground ground) {
        return new Report.Setup(
                ground.store().settings(),
                Runtime.getRuntime().availableProcessors(),
                settings.worker().concurrency(),
                batchSize(),
                settings.log().sampleEvery());
    }

    /** What a figure without a node depends on. */
    Report.Setup setupWithoutNode(Ground ground, int batchSize) {
        return new Report.Setup(
                ground.store().settings(), Runtime.getRuntime().availableProcessors(), null, batchSize, null);
    }
}
