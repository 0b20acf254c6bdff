package com.agenticverz.nova.testkit;

import com.agenticverz.nova.skill.Secrets;
import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillRegistry;
import com.agenticverz.nova.skill.SkillSettings;
import com.agenticverz.nova.skill.builtin.EchoSkill;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The skills of a tester, which get their settings once, when the first of them is needed. */
final class Skills {

    private static final String BUILT_IN = EchoSkill.class.getPackageName();
    private static final String SECRET_VARIABLE = "NOVA_SECRET_";

    /** Null: those of the class path. */
    private final @Nullable List<Skill> found;

    private final Map<String, Map<String, Object>> settings;
    private final Map<String, String> secretVariables;
    private @Nullable SkillRegistry registry;

    private Skills(
            @Nullable List<Skill> found,
            Map<String, Map<String, Object>> settings,
            Map<String, String> secretVariables) {
        this.found = found;
        this.settings = settings;
        this.secretVariables = secretVariables;
    }

    /** These and the built-in ones. */
    static Skills of(List<Skill> given) {
        var all = new ArrayList<>(given);
        // The given ones may be named in a services file of this class path as well.
        ServiceLoader.load(Skill.class).stream()
                .filter(it -> it.type().getPackageName().startsWith(BUILT_IN))
                .map(ServiceLoader.Provider::get)
                .forEach(all::add);
        return new Skills(List.copyOf(all), Map.of(), Map.of());
    }

    /** Those that a node finds. */
    static Skills ofClassPath() {
        return new Skills(null, Map.of(), Map.of());
    }

    /** With other settings of one of them. */
    Skills with(String name, Map<String, ?> settingsOfOne) {
        var with = new HashMap<>(settings);
        with.put(name, Map.copyOf(settingsOfOne));
        return new Skills(found, Map.copyOf(with), secretVariables);
    }

    /** With a secret more. */
    Skills withSecret(String name, String value) {
        var with = new HashMap<>(secretVariables);
        with.put(SECRET_VARIABLE + name, value);
        return new Skills(found, settings, Map.copyOf(with));
    }

    /**
     * All of them, with their settings.
     *
     * @throws IllegalArgumentException as at the start of a node
     */
    synchronized SkillRegistry registry() {
        if (registry == null) {
            registry = found == null
                    ? SkillRegistry.load(new SkillSettings(null, settings, secrets()))
                    : SkillRegistry.of(found, settings, secrets());
        }
        return registry;
    }

    /**
     * The same, each in a wrapper that is not handed its settings again.
     *
     * @throws IllegalArgumentException as at the start of a node
     */
    SkillRegistry registryOf(UnaryOperator<Skill> wrapper) {
        var wrapped = registry().names().stream().map(this::find).map(wrapper).toList();
        return SkillRegistry.of(wrapped, settings, secrets());
    }

    private Secrets secrets() {
        return Secrets.of(secretVariables, null);
    }

    /**
     * One of them, with its settings.
     *
     * @throws IllegalArgumentException when there is none of this name
     */
    Skill find(String name) {
        return registry()
                .find(name)
                .orElseThrow(() -> new IllegalArgumentException("there is no skill '" + name + "'; there are "
                        + String.join(", ", registry().names())));
    }
}
