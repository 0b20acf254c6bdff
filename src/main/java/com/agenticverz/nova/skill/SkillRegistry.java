package com.agenticverz.nova.skill;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The skills of this node, by name. */
public final class SkillRegistry {

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,62}");

    private final SortedMap<String, Skill> skills;

    private SkillRegistry(SortedMap<String, Skill> skills) {
        this.skills = skills;
    }

    /**
     * Finds every skill on the class path and hands each its settings.
     *
     * @param settings by the name of the skill
     * @throws IllegalArgumentException with one line, when a skill cannot be loaded, two have one name, settings are not
     *     valid, or there are settings for a skill that does not exist
     */
    public static SkillRegistry load(Map<String, Map<String, Object>> settings) {
        try {
            return of(
                    ServiceLoader.load(Skill.class).stream()
                            .map(ServiceLoader.Provider::get)
                            .toList(),
                    settings);
        } catch (ServiceConfigurationError e) {
            var cause = e.getCause() == null ? "" : " (" + e.getCause() + ")";
            throw new IllegalArgumentException("a skill cannot be loaded: " + e.getMessage() + cause, e);
        }
    }

    /** The same for given skills. */
    public static SkillRegistry of(Collection<? extends Skill> found, Map<String, Map<String, Object>> settings) {
        var skills = new TreeMap<String, Skill>();
        for (var skill : found) {
            if (skill.name() == null || !NAME.matcher(skill.name()).matches()) {
                throw new IllegalArgumentException("skill name '" + skill.name() + "' of "
                        + skill.getClass().getName()
                        + ": allowed are lower case letters, digits and underscores, a letter first, at most 63");
            }
            var other = skills.put(skill.name(), skill);
            if (other != null) {
                throw new IllegalArgumentException("two skills are called '" + skill.name() + "': "
                        + other.getClass().getName() + " and "
                        + skill.getClass().getName());
            }
        }
        for (var name : settings.keySet()) {
            if (!skills.containsKey(name)) {
                throw new IllegalArgumentException("nova.skills." + name + ": there is no skill '" + name
                        + "'; there are " + String.join(", ", skills.keySet()));
            }
        }
        skills.forEach((name, skill) -> {
            try {
                skill.configure(settings.getOrDefault(name, Map.of()));
            } catch (RuntimeException | LinkageError e) {
                var reason = e instanceof LinkageError || e.getMessage() == null ? e.toString() : e.getMessage();
                throw new IllegalArgumentException("nova.skills." + name + ": " + reason.replaceAll("\\R", " "), e);
            }
        });
        return new SkillRegistry(skills);
    }

    /** The skill with this name. */
    public Optional<Skill> find(String name) {
        return Optional.ofNullable(skills.get(name));
    }

    /** The names, sorted. */
    public List<String> names() {
        return List.copyOf(skills.keySet());
    }
}
