package com.agenticverz.nova.cli.runs;

import com.agenticverz.nova.cli.Terminal;
import java.io.PrintWriter;

/** How many runs are repeated so far, on a line of the terminal that is written over; elsewhere nothing. */
final class RetryProgress implements AutoCloseable {

    private static final String CLEAR = "\r\u001B[K";

    private final PrintWriter err;
    private final long count;
    private final boolean terminal = Terminal.isStderr();

    /** @param count of how many; -1: nobody knows */
    RetryProgress(PrintWriter err, long count) {
        this.err = err;
        this.count = count;
    }

    void show(long repeated) {
        if (terminal) {
            err.print(CLEAR + repeated + (count < 0 ? "" : " of " + count) + " runs repeated");
            err.flush();
        }
    }

    /** Takes the line away. */
    @Override
    public void close() {
        if (terminal) {
            err.print(CLEAR);
            err.flush();
        }
    }
}
