package com.agenticverz.nova.store;

import java.util.Locale;

/**
 * What is not claimed until it is resumed.
 *
 * @param kind of what
 * @param name of the agent or skill; empty for all
 */
public record Pause(Kind kind, String name) {

    /** What is paused. */
    public enum Kind {
        ALL,
        AGENT,
        SKILL;

        /** As the column has it. */
        public String column() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Everything. */
    public static final Pause ALL = new Pause(Kind.ALL, "");

    /** For people: {@code agent acme}. */
    @Override
    public String toString() {
        return kind == Kind.ALL ? "all" : kind.column() + " " + name;
    }
}
