package com.agenticverz.nova.cli;

import com.agenticverz.nova.cli.dev.EmbeddedServer;
import com.agenticverz.nova.cli.dev.Progress;
import com.agenticverz.nova.cli.dev.Samples;
import com.agenticverz.nova.enqueue.Enqueuer;
import com.agenticverz.nova.node.Node;
import com.agenticverz.nova.node.Settings;
import com.agenticverz.nova.node.Variable;
import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.telemetry.Logging;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code dev}: the whole product with nothing installed. */
@Command(
        name = "dev",
        description = {
            "Run Nova with a PostgreSQL of its own: one node and, at each start, some sample runs.",
            "Data stays in the folder between starts. Ctrl-C drains the node and stops PostgreSQL."
        },
        footer = {
            "",
            "Where a variable is not set, dev differs from worker: RUN_BACKOFF_BASE is 1, WORKER_SHUTDOWN_TIMEOUT 10,"
                    + " CLUSTER_HOST 127.0.0.1, LOG_FORMAT text, and HTTP_PORT any free port when 8080 is taken."
                    + " With NOVA_CONFIG only the last holds. DATABASE_URL and DATABASE_DIRECT_URL are not used."
        },
        mixinStandardHelpOptions = true)
public final class DevCommand implements Callable<Integer> {

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(250);
    private static final Duration SAMPLES_TIMEOUT = Duration.ofSeconds(60);
    private static final int USUAL_HTTP_PORT = 8080;
    private static final int HIGHEST_PORT = 65_535;

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--data", paramLabel = "FOLDER", description = "Where the data is kept; default .nova here.")
    private Path folder = Path.of(".nova");

    @Option(
            names = "--postgres-port",
            paramLabel = "PORT",
            description = "Where PostgreSQL listens; default: the port of the last time, or any free one.")
    private int postgresPort;

    @Option(names = "--no-samples", description = "Enqueue no sample runs.")
    private boolean noSamples;

    @Option(
            names = "--exit-when-done",
            description = "Stop when the sample runs have ended; exit code 0 if each ended as expected, otherwise 1.")
    private boolean exitWhenDone;

    @Mixin
    private NodeFlags flags = new NodeFlags();

    private final Clock clock = Clock.systemUTC();

