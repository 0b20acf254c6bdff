package com.agenticverz.nova.bench.driver;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Processes of {@code nova worker}. */
final class NovaWorker {

    private static final Duration TO_END = Duration.ofSeconds(60);

    private final NovaJar jar;
    private final Path log;

    /** Processes that log to this file. */
    NovaWorker(NovaJar jar, Path log) {
        this.jar = jar;
        this.log = log;
    }

    Path log() {
        return log;
    }

    void migrate(BenchDatabase database) {
        if (awaitEnd(start(database, jar.command("migrate"))) != 0) {
            throw new BenchFailure("nova migrate failed; see " + log);
        }
    }

    Process start(BenchDatabase database, List<String> command) {
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

    int awaitEnd(Process worker) {
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
