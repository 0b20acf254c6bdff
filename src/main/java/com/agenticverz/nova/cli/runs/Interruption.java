package com.agenticverz.nova.cli.runs;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Whether the command is to end early: on Ctrl-C and SIGTERM it finishes the batch that it is at and says how far it came,
 * for which it has some seconds; then the process ends, with the exit code of the signal.
 */
final class Interruption implements AutoCloseable {

    private static final int PATIENCE_SECONDS = 10;

    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread hook = new Thread(this::interrupt, "interrupt");
    private volatile boolean came;

    private Interruption() {}

    /** Watches for it from now on. */
    static Interruption watch() {
        var interruption = new Interruption();
        Runtime.getRuntime().addShutdownHook(interruption.hook);
        return interruption;
    }

    /** Whether it has come. */
    boolean came() {
        return came;
    }

    private void interrupt() {
        came = true;
        try {
            ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** All is said. */
    @Override
    public void close() {
        ended.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // It is running, and now it ends.
        }
    }
}
