package com.agenticverz.nova.execute;

import com.agenticverz.nova.store.SignalLook;

/** Where the steps of a run find what was sent to it. Thread-safe. */
interface SignalSource {

    /**
     * Takes the oldest signal of this name that no other step has taken; or again the one that this step took before. Waits
     * for the database.
     *
     * @param stepId of the step, or of its item
     * @throws InterruptedException when the thread was interrupted, or the run is no longer this node's
     */
    SignalLook take(String stepId, String name) throws InterruptedException;
}
