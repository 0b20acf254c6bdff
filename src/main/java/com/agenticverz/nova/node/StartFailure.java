package com.agenticverz.nova.node;

/** A node cannot start, for a reason outside its settings. The message is one line and needs no stack trace. */
public final class StartFailure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public StartFailure(String message) {
        super(message);
    }

    public StartFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
