package com.agenticverz.nova.store;

/** What a tick of a schedule does while the run of the tick before it has not ended. */
public enum Overlap {
    /** It enqueues its run all the same. */
    QUEUE,
    /** It enqueues nothing. */
    SKIP,
    /** It cancels that run and enqueues its own. */
    CANCEL_PREVIOUS
}
