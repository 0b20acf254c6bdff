package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.run.SignalName;
import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.skill.SkillContext;
import com.agenticverz.nova.store.SignalLook;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** What a skill knows of the step that it works for. */
final class StepContext implements SkillContext {

    private final Run run;
    private final String stepId;
    private final BooleanSupplier cancelled;
    private final SignalSource signals;
    private final Map<String, SignalLook> looks = new ConcurrentHashMap<>();

    StepContext(Run run, String stepId, BooleanSupplier cancelled, SignalSource signals) {
        this.run = run;
        this.stepId = stepId;
        this.cancelled = cancelled;
        this.signals = signals;
    }

    @Override
    public UUID runId() {
        return run.id();
    }

    @Override
    public String agentId() {
        return run.agentId();
    }

    @Override
    public String stepId() {
        return stepId;
    }

    @Override
    public int attempt() {
        return run.attempts() + 1;
    }

    @Override
    public int maxAttempts() {
        return run.maxAttempts();
    }

    @Override
    public boolean isCancelled() {
        return cancelled.getAsBoolean();
    }

    @Override
    public void progress(double fraction, @Nullable String note) {
        if (!(fraction >= 0 && fraction <= 1)) {
            throw new IllegalArgumentException("a progress of " + fraction + "; allowed: 0 to 1");
        }
    }

    @Override
    public void heartbeat(@Nullable Object detail) {
        Json.write(detail);
    }

    @Override
    public @Nullable Object lastHeartbeat() {
        return null;
    }

    @Override
    public Optional<Signal> signal(String name) throws InterruptedException {
        var look = signals.take(stepId, SignalName.checked(name));
        looks.put(name, look);
        return look.payloadJson() == null ? Optional.empty() : Optional.of(new Signal(Json.read(look.payloadJson())));
    }

    @Override
    public Duration waited(String name) {
        var look = looks.get(name);
        return look == null ? Duration.ZERO : look.waited();
    }

    /** How many signals had been sent to the run when this was asked for that one last; null: it was not. */
    @Nullable
    Integer signalsSeen(String name) {
        var look = looks.get(name);
        return look == null ? null : look.signalsSeen();
    }
}
