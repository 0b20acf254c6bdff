package com.agenticverz.nova.execute;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Remembers what was said, and answers with what a test puts there. */
final class TestReports implements Reports {

    final List<String> said = new CopyOnWriteArrayList<>();
    final Map<String, String> earlier = new HashMap<>();

    @Override
    public void progress(String stepId, double fraction, @Nullable String note) {
        said.add(stepId + " " + fraction + " " + note);
    }

    @Override
    public void heartbeat(String stepId, String detailJson) {
        said.add(stepId + " " + detailJson);
    }

    @Override
    public void finished(String stepId) {
        said.add(stepId + " finished");
    }

    @Override
    public @Nullable String lastDetailJson(String stepId) {
        return earlier.get(stepId);
    }
}
