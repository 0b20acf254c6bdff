package com.agenticverz.nova.store;

/**
 * What queued runs wait for beside room on a node.
 *
 * @param name of the agent, skill or concurrency key; empty for all
 */
public record QueueWait(Reason reason, String name) {

    /** Why. */
    public enum Reason {
        /** Somebody paused it: all, an agent, or a skill. */
        PAUSED,
        AGENT_LIMIT,
        AGENT_RATE,
        SKILL_LIMIT,
        SKILL_RATE,
        KEY_LIMIT,
        KEY_RATE,
        /** No node has this skill. */
        SKILL_MISSING
    }
}
