package com.agenticverz.nova.skill;

import com.agenticverz.nova.run.Step.Reference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the references in the params of a step: objects such as <code>{"$": "page.body"}</code>, which a value replaces,
 * and texts such as <code>Hello ${page.name}</code>. A value that was filled in is not looked at again, so that an output
 * is never taken for an expression. Secrets are left open, as a {@link SecretText}: they are put in by who calls the skill.
 */
final class Params {

    private static final String EXPRESSION = "$";
    private static final String AT = "params";

    private final BiConsumer<String, String> problems;
    private final Set<String> secrets = new LinkedHashSet<>();

    private Params(BiConsumer<String, String> problems) {
        this.problems = problems;
    }

    /**
     * What fills the params in; null: they refer to nothing.
     *
     * @param problems takes the place within the step, and what is wrong there
     */
    static @Nullable Reference<Map<String, @Nullable Object>> references(
            Map<String, @Nullable Object> params, BiConsumer<String, String> problems) {
        // First of all, because most refer to nothing and this is on the way of every run.
        if (!refers(params)) {
            return null;
        }
        var reader = new Params(problems);
        return new Whole(reader.reference(params, AT), Set.copyOf(reader.secrets));
    }

    private record Whole(Reference<@Nullable Object> params, Set<String> secrets)
            implements Reference<Map<String, @Nullable Object>> {

        @Override
        public Map<String, @Nullable Object> in(Map<String, @Nullable Object> input) throws InterruptedException {
            var value = params.in(input);
            var object = Json.object(value);
            if (object == null) {
                throw SkillFailure.permanent(
                        AT + ": the value is " + Expression.shown(value) + ", but params are an object");
            }
            return object;
        }
    }

    private static boolean refers(@Nullable Object value) {
        switch (value) {
            case String text -> {
                return Template.is(text);
            }
            case Map<?, ?> object -> {
                if (expression(object) != null) {
                    return true;
                }
                for (var member : object.values()) {
                    if (refers(member)) {
                        return true;
                    }
                }
                return false;
            }
            case List<?> array -> {
                for (var element : array) {
                    if (refers(element)) {
                        return true;
                    }
                }
                return false;
            }
            case null, default -> {
                return false;
            }
        }
    }

    private static @Nullable String expression(Map<?, ?> object) {
        return object.size() == 1 && object.get(EXPRESSION) instanceof String expression ? expression : null;
    }

    private Reference<@Nullable Object> reference(@Nullable Object value, String at) {
        return switch (value) {
            case String text when Template.is(text) -> template(text, at);
            case List<?> array -> array(array, at);
            case Map<?, ?> object -> {
                var expression = expression(object);
                yield expression == null ? object(object, at) : expression(expression, at);
            }
            case null, default -> _ -> value;
        };
    }

    private Reference<@Nullable Object> expression(String text, String at) {
        try {
            var expression = Expression.of(text);
            return input -> at(at, () -> expression.required(input));
        } catch (IllegalArgumentException e) {
            return bad(at, e);
        }
    }

    private Reference<@Nullable Object> template(String text, String at) {
        try {
            var template = Template.of(text);
            secrets.addAll(template.secrets());
            return input -> at(at, () -> template.fillIn(input));
        } catch (IllegalArgumentException e) {
            return bad(at, e);
        }
    }

    private Reference<@Nullable Object> bad(String at, IllegalArgumentException problem) {
        problems.accept(at, problem.getMessage());
        return _ -> null;
    }

    private Reference<@Nullable Object> object(Map<?, ?> object, String at) {
        var members = new LinkedHashMap<String, Reference<@Nullable Object>>();
        object.forEach((name, member) ->
                members.put((String) name, reference(member, at + "/" + PlanReader.escaped((String) name))));
        return input -> {
            var filledIn = new LinkedHashMap<String, @Nullable Object>();
            for (var member : members.entrySet()) {
                filledIn.put(member.getKey(), member.getValue().in(input));
            }
            return filledIn;
        };
    }

    private Reference<@Nullable Object> array(List<?> array, String at) {
        var elements = new ArrayList<Reference<@Nullable Object>>();
        for (int i = 0; i < array.size(); i++) {
            elements.add(reference(array.get(i), at + "/" + i));
        }
        return input -> {
            var filledIn = new ArrayList<@Nullable Object>();
            for (var element : elements) {
                filledIn.add(element.in(input));
            }
            return filledIn;
        };
    }

    private interface Evaluation {
        @Nullable
        Object value() throws InterruptedException;
    }

    private static @Nullable Object at(String at, Evaluation evaluation) throws InterruptedException {
        try {
            return evaluation.value();
        } catch (SkillFailure e) {
            throw SkillFailure.permanent(at + ": " + e.getMessage());
        }
    }
}
