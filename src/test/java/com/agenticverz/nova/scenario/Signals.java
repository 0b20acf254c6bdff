package com.agenticverz.nova.scenario;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Signals to processes. */
final class Signals {

    private Signals() {}

    /** Sends one, by its name without SIG. */
    static void send(long pid, String name) {
        try {
            var kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                    .redirectErrorStream(true)
                    .start();
            var said = new String(kill.getInputStream().readAllBytes());
            if (kill.waitFor() != 0) {
                throw new IllegalStateException("kill -" + name + " " + pid + ": " + said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
