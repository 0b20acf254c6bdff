package com.agenticverz.nova.execute;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a run on trial has in the place of the tables of signals and of progress. Thread-safe. */
public interface TrialMemory {

    /**
     * Takes the oldest signal of this name that no other step has taken; or again the one that this step took before.
     *
     * @return its payload as JSON text; null: there is none yet
     */
    @Nullable
    String takeSignal(String stepId, String name);

    /** The time since the step first looked for that signal in vain. */
    Duration waited(String stepId, String name);

    /** How far a step is. */
    void progress(String stepId, double fraction, @Nullable String note);

    /** From where another attempt at the step goes on. */
    void heartbeat(String stepId, String detailJson);

    /** What the last heartbeat of the step said, as JSON text; null: there was none. */
    @Nullable
    String lastHeartbeat(String stepId);
}
