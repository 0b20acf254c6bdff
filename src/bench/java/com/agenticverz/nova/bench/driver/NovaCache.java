package com.agenticverz.nova.bench.driver;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The AOT cache that the image is started with: classes, and what the compiler knew of them at the end of a training that
 * is like the image's.
 */
final class NovaCache {

    private static final Duration TO_END_RUNS = Duration.ofSeconds(120);

    /** How long a worker lives whose classes go into the cache: a heartbeat, a tick of the metrics, a renewed lease. */
    private static final Duration TRAINING = Duration.ofSeconds(6);

    private static final int RUNS_OF_EACH_KIND = 20;
    private static final int RUNS_THAT_DO_NOTHING = 20_000;

    /** Runs of every kind, as the image's training has them. */
    private static final List<String> PLANS = List.of("""
            {"steps":[{"skill":"echo","params":{"a":1}},{"skill":"noop"}]}""", """
            {"steps":[{"skill":"sleep","params":{"seconds":0.3}}]}""", """
            {"steps":[{"skill":"fail","params":{"times":1}}]}""", """
            {"steps":[{"skill":"fail","params":{"retryable":false}}]}""");

    private final NovaJar jar;
    private final NovaWorker workers;
    private final Path cache;
    private boolean trained;

    /**
     * Trained at first use.
     *
     * @param cache where it goes
     */
    NovaCache(NovaJar jar, NovaWorker workers, Path cache) {
        this.jar = jar;
        this.workers = workers;
        this.cache = cache;
    }

    /** The options of a JVM that uses it, and ends where it does not fit: otherwise it would only be slow. */
    List<String> options(Server server) {
        if (!trained) {
            try (var database = server.createDatabase("nova_training")) {
                train(database);
            }
            server.dropDatabase("nova_training");
            trained = true;
        }
        return List.of("-XX:AOTMode=on", "-XX:AOTCache=" + cache);
    }

    private void train(BenchDatabase database) {
        try {
            Files.deleteIfExists(cache);
        } catch (IOException e) {
            throw new BenchFailure("the AOT cache " + cache + ": " + e, e);
        }
        workers.migrate(database);
        PLANS.forEach(plan -> enqueue(database, plan.strip(), RUNS_OF_EACH_KIND));
        enqueue(database, "{\"steps\":[{\"skill\":\"noop\"}]}", RUNS_THAT_DO_NOTHING);
        var worker = workers.start(database, jar.command(List.of("-XX:AOTCacheOutput=" + cache), "worker"));
        try {
            database.awaitNone("SELECT 1 FROM runs WHERE status NOT IN ('succeeded', 'failed')", TO_END_RUNS);
            BenchDatabase.pause(TRAINING);
        } finally {
            worker.destroy();
        }
        workers.awaitEnd(worker);
        if (!Files.exists(cache)) {
            throw new BenchFailure("the worker left no AOT cache; see " + workers.log());
        }
    }

    private static void enqueue(BenchDatabase database, String plan, int runs) {
        database.execute("INSERT INTO runs (agent_id, plan) SELECT 'train', '" + plan + "' FROM generate_series(1, "
                + runs + ")");
    }
}
