package com.agenticverz.nova.cli;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Where what a command says goes to. */
public final class Terminal {

    private Terminal() {}

    /**
     * Whether stderr is a terminal. The JDK knows that of stdin and stdout together only ({@code Console.isTerminal}), and
     * stdout is often a file here; so the {@code test} of POSIX says it. Where there is none, such as on Windows: no.
     */
    public static boolean isStderr() {
        try {
            var test = new ProcessBuilder("test", "-t", "2")
                    .redirectInput(ProcessBuilder.Redirect.INHERIT)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            return test.waitFor(2, TimeUnit.SECONDS) && test.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
