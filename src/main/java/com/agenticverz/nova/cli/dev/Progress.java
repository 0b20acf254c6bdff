package com.agenticverz.nova.cli.dev;

import com.agenticverz.nova.run.RunStatus;
import java.io.PrintStream;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One line that shows how runs get on. On a terminal it is written over and over; elsewhere a new line is written, and
 * only when something has changed.
 */
public final class Progress {

    private static final String TO_END_OF_LINE = "\u001b[K";

    private final PrintStream out;
    private final boolean terminal;
    private String shown = "";
    private boolean closed;

    public Progress(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** Shows these counts. */
    public synchronized void show(Map<RunStatus, Long> counts) {
        show(counts.entrySet().stream()
                .filter(count -> count.getValue() > 0)
                .map(count -> count.getValue() + " " + count.getKey().column())
                .collect(Collectors.joining(", ", "runs: ", "")));
    }

    /** Shows this text instead. */
    public synchronized void show(String text) {
        if (closed || text.equals(shown)) {
            return;
        }
        shown = text;
        if (terminal) {
            out.print("\r" + text + TO_END_OF_LINE);
        } else {
            out.println(text);
        }
        out.flush();
    }

    /** Writes a line that stays; the live line goes on below it. */
    public synchronized void say(String line) {
        if (terminal && !shown.isEmpty()) {
            out.print("\r" + TO_END_OF_LINE);
        }
        out.println(line);
        if (terminal && !closed && !shown.isEmpty()) {
            out.print(shown + TO_END_OF_LINE);
        }
        out.flush();
    }

    /** Shows nothing live any more. What was shown last stays. */
    public synchronized void close() {
        if (terminal && !closed && !shown.isEmpty()) {
            out.println();
        }
        shown = "";
        closed = true;
    }
}
