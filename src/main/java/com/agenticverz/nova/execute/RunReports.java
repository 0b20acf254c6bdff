package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.store.StepReport;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Those of a run of this node. The pool takes them, and its settler writes them. */
final class RunReports implements Reports {

    private final Fence fence;
    private final StepReports said;
    private final BiFunction<UUID, String, CompletionStage<Optional<String>>> reader;

    /** Those of a run that begins now. */
    RunReports(Fence fence, StepReports said, BiFunction<UUID, String, CompletionStage<Optional<String>>> reader) {
        this.fence = fence;
        this.said = said;
        this.reader = reader;
    }

    @Override
    public void progress(String stepId, double fraction, @Nullable String note) {
        said.say(StepReport.progress(fence, stepId, fraction, note));
    }

    @Override
    public void heartbeat(String stepId, String detailJson) {
        said.say(StepReport.heartbeat(fence, stepId, detailJson));
    }

    @Override
    public void finished(String stepId) {
        said.forget(fence, stepId);
    }

    @Override
    public @Nullable String lastDetailJson(String stepId) throws InterruptedException {
        return UntilAnswered.ask("what its step said last cannot be read", () -> reader.apply(fence.runId(), stepId))
                .orElse(null);
    }
}
