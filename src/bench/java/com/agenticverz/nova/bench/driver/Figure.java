package com.agenticverz.nova.bench.driver;

import java.util.Locale;

/** What is measured. */
enum Figure {
    /** Jobs that do nothing and are queued already, by one warm process. */
    DRAIN,
    /** One job at a time on an idle system: from the call of enqueue to the start of the handler. */
    LATENCY,
    /** Many jobs by one connection. */
    ENQUEUE,
    /** A drain with few and with many queued. */
    BACKLOG,
    /** A drain without and with an old snapshot that another session holds. */
    PINNED,
    /** Nova alone: plain SQL that writes what Nova writes. */
    CEILING,
    /** Nova alone: from the start of the process to its first claim. */
    START;

    /** As the command line and the files call it. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
