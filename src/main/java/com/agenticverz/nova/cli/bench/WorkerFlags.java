package com.agenticverz.nova.cli.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The flags of the node under test. */
final class WorkerFlags {

    private static final int WARM_UP = 50_000;

    @Option(
            names = "--warm-up",
            paramLabel = "RUNS",
            description = "Runs that are drained before anything is measured; default " + WARM_UP + ".")
    private @Nullable String warmUp;

    @Option(
            names = "--concurrency",
            paramLabel = "RUNS",
            description = "WORKER_CONCURRENCY of the node under test; default here 64.")
    private @Nullable String concurrency;

    @Option(
            names = "--batch-size",
            paramLabel = "RUNS",
            description = "WORKER_BATCH_SIZE of the node under test; default here 1000.")
    private @Nullable String batchSize;

    /** Those that are settings of the node and were given, by their names. */
    Map<String, String> given() {
        var given = new LinkedHashMap<String, String>();
        if (concurrency != null) {
            given.put("--concurrency", concurrency);
        }
        if (batchSize != null) {
            given.put("--batch-size", batchSize);
        }
        return given;
    }

    /** Runs that are drained before anything is measured. */
    int warmUp() {
        return BenchFlags.runs("--warm-up", warmUp, WARM_UP);
    }
}
