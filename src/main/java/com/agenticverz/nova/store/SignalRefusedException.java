package com.agenticverz.nova.store;

/** A signal that was not taken; nothing was changed. Its message is for whoever sent it. */
public final class SignalRefusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Reason {
        NO_SUCH_RUN,
        /** The run has succeeded, failed, or was cancelled. */
        RUN_HAS_ENDED,
        /** The name, the payload or the key is not allowed. */
        INVALID
    }

    private final Reason reason;

    SignalRefusedException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
