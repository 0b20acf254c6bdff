package com.agenticverz.nova.store;

import com.agenticverz.nova.run.Fence;
import org.jspecify.annotations.Nullable;

/**
 * What a skill has said of the step that it works on.
 *
 * @param fraction how far it is, from 0 to 1; null: it did not say
 * @param note for people, said together with the fraction; null: none
 * @param detailJson from where another attempt goes on; null: it did not say
 */
public record StepReport(
        Fence fence,
        String stepId,
        @Nullable Double fraction,
        @Nullable String note,
        @Nullable String detailJson) {

    /** How far a step is. */
    public static StepReport progress(Fence fence, String stepId, double fraction, @Nullable String note) {
        return new StepReport(fence, stepId, fraction, note, null);
    }

    /** A heartbeat with its detail. */
    public static StepReport heartbeat(Fence fence, String stepId, String detailJson) {
        return new StepReport(fence, stepId, null, null, detailJson);
    }

    /** What holds once this was said after something else of the same step. */
    public StepReport after(StepReport earlier) {
        return new StepReport(
                fence,
                stepId,
                fraction == null ? earlier.fraction : fraction,
                fraction == null ? earlier.note : note,
                detailJson == null ? earlier.detailJson : detailJson);
    }

    /** The characters in it. */
    public int chars() {
        return (note == null ? 0 : note.length()) + (detailJson == null ? 0 : detailJson.length());
    }
}
