package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.store.SignalLook;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Takes signals in the database. */
@FunctionalInterface
public interface SignalTaker {

    /** Takes one for a step of a marked run; empty: fenced out. */
    CompletionStage<Optional<SignalLook>> take(Fence fence, String stepId, String name);
}
