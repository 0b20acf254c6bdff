package com.agenticverz.nova.bench.driver;

import java.io.Serial;

/** What went wrong, in one line for people. */
final class BenchFailure extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    BenchFailure(String what) {
        super(what.lines().findFirst().orElse("failed"));
    }

    BenchFailure(String what, Throwable cause) {
        super(what.lines().findFirst().orElse("failed"), cause);
    }
}
