package com.agenticverz.nova.store;

/** A change of what steers the cluster that its table does not allow. Nothing was changed. */
public final class RefusedChangeException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** @param problem one line: what, the value, what is allowed */
    RefusedChangeException(String problem) {
        super(problem);
    }

    /** @param cause what the server said */
    RefusedChangeException(String problem, Throwable cause) {
        super(problem, cause);
    }
}
