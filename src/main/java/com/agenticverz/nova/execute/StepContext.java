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
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a skill knows of the step that it works for, and what it says of it; for one try. */
final class StepContext implements SkillContext {

    /** As JSON. More belongs into a store for large things, with its address as the detail. */
    static final int LARGEST_DETAIL_CHARS = 100_000;

    static final int LONGEST_NOTE_CHARS = 1000;

    /** As JSON has it: after an even number of backslashes. */
    private static final Pattern NUL = Pattern.compile("(?<!\\\\)(?:\\\\\\\\)*\\\\u0000");

    private final Run run;
    private final String stepId;
    private final BooleanSupplier cancelled;
    private final SignalSource signals;
    private final Map<String, SignalLook> looks = new ConcurrentHashMap<>();
    private final Reports reports;
    private final AtomicReference<@Nullable String> lastDetailJson = new AtomicReference<>();
    private volatile boolean reported;
    private volatile boolean over;

    /**
     * That of a try.
     *
     * @param earlier the try before, in the same attempt; null: this is the first one
     */
    StepContext(
            Run run,
            String stepId,
            BooleanSupplier cancelled,
            SignalSource signals,
            Reports reports,
            @Nullable StepContext earlier) {
        this.run = run;
        this.stepId = stepId;
        this.cancelled = cancelled;
        this.signals = signals;
        this.reports = reports;
        if (earlier != null) {
            lastDetailJson.set(earlier.lastDetailJson.get());
            reported = earlier.reported;
        }
    }

    /** The try has ended. A skill that goes on all the same is cancelled, and what it says of the step counts for nothing. */
    void over() {
        over = true;
    }

    /** The step is finished: what was said of it and is not written yet need not be. */
    void finished() {
        if (reported) {
            reports.finished(stepId);
        }
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
        return over || cancelled.getAsBoolean();
    }

    @Override
    public void progress(double fraction, @Nullable String note) {
        if (!(fraction >= 0 && fraction <= 1)) {
            throw new IllegalArgumentException("a progress of " + fraction + "; allowed: 0 to 1");
        }
        if (note != null && note.length() > LONGEST_NOTE_CHARS) {
            throw new IllegalArgumentException("the note of a progress has " + note.length()
                    + " characters; allowed: at most " + LONGEST_NOTE_CHARS);
        }
        if (note != null && note.indexOf(0) >= 0) {
            throw new IllegalArgumentException("the note of a progress holds NUL, which PostgreSQL does not store");
        }
        if (!over) {
            reported = true;
            reports.progress(stepId, fraction, note);
        }
    }

    @Override
    public void heartbeat(@Nullable Object detail) {
        String json;
        try {
            json = Json.write(detail);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the detail of a heartbeat " + e.getMessage(), e);
        }
        if (json.length() > LARGEST_DETAIL_CHARS) {
            throw new IllegalArgumentException("the detail of a heartbeat has " + json.length()
                    + " characters as JSON; allowed: at most " + LARGEST_DETAIL_CHARS);
        }
        if (NUL.matcher(json).find()) {
            throw new IllegalArgumentException("the detail of a heartbeat holds NUL, which PostgreSQL does not store");
        }
        if (!over) {
            reported = true;
            lastDetailJson.set(json);
            reports.heartbeat(stepId, json);
        }
    }

    @Override
    public @Nullable Object lastHeartbeat() throws InterruptedException {
        if (lastDetailJson.get() == null) {
            // Unless it says something itself meanwhile.
            lastDetailJson.compareAndSet(null, reports.lastDetailJson(stepId));
        }
        var json = lastDetailJson.get();
        return json == null ? null : Json.read(json);
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
