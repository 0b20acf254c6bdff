package com.agenticverz.nova.skill.builtin;

import com.agenticverz.nova.run.SignalName;
import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import com.agenticverz.nova.skill.SkillFailure;
import com.agenticverz.nova.skill.Snooze;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Waits for a signal that is sent to the run from the outside, in the table and not on a thread: {@code name}, and
 * {@code timeout_seconds}, after which the step fails for good. Returns the name and the payload.
 */
public final class WaitForSignalSkill implements Skill {

    private static final List<String> PARAMS = List.of("name", "timeout_seconds");
    private static final Duration LONGEST = Duration.ofDays(366);
    private static final Duration SHORTEST = Duration.ofMillis(1);

    @Override
    public String name() {
        return "wait_for_signal";
    }

    @Override
    public String description() {
        return "waits in the table until a signal is sent to the run, and returns its payload";
    }

    @Override
    public Object run(Map<String, @Nullable Object> params, SkillContext context) throws InterruptedException {
        Param.only(PARAMS, params);
        var name = name(params.get("name"));
        var timeout = timeout(params.get("timeout_seconds"));
        var signal = context.signal(name);
        if (signal.isPresent()) {
            var output = new LinkedHashMap<String, @Nullable Object>();
            output.put("name", name);
            output.put("payload", signal.get().payload());
            return output;
        }
        if (timeout == null) {
            // After that it looks again.
            return Snooze.untilSignal(name, LONGEST);
        }
        var left = timeout.minus(context.waited(name));
        if (!left.isPositive()) {
            throw SkillFailure.permanent(
                    "no signal '" + name + "' came within " + seconds(timeout) + " s (timeout_seconds)");
        }
        return Snooze.untilSignal(name, left.compareTo(SHORTEST) < 0 ? SHORTEST : left);
    }

    private static String name(@Nullable Object value) {
        if (!(value instanceof String name)) {
            throw Param.bad("name", value, "the name of a signal, 1 to 200 characters of visible ASCII and spaces");
        }
        try {
            return SignalName.checked(name);
        } catch (IllegalArgumentException e) {
            throw SkillFailure.permanent(Objects.toString(e.getMessage()));
        }
    }

    private static @Nullable Duration timeout(@Nullable Object value) {
        if (value == null) {
            return null;
        }
        double seconds = value instanceof Number number ? number.doubleValue() : Double.NaN;
        if (!(seconds >= 0.001 && seconds <= LONGEST.toSeconds())) {
            throw Param.bad("timeout_seconds", value, "0.001 to " + LONGEST.toSeconds() + ", or none");
        }
        return Duration.ofMillis(Math.round(seconds * 1000));
    }

    private static String seconds(Duration duration) {
        return BigDecimal.valueOf(duration.toMillis(), 3).stripTrailingZeros().toPlainString();
    }
}
