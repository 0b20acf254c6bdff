package com.agenticverz.nova.bench.driver;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * How long a worker takes from the start of its process to its first claim, without and with an AOT cache that is made
 * as for the image. PostgreSQL writes down when the claim came; it and this process read the clock of one machine.
 */
final class NovaStart {

    private static final Duration TO_CLAIM = Duration.ofSeconds(60);
    private static final Duration TO_END = Duration.ofSeconds(30);

    /** How long a worker lives whose classes go into the cache: a heartbeat, a tick of the metrics, a renewed lease. */
    private static final Duration TRAINING = Duration.ofSeconds(6);

    private static final int TRAINING_RUNS = 20;

    private static final String WATCH = """
            CREATE TABLE bench_first_claim (at timestamptz NOT NULL);
            CREATE FUNCTION bench_note_claim() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              INSERT INTO bench_first_claim VALUES (clock_timestamp());
              RETURN NULL;
            END
            $$;
            CREATE TRIGGER bench_note_claim AFTER INSERT ON claims
              FOR EACH STATEMENT EXECUTE FUNCTION bench_note_claim();
            """;

    /** Runs of every kind, as the image's training has them. */
    private static final List<String> PLANS = List.of("""
            {"steps":[{"skill":"echo","params":{"a":1}},{"skill":"noop"}]}""", """
            {"steps":[{"skill":"sleep","params":{"seconds":0.3}}]}""", """
            {"steps":[{"skill":"fail","params":{"times":1}}]}""", """
            {"steps":[{"skill":"fail","params":{"retryable":false}}]}""");

    private final NovaJar jar;
    private final Path cache;
    private final Path log;

    /**
     * Made at the first measurement.
     *
     * @param cache where the AOT cache goes
     * @param log where the workers' logs go
     */
    NovaStart(NovaJar jar, Path cache, Path log) {
        this.jar = jar;
        this.cache = cache;
        this.log = log;
    }

    ObjectNode measure(BenchDatabase database, Sizes sizes) {
        migrate(database);
        train(database);
        database.execute(WATCH);
        var fields = new ObjectMapper().createObjectNode();
        var without = fields.putArray("without_aot_s");
        var with = fields.putArray("with_aot_s");
        for (int i = 0; i < sizes.of(Figure.START); i++) {
            without.add(secondsToClaim(database, List.of()));
            // on: a cache that does not fit ends the JVM, where it would otherwise only be slow.
            with.add(secondsToClaim(database, List.of("-XX:AOTMode=on", "-XX:AOTCache=" + cache)));
        }
        return fields;
    }

    private void migrate(BenchDatabase database) {
        var worker = start(database, jar.command("migrate"));
        if (awaitEnd(worker) != 0) {
            throw new BenchFailure("nova migrate failed; see " + log);
        }
    }

    private void train(BenchDatabase database) {
        try {
            Files.deleteIfExists(cache);
        } catch (IOException e) {
            throw new BenchFailure("the AOT cache " + cache + ": " + e, e);
        }
        for (int i = 0; i < TRAINING_RUNS; i++) {
            PLANS.forEach(plan ->
                    database.execute("INSERT INTO runs (agent_id, plan) VALUES ('train', '" + plan.strip() + "')"));
        }
        var worker = start(database, jar.command(List.of("-XX:AOTCacheOutput=" + cache), "worker"));
        try {
            database.awaitNone("SELECT 1 FROM runs WHERE status NOT IN ('succeeded', 'failed')", TO_CLAIM);
            BenchDatabase.pause(TRAINING);
        } finally {
            worker.destroy();
        }
        awaitEnd(worker);
        if (!Files.exists(cache)) {
            throw new BenchFailure("the worker left no AOT cache; see " + log);
        }
    }

    private double secondsToClaim(BenchDatabase database, List<String> jvm) {
        database.execute("TRUNCATE bench_first_claim");
        database.execute("INSERT INTO runs (agent_id, plan) VALUES ('start', '{\"steps\":[{\"skill\":\"noop\"}]}')");
        var began = Instant.now();
        var worker = start(database, jar.command(jvm, "worker"));
        try {
            database.awaitNone(
                    "SELECT 1 FROM runs WHERE status = 'queued' OR NOT EXISTS (SELECT 1 FROM bench_first_claim)",
                    TO_CLAIM);
            long micros = database.number("SELECT (extract(epoch FROM min(at)) * 1e6)::bigint FROM bench_first_claim");
            return (micros - TimeUnit.SECONDS.toMicros(began.getEpochSecond()) - began.getNano() / 1e3) / 1e6;
        } finally {
            worker.destroy();
            awaitEnd(worker);
        }
    }

    private Process start(BenchDatabase database, List<String> command) {
        var builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().put("DATABASE_URL", database.url());
        builder.environment().put("CLUSTER_HOST", "127.0.0.1");
        builder.environment().put("HTTP_PORT", "0");
        builder.environment().put("RUN_BACKOFF_BASE", "0.1");
        builder.environment().put("WORKER_SHUTDOWN_TIMEOUT", "10");
        try {
            return builder.start();
        } catch (IOException e) {
            throw new BenchFailure("nova did not start: " + e.getMessage(), e);
        }
    }

    private int awaitEnd(Process worker) {
        try {
            if (!worker.waitFor(TO_END.toSeconds(), TimeUnit.SECONDS)) {
                worker.destroyForcibly();
                throw new BenchFailure("nova did not end; see " + log);
            }
            return worker.exitValue();
        } catch (InterruptedException e) {
            worker.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new BenchFailure("interrupted", e);
        }
    }
}
