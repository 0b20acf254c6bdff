package com.agenticverz.nova.testkit;

import com.agenticverz.nova.skill.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The calls of skills in one attempt at a plan, from whatever threads. */
final class Calls {

    /** One of them. */
    static final class Call {

        private final String skill;
        private final String paramsJson;
        private volatile @Nullable String error = "it did not end in time";

        private Call(String skill, String paramsJson) {
            this.skill = skill;
            this.paramsJson = paramsJson;
        }

        String skill() {
            return skill;
        }

        Map<String, @Nullable Object> params() {
            return Objects.requireNonNull(Json.object(Json.read(paramsJson)));
        }

        @Nullable
        String error() {
            return error;
        }
    }

    private final Map<String, List<Call>> byStep = new LinkedHashMap<>();
    private @Nullable Throwable cause;

    synchronized Call begun(String stepId, String skill, Map<String, @Nullable Object> params) {
        var call = new Call(skill, Json.write(params));
        byStep.computeIfAbsent(stepId, _ -> new ArrayList<>()).add(call);
        return call;
    }

    void ended(Call call) {
        call.error = null;
    }

    synchronized void failed(Call call, Throwable thrown) {
        call.error = String.valueOf(thrown.getMessage() == null ? thrown : thrown.getMessage());
        cause = thrown;
    }

    /** In the order in which the steps have begun. */
    synchronized Map<String, List<Call>> byStep() {
        var copy = new LinkedHashMap<String, List<Call>>();
        byStep.forEach((id, calls) -> copy.put(id, List.copyOf(calls)));
        return copy;
    }

    /** What was thrown last; null: nothing. */
    synchronized @Nullable Throwable cause() {
        return cause;
    }
}
