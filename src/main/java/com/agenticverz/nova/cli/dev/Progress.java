package com.agenticverz.nova.cli.dev;

import com.agenticverz.nova.run.RunStatus;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One line that shows how runs get on. On a terminal it is written over and over; elsewhere a new line is written, and
 * only when something has changed.
 */
public final class Progress {

    private static final String TO_END_OF_LINE = "\u001b[K";

    /** A line longer than the terminal is wide would begin a second one, which a carriage return does not take back. */
    private static final String NO_WRAP = "\u001b[?7l";

    private static final String WRAP = "\u001b[?7h";

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
        var runs = counts.entrySet().stream()
                .filter(count -> count.getValue() > 0)
                .map(count -> count.getValue() + " " + count.getKey().column())
                .collect(Collectors.joining(", "));
        show("runs: " + (runs.isEmpty() ? "none yet" : runs));
    }

    /** Shows this text instead. */
    public synchronized void show(String text) {
        if (closed || text.equals(shown)) {
            return;
        }
        shown = text;
        if (terminal) {
            live(text);
        } else {
            out.println(text);
        }
        out.flush();
    }

    /** Writes lines that stay; the live line goes on below them. */
    public synchronized void say(List<String> lines) {
        if (terminal && !shown.isEmpty()) {
            out.print("\r" + TO_END_OF_LINE);
        }
        lines.forEach(out::println);
        if (terminal && !closed && !shown.isEmpty()) {
            live(shown);
        }
        out.flush();
    }

    private void live(String text) {
        out.print("\r" + NO_WRAP + text + TO_END_OF_LINE + WRAP);
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
