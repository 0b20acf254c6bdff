package com.agenticverz.nova.skill;

import java.util.UUID;

/**
 * Which step of which attempt a skill works for.
 *
 * @param runId the run
 * @param agentId who the run belongs to
 * @param stepId the step within its plan
 * @param attempt the number of this attempt at the run, from 1
 * @param maxAttempts attempts in all
 */
public record SkillContext(UUID runId, String agentId, String stepId, int attempt, int maxAttempts) {

    /** The same for every attempt at this step of this run, and for no other step: for services that ask for one. */
    public String idempotencyKey() {
        return runId + "/" + stepId;
    }
}
