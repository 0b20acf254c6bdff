package com.agenticverz.nova.testkit;

import com.agenticverz.nova.execute.PlanTrial;
import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import com.agenticverz.nova.skill.SkillFailure;
import com.agenticverz.nova.skill.Snooze;
import com.agenticverz.nova.testkit.SkillResult.End;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One call of one skill, as the only step of a run. */
final class SkillCall {

    private static final String STEP = "s1";

    private final Skill skill;
    private final Map<String, @Nullable Object> params;
    private final @Nullable Duration limit;
    private final Said said;
    private final SkillContext context;
    private volatile boolean stopped;

    SkillCall(Skill skill, Map<String, @Nullable Object> params, Setup setup) {
        this.skill = skill;
        this.params = params;
        this.limit = setup.limit();
        var memory = setup.memory();
        this.said = memory.said(STEP);
        if (setup.lastHeartbeat() != null) {
            memory.saidBefore(STEP, setup.lastHeartbeat());
        }
        this.context = PlanTrial.context(
                UUID.randomUUID(), setup.agentId(), STEP, setup.attempt(), setup.maxAttempts(), () -> stopped, memory);
    }

    /** How it ends, by itself or at its limit. */
    SkillResult result() {
        if (limit == null) {
            return resultOf(end());
        }
        var stop = Bounded.stopAfter(limit, this::end, this::stop);
        if (stop.before() != null) {
            return resultOf(stop.before());
        }
        // It made it after all, as on a node.
        return stop.after() instanceof End.Output || stop.after() instanceof End.Snoozed
                ? resultOf(stop.after())
                : resultOf(new End.Failure(PlanTrial.timedOut(limit), true, null));
    }

    /** How it ends when it is stopped after this time. */
    StopResult stoppedAfter(Duration delay) {
        var stop = Bounded.stopAfter(delay, this::end, this::stop);
        if (stop.before() != null) {
            throw new AssertionError("it ended within " + PlanTrial.seconds(delay) + " s and was not stopped: "
                    + resultOf(stop.before()));
        }
        return new StopResult(stop.endedInTime(), stop.took(), said.progress(), said.heartbeats());
    }

    private SkillResult resultOf(End end) {
        return new SkillResult(skill.name(), end, said);
    }

    private void stop() {
        stopped = true;
    }

    private End end() {
        Object output;
        try {
            output = skill.run(params, context);
        } catch (SkillFailure e) {
            return new End.Failure(String.valueOf(e.getMessage()), e.isRetryable(), e);
        } catch (InterruptedException e) {
            return new End.Failure(PlanTrial.INTERRUPTED, true, e);
        } catch (Exception | Error e) {
            return new End.Failure(e.toString(), true, e);
        }
        if (output instanceof Snooze snooze) {
            return new End.Snoozed(snooze);
        }
        try {
            return new End.Output(PlanTrial.outputJson(output));
        } catch (IllegalArgumentException e) {
            return new End.Failure("its output " + e.getMessage(), false, e);
        }
    }
}
