package com.agenticverz.nova.skill;

import com.agenticverz.nova.telemetry.Redaction;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A skill that is given secrets, at the last moment, and lets none of them out: not by what it returns, nor by how it fails,
 * nor by what it says of itself meanwhile. What it sends to others and what it makes of a secret is its own affair.
 */
final class SecretKeeper implements Skill {

    private final Skill skill;
    private final Secrets secrets;
    private final Redaction ofSettings;

    /**
     * Around a skill.
     *
     * @param secrets for its params
     * @param ofSettings hides those that it has in its settings
     */
    SecretKeeper(Skill skill, Secrets secrets, Redaction ofSettings) {
        this.skill = skill;
        this.secrets = secrets;
        this.ofSettings = ofSettings;
    }

    @Override
    public String name() {
        return skill.name();
    }

    @Override
    public String description() {
        return skill.description();
    }

    @Override
    public @Nullable String paramsSchema() {
        return skill.paramsSchema();
    }

    @Override
    public @Nullable Object run(Map<String, @Nullable Object> params, SkillContext context)
            throws InterruptedException {
        var opened = secrets.open(params);
        var redaction = opened.redaction().and(ofSettings);
        try {
            return hidden(skill.run(opened.value(), new Context(context, redaction)), redaction);
        } catch (InterruptedException e) {
            throw e;
        } catch (SkillFailure e) {
            var message = redaction.in(String.valueOf(e.getMessage()));
            throw e.isRetryable() ? SkillFailure.retryable(message) : SkillFailure.permanent(message);
        } catch (Exception | Error e) {
            // The failure of any skill that says nothing about another attempt, but for its text.
            throw SkillFailure.retryable(redaction.in(e.toString()));
        }
    }

    private static @Nullable Object hidden(@Nullable Object output, Redaction redaction) {
        if (output instanceof Snooze snooze) {
            if (snooze.signal() != null) {
                checkSignal(snooze.signal(), redaction);
            }
            return snooze;
        }
        return asJson(output, "its output ", redaction);
    }

    /** What a step waits for stands in the table, and to hide it there would be to wait for something else. */
    private static void checkSignal(String name, Redaction redaction) {
        var shown = redaction.in(name);
        if (!shown.equals(name)) {
            throw SkillFailure.permanent("the name of the signal that it waits for holds a secret: " + shown
                    + "; it would stand in the table");
        }
    }

    /** Read back from JSON, so that nothing of it is an object that writes itself. */
    private static @Nullable Object asJson(@Nullable Object value, String what, Redaction redaction) {
        String json;
        try {
            json = Json.write(value);
        } catch (IllegalArgumentException e) {
            throw SkillFailure.permanent(what + e.getMessage());
        }
        return redaction.inJson(Json.read(json));
    }

    private record Context(SkillContext context, Redaction redaction) implements SkillContext {

        @Override
        public UUID runId() {
            return context.runId();
        }

        @Override
        public String agentId() {
            return context.agentId();
        }

        @Override
        public String stepId() {
            return context.stepId();
        }

        @Override
        public int attempt() {
            return context.attempt();
        }

        @Override
        public int maxAttempts() {
            return context.maxAttempts();
        }

        @Override
        public String idempotencyKey() {
            return context.idempotencyKey();
        }

        @Override
        public boolean isCancelled() {
            return context.isCancelled();
        }

        @Override
        public void progress(double fraction, @Nullable String note) {
            context.progress(fraction, note == null ? null : redaction.in(note));
        }

        @Override
        public void heartbeat(@Nullable Object detail) {
            context.heartbeat(redaction.inJson(Json.read(Json.write(detail))));
        }

        @Override
        public @Nullable Object lastHeartbeat() throws InterruptedException {
            return context.lastHeartbeat();
        }

        @Override
        public Optional<Signal> signal(String name) throws InterruptedException {
            checkSignal(name, redaction);
            return context.signal(name);
        }

        @Override
        public Duration waited(String name) {
            return context.waited(name);
        }
    }
}
