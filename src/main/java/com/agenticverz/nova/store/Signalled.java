package com.agenticverz.nova.store;

/** What became of a signal that was sent to a run. */
public enum Signalled {
    /** The run slept until it should come, and is in the queue again. */
    WOKEN,
    /** It is there for the run when that asks for it. */
    KEPT,
    /** One with the same idempotency key was sent to the run before; this one changed nothing. */
    KNOWN
}
