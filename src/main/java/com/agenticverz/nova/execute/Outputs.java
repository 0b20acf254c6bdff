package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.run.Step;
import com.agenticverz.nova.skill.ExpressionInput;
import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.skill.PlanReader;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the steps of a run have put out so far, and so what references see. Thread-safe. */
final class Outputs {

    private final Run run;
    private final Map<String, @Nullable Object> byKey = new LinkedHashMap<>();
    private @Nullable Map<String, ExpressionInput> asJson;
    private @Nullable Map<String, Object> about;

    Outputs(Run run) {
        this.run = run;
    }

    /** A step has put out this. */
    synchronized void put(Step step, @Nullable Object output) {
        byKey.put(step.outputKey(), output);
    }

    /** Brings them into the order of the plan, whatever the order in which they came. */
    synchronized void sortAs(List<Step> steps) {
        var sorted = new LinkedHashMap<String, @Nullable Object>();
        steps.forEach(step -> sorted.put(step.outputKey(), byKey.get(step.outputKey())));
        byKey.clear();
        byKey.putAll(sorted);
    }

    /**
     * All of them by their keys, as JSON text.
     *
     * @throws IllegalArgumentException when one has no JSON form
     */
    synchronized String json() {
        return Json.write(byKey);
    }

    /** What a step sees that sees all of them. */
    Map<String, @Nullable Object> input() {
        return input(null);
    }

    /**
     * What a step sees: the run, and each output as JSON has it. So an attempt that executed a step and one that only
     * reads what it left behind come to the same.
     *
     * @param seen the steps whose outputs it sees; null: all of them
     */
    synchronized Map<String, @Nullable Object> input(@Nullable List<Step> seen) {
        var input = new LinkedHashMap<String, @Nullable Object>();
        input.put(PlanReader.RUN, about());
        if (seen == null) {
            byKey.keySet().forEach(key -> input.put(key, asJson(key)));
        } else {
            seen.forEach(step -> input.put(step.outputKey(), asJson(step.outputKey())));
        }
        return input;
    }

    private Map<String, Object> about() {
        if (about == null) {
            about = new LinkedHashMap<>();
            about.put("id", run.id().toString());
            about.put("agent_id", run.agentId());
            about.put("attempt", run.attempts() + 1);
        }
        return about;
    }

    /** Once for all the steps and items that see it. */
    private ExpressionInput asJson(String key) {
        if (asJson == null) {
            asJson = new HashMap<>();
        }
        return asJson.computeIfAbsent(key, _ -> ExpressionInput.of(Json.read(Json.write(byKey.get(key)))));
    }
}
