package com.agenticverz.nova.testkit;

import com.agenticverz.nova.execute.TrialMemory;
import com.agenticverz.nova.run.SignalName;
import com.agenticverz.nova.skill.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the steps of a run have said and what was sent to it, over all attempts. Thread-safe. */
final class RunMemory implements TrialMemory {

    private record StepAndName(String stepId, String name) {}

    private final Map<String, Said> said = new HashMap<>();
    private final Map<String, String> before = new HashMap<>();
    private final Map<String, Deque<String>> sent = new HashMap<>();
    private final Map<StepAndName, String> taken = new HashMap<>();
    private final Map<StepAndName, Instant> asked = new HashMap<>();
    private final PassingClock clock = new PassingClock();

    /** By which those who wait in it see time pass. */
    PassingClock clock() {
        return clock;
    }

    /** What this step has said. */
    synchronized Said said(String stepId) {
        return said.computeIfAbsent(stepId, _ -> new Said());
    }

    /** What this step said last before the run was tried here, as JSON text. */
    synchronized void saidBefore(String stepId, String detailJson) {
        before.put(stepId, detailJson);
    }

    /**
     * Keeps a signal until a step takes it.
     *
     * @param name 1 to 200 characters of visible ASCII and spaces
     * @throws IllegalArgumentException when no signal can be called so, or the payload has no JSON form
     */
    synchronized void send(String name, @Nullable Object payload) {
        sent.computeIfAbsent(name, _ -> new ArrayDeque<>()).add(json(name, payload));
    }

    /** Checks what is to be sent. */
    static String json(String name, @Nullable Object payload) {
        SignalName.checked(name);
        try {
            return Json.write(payload);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the payload of the signal '" + name + "' " + e.getMessage(), e);
        }
    }

    /** Whether such a signal waits to be taken. */
    synchronized boolean holds(String name) {
        var waiting = sent.get(name);
        return waiting != null && !waiting.isEmpty();
    }

    @Override
    public synchronized @Nullable String takeSignal(String stepId, String name) {
        var key = new StepAndName(stepId, name);
        if (!taken.containsKey(key) && holds(name)) {
            taken.put(key, sent.get(name).remove());
        }
        if (!taken.containsKey(key)) {
            asked.putIfAbsent(key, clock.instant());
        }
        return taken.get(key);
    }

    @Override
    public synchronized Duration waited(String stepId, String name) {
        var since = asked.get(new StepAndName(stepId, name));
        return since == null ? Duration.ZERO : Duration.between(since, clock.instant());
    }

    @Override
    public void progress(String stepId, double fraction, @Nullable String note) {
        said(stepId).progress(new Progress(fraction, note));
    }

    @Override
    public void heartbeat(String stepId, String detailJson) {
        said(stepId).heartbeat(detailJson);
    }

    @Override
    public synchronized @Nullable String lastHeartbeat(String stepId) {
        var last = said(stepId).lastHeartbeat();
        return last == null ? before.get(stepId) : last;
    }
}
