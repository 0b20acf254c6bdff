package com.agenticverz.nova.cli.bench;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How often it is measured. */
final class RepetitionFlags {

    @Option(names = "--repetitions", paramLabel = "N", description = "How often it is measured; default 5.")
    private @Nullable String repetitions;

    int count() {
        return BenchFlags.number("--repetitions", repetitions, 5, 1, 1000);
    }
}
