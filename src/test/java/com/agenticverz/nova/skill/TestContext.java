package com.agenticverz.nova.skill;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A context whose every answer a test decides, and that remembers what it was told. */
public record TestContext(
        UUID runId,
        String agentId,
        String stepId,
        int attempt,
        int maxAttempts,
        List<String> progress,
        List<@Nullable Object> heartbeats,
        Map<String, Signal> signals,
        Map<String, Duration> waits)
        implements SkillContext {

    public TestContext(UUID runId, String agentId, String stepId, int attempt, int maxAttempts) {
        this(
                runId,
                agentId,
                stepId,
                attempt,
                maxAttempts,
                new ArrayList<>(),
                new ArrayList<>(),
                new HashMap<>(),
                new HashMap<>());
    }

    @Override
    public boolean isCancelled() {
        return Thread.currentThread().isInterrupted();
    }

    @Override
    public void progress(double fraction, @Nullable String note) {
        progress.add(fraction + " " + note);
    }

    @Override
    public void heartbeat(@Nullable Object detail) {
        heartbeats.add(detail);
    }

    @Override
    public @Nullable Object lastHeartbeat() {
        return heartbeats.isEmpty() ? null : heartbeats.getLast();
    }

    @Override
    public Optional<Signal> signal(String name) {
        return Optional.ofNullable(signals.get(name));
    }

    @Override
    public Duration waited(String name) {
        return waits.getOrDefault(name, Duration.ZERO);
    }
}
