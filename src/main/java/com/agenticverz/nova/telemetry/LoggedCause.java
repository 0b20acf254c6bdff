package com.agenticverz.nova.telemetry;

import ch.qos.logback.classic.spi.IThrowableProxy;

/** A throwable as a log line shows it. */
final class LoggedCause {

    /** Causes of causes: a pool's timeout says little, what the driver said underneath says it all. */
    private static final int DEEPEST = 6;

    private LoggedCause() {}

    /** Class and message of the throwable and of what caused it, on one line. */
    static String line(IThrowableProxy throwable) {
        StringBuilder line = new StringBuilder();
        IThrowableProxy next = throwable;
        for (int depth = 0; next != null && depth < DEEPEST; depth++, next = next.getCause()) {
            line.append(depth == 0 ? "" : "; caused by ").append(next.getClassName());
            if (next.getMessage() != null) {
                line.append(": ").append(KnownSecrets.hidden(next.getMessage()).replaceAll("\\s+", " "));
            }
        }
        return line.toString();
    }
}
