package com.agenticverz.nova.enqueue;

import java.util.List;

/** What was to be a schedule is none. The message is one line with every problem. */
public final class InvalidScheduleException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    InvalidScheduleException(List<String> problems) {
        super(String.join("; ", problems));
    }
}
