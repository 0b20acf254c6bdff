package com.agenticverz.nova.execute;

import com.agenticverz.nova.store.SignalLook;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** Signals in memory. */
final class TestSignals implements SignalSource {

    /** What is there for whoever asks, by the names of the signals. */
    final Map<String, String> payloads = new HashMap<>();

    Duration waited = Duration.ZERO;
    int sent;

    @Override
    public synchronized SignalLook take(String stepId, String name) {
        return new SignalLook(payloads.get(name), waited, sent);
    }
}
