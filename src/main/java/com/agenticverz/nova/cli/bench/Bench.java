package com.agenticverz.nova.cli.bench;

import com.agenticverz.nova.cli.DatabaseFlags;
import com.agenticverz.nova.cli.dev.EmbeddedServer;
import com.agenticverz.nova.node.Settings;
import com.agenticverz.nova.node.StartFailure;
import com.agenticverz.nova.node.Variable;
import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.builtin.EchoSkill;
import com.agenticverz.nova.store.BenchSchema;
import com.agenticverz.nova.store.Ceiling;
import com.agenticverz.nova.store.DatabaseUrl;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that a figure is taken with: a database, schemas in it, a node or a ceiling. Closed in reverse, once: at the end, on
 * failure, and on a signal, by whichever comes first.
 */
final class Bench implements AutoCloseable {

    private static final List<String> EMBEDDED_SETTINGS = List.of("shared_buffers=1GB", "max_wal_size=8GB");

    /** Short: nothing that it executes lasts. */
    private static final String SHUTDOWN_TIMEOUT = "5";

    private final Deque<Runnable> closing = new ArrayDeque<>();
    private final Settings settings;
    private boolean closed;
    private volatile boolean stopped;

    private Bench(@Nullable DatabaseFlags database, Map<String, String> given) {
        if (database == null) {
            // Settings first: a bad one is said before a server is started.
            settings(given, "postgresql://nova@127.0.0.1/nova", Map.of());
            settings = settings(given, embedded(), Map.of());
        } else {
            settings = settings(given, null, database.given()).on(database.direct());
        }
    }

    /**
     * Finds or starts the database, and removes what benches left there that were killed.
     *
     * @param database null: an embedded one
     * @param given flags of the node under test, by their names
     * @throws StartFailure when the database does not answer
     */
    static Bench open(@Nullable DatabaseFlags database, Map<String, String> given, Report report) {
        var bench = new Bench(database, given);
        Runtime.getRuntime().addShutdownHook(new Thread(bench::stop, "stop-bench"));
        if (!BenchSchema.canBeChosen(bench.url())) {
            throw new StartFailure(bench.url() + " does not let a connection choose its schema; does it lead through"
                    + " PgBouncer? DATABASE_DIRECT_URL can name the server itself");
        }
        var leftOver = BenchSchema.removeLeftOver(bench.url());
        leftOver.removed().forEach(name -> report.progress("removed %s, left by a bench that was killed", name));
        leftOver.kept().forEach(why -> report.progress("left over, and not removed: %s", why));
        return bench;
    }

    private String embedded() {
        try {
            var server = EmbeddedServer.prepare(Files.createTempDirectory("nova-bench-"), 0);
            onClose(server::discard);
            server.start(EMBEDDED_SETTINGS);
            return server.url();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            close();
            throw e;
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

    private DatabaseUrl url() {
        return settings.database().url();
    }

    /** Most runs that are claimed by one statement. */
    int batchSize() {
        return settings.poller().batchSize();
    }

    /** A schema with Nova's tables in it. */
    synchronized Ground ground() {
        requireOpen();
        var ground = Ground.make(url());
        onClose(ground::close);
        return ground;
    }

    /** A node on a schema that does nothing but {@code noop}. */
    NodeUnderTest node(Ground ground) {
        return node(ground, new EchoSkill());
    }

    /** A node on a schema, with a skill of the bench. */
    synchronized NodeUnderTest node(Ground ground, Skill skill) {
        requireOpen();
        var node = NodeUnderTest.start(settings.on(ground.url()), skill);
        onClose(node::close);
        return node;
    }

    /** The database alone, on a schema. */
    synchronized Ceiling ceiling(Ground ground) {
        requireOpen();
        var ceiling = Ceiling.open(ground.url(), batchSize());
        onClose(ceiling::close);
        return ceiling;
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

    /** Whether a signal has stopped it. */
    boolean isStopped() {
        return stopped;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the bench is closed");
        }
    }

    private synchronized void onClose(Runnable close) {
        closing.push(close);
    }

    private void stop() {
        stopped = true;
        try {
            close();
        } catch (RuntimeException e) {
            System.err.println("nova: " + e.getMessage());
        }
    }

    /** Closes what was opened, the last first; the one failure that is told is the first. */
    @Override
    public synchronized void close() {
        closed = true;
        @Nullable RuntimeException first = null;
        while (!closing.isEmpty()) {
            try {
                closing.pop().run();
            } catch (RuntimeException e) {
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
