package com.agenticverz.nova.execute;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Checkpoints in memory, as one attempt after the other finds them. */
final class TestCheckpoints implements Checkpoints {

    final Map<String, Finished> finished = new LinkedHashMap<>();
    final List<Step> kept = new ArrayList<>();

    @Nullable
    String refusal;

    @Override
    public synchronized Map<String, Finished> finished() {
        return Map.copyOf(finished);
    }

    @Override
    public synchronized void keep(Step step) throws Refused {
        if (refusal != null) {
            throw new Refused(refusal);
        }
        kept.add(step);
        finished.put(step.id(), new Finished(step.skill(), step.outputJson()));
    }
}