    @Override
    public Integer call() throws InterruptedException {
        Logging.quiet();
        if (postgresPort < 0 || postgresPort > HIGHEST_PORT) {
            throw new ParameterException(
                    spec.commandLine(), "--postgres-port: '" + postgresPort + "' is out of range; allowed: 0 to 65535");
        }
        // Before anything is touched: a bad setting is said at once.
        settings("postgresql://nova@127.0.0.1/nova").warnings().forEach(this::warn);
        if (System.getenv(Variable.DATABASE_URL.name()) != null) {
            warn("dev has a PostgreSQL of its own and does not use DATABASE_URL; the worker command does");
        }
        System.out.println("nova dev: starting PostgreSQL in " + folder + " (a few seconds more the first time)");
        var server = EmbeddedServer.prepare(folder, postgresPort);
        var settings = settings(server.url());
        var database =
                Database.open(settings.database().url(), settings.database().directUrl());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(database, server), "stop-postgresql"));
        server.start();
        Logging.toFile(folder.resolve("nova.log"), settings.log().format());
        var node = Node.start(settings);
        var progress = new Progress(System.out, isTerminal());
        node.handleSignals(() -> draining(progress), server::stopAtOnce);
        introduce(server, node);
        Thread.ofVirtual().name("progress").start(() -> watch(database, node, progress));
        return node.awaitEnd() ? 0 : 1;
    }

    private void introduce(EmbeddedServer server, Node node) {
        List.of(
                        "",
                        "  http      " + node.url() + "/metrics and " + node.url() + "/health/ready",
                        "  psql      psql " + server.url(),
                        "  enqueue   INSERT INTO runs (agent_id, plan) VALUES"
                                + " ('me', '{\"steps\":[{\"skill\":\"echo\",\"params\":{\"hello\":\"world\"}}]}');",
                        "  look      SELECT id, status, attempts, result, error_message FROM runs"
                                + " ORDER BY created_at DESC LIMIT 10;",
                        "  log       " + folder.resolve("nova.log"),
                        "  stop      Ctrl-C",
                        "")
                .forEach(System.out::println);
    }

    /** Shows how the runs get on, and says what became of the samples when they have ended. */
    private void watch(Database database, Node node, Progress progress) {
        var waited = Duration.ZERO;
        @Nullable Samples samples = null;
        boolean said = false;
        while (!said || !exitWhenDone) {
            try {
                if (samples == null && !noSamples && polls(database, node)) {
                    samples = Samples.enqueue(new Enqueuer(database.runs()), clock.instant());
                    progress.say(List.of("enqueued " + samples.count() + " sample runs"));
                }
                progress.show(database.status().counts());
                boolean tooLong = exitWhenDone && waited.compareTo(SAMPLES_TIMEOUT) > 0;
                if (!said && (noSamples || tooLong)) {
                    said = true;
                    end(progress, node, samples == null ? List.of() : samples.report(database.status()), noSamples);
                } else if (!said && samples != null && samples.haveEnded(database.status())) {
                    said = true;
                    end(progress, node, samples.report(database.status()), samples.endedAsExpected(database.status()));
                }
                Thread.sleep(BETWEEN_LOOKS);
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                progress.show("the database does not answer: " + Problems.of(e));
                LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
            }
            waited = waited.plus(BETWEEN_LOOKS);
        }
    }

    /** From now on, runs are claimed. After a dev that was killed this takes until its lease has run out. */
    private static boolean polls(Database database, Node node) {
        return node.id().toString().equals(database.status().overview().poller());
    }

    private void end(Progress progress, Node node, List<String> report, boolean asExpected) {
        progress.say(report);
        if (exitWhenDone) {
            draining(progress);
            node.drainAndEnd(asExpected);
        } else {
            progress.say(List.of("waiting for runs of yours; Ctrl-C stops"));
        }
    }

    private static void draining(Progress progress) {
        progress.close();
        System.out.println("draining");
    }

    private static void stop(Database database, EmbeddedServer server) {
        database.close();
        server.stop();
        server.release();
        System.out.println("PostgreSQL has stopped");
    }

    private Settings settings(String url) {
        var environment = new HashMap<>(System.getenv());
        environment.put(Variable.DATABASE_URL.name(), url);
        environment.remove(Variable.DATABASE_DIRECT_URL.name());
        var given = flags.given();
        if (!environment.containsKey(Variable.CONFIG_FILE)) {
            unlessSet(environment, Variable.RUN_BACKOFF_BASE, "1");
            unlessSet(environment, Variable.WORKER_SHUTDOWN_TIMEOUT, "10");
            unlessSet(environment, Variable.CLUSTER_HOST, "127.0.0.1");
            unlessSet(environment, Variable.LOG_FORMAT, "text");
        }
        boolean portIsSet = given.containsKey(Variable.HTTP_PORT.flag())
                || environment.containsKey(Variable.HTTP_PORT.name())
                || environment.containsKey(Variable.CONFIG_FILE);
        if (!portIsSet && !EmbeddedServer.isFree(USUAL_HTTP_PORT)) {
            environment.put(Variable.HTTP_PORT.name(), "0");
        }
        return Settings.load(environment, given);
    }

    private static void unlessSet(Map<String, String> environment, Variable variable, String value) {
        environment.putIfAbsent(variable.name(), value);
    }

    private void warn(String warning) {
        System.err.println("nova: " + warning);
    }

    /** Since Java 22 there is a console even where there is no terminal. */
    private static boolean isTerminal() {
        var console = System.console();
        return console != null && console.isTerminal();
    }
}
