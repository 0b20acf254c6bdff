package com.agenticverz.nova.skill.builtin;

import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.skill.SkillFailure;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is said of a bad param. */
final class Param {

    private Param() {}

    /** @throws SkillFailure a permanent one when there is any other */
    static void only(List<String> allowed, Map<String, @Nullable Object> params) {
        for (var name : params.keySet()) {
            if (!allowed.contains(name)) {
                throw SkillFailure.permanent(
                        Text.line(name, 100) + " is not a param; allowed: " + String.join(", ", allowed));
            }
        }
    }

    /** A value, which is shown, is not one of those that are allowed. */
    static SkillFailure bad(String param, @Nullable Object value, String allowed) {
        if (value == null) {
            return SkillFailure.permanent(param + " is missing; allowed: " + allowed);
        }
        var shown = value instanceof String text ? text : Json.write(value);
        return SkillFailure.permanent(param + " is '" + Text.line(shown, 100) + "'; allowed: " + allowed);
    }

    /** The same of a value that may be a secret: what it is, and not which one. */
    static SkillFailure hidden(String param, @Nullable Object value, String allowed) {
        var kind = switch (value) {
            case null -> "missing";
            case String text -> text.isBlank() ? "blank" : "text";
            case Number _ -> "a number";
            case Boolean _ -> "true or false";
            case List<?> _ -> "an array";
            default -> "an object";
        };
        return SkillFailure.permanent(param + " is " + kind + "; allowed: " + allowed);
    }
}
