package com.agenticverz.nova.enqueue;

import java.util.List;

/** What was to be enqueued is no run. The message is one line with every problem. */
public final class InvalidRunException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    InvalidRunException(List<String> problems) {
        super(String.join("; ", problems));
    }

    InvalidRunException(String problem, Throwable cause) {
        super(problem, cause);
    }
}
