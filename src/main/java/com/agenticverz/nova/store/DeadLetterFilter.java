package com.agenticverz.nova.store;

import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/**
 * Which of the runs that have failed.
 *
 * @param agentId null: of any agent
 * @param skill only those whose plan has a step with this skill; null: any
 * @param error only those whose message contains this, in whatever case; null: any
 * @param since only those that failed then or later; null: at any time
 * @param until only those that failed before; null: at any time
 * @param notRepeated only those that no other run repeats
 */
public record DeadLetterFilter(
        @Nullable String agentId,
        @Nullable String skill,
        @Nullable String error,
        @Nullable OffsetDateTime since,
        @Nullable OffsetDateTime until,
        boolean notRepeated) {

    /** All of them. */
    public static final DeadLetterFilter ALL = new DeadLetterFilter(null, null, null, null, null, false);

    /** The same, but only those that no other run repeats. */
    public DeadLetterFilter ofNotRepeated() {
        return new DeadLetterFilter(agentId, skill, error, since, until, true);
    }

    /** Whether nothing is asked for but whether they are repeated. */
    public boolean isOfAll() {
        return equals(new DeadLetterFilter(null, null, null, null, null, notRepeated));
    }

    /** For people, such as {@code agent me, error timeout}. */
    @Override
    public String toString() {
        var text = new StringBuilder();
        add(text, "agent", agentId);
        add(text, "skill", skill);
        add(text, "error", error);
        add(text, "since", since);
        add(text, "until", until);
        return text.isEmpty() ? "all" : text.toString();
    }

    private static void add(StringBuilder text, String name, @Nullable Object value) {
        if (value != null) {
            text.append(text.isEmpty() ? "" : ", ").append(name).append(' ').append(value);
        }
    }
}
