package com.agenticverz.nova.testkit;

import com.agenticverz.nova.skill.Json;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one step has said, from whatever thread. */
final class Said {

    private final List<Progress> progress = new ArrayList<>();
    private final List<String> heartbeats = new ArrayList<>();

    synchronized void progress(Progress said) {
        progress.add(said);
    }

    synchronized void heartbeat(String json) {
        heartbeats.add(json);
    }

    synchronized List<Progress> progress() {
        return List.copyOf(progress);
    }

    synchronized List<@Nullable Object> heartbeats() {
        var details = new ArrayList<@Nullable Object>();
        heartbeats.forEach(json -> details.add(Json.read(json)));
        return details;
    }

    /** As JSON text; null: none. */
    synchronized @Nullable String lastHeartbeat() {
        return heartbeats.isEmpty() ? null : heartbeats.getLast();
    }
}
