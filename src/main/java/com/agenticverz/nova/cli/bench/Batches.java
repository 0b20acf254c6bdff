package com.agenticverz.nova.cli.bench;

import com.agenticverz.nova.run.NewRun;
import java.util.Collections;
import java.util.List;

/** Runs to enqueue. */
final class Batches {

    /** Runs of one statement, where nothing else is said. */
    static final int SIZE = 1000;

    private static final String AGENT = "bench";

    private Batches() {}

    /** So many runs that do nothing. */
    static List<NewRun> of(int runs) {
        return Collections.nCopies(runs, run("noop"));
    }

    /** A run of one step. */
    static NewRun run(String skill) {
        return NewRun.of(AGENT, "{\"steps\":[{\"skill\":\"" + skill + "\"}]}");
    }
}
