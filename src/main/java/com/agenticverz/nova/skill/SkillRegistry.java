package com.agenticverz.nova.skill;

import com.agenticverz.nova.run.Step;
import com.agenticverz.nova.skill.SkillFinder.Found;
import com.agenticverz.nova.telemetry.Redaction;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.SortedMap;
import java.util.TreeMap;

/** The skills of this node, by name. */
public final class SkillRegistry {

    private static final int LONGEST_NAME_CHARS = 63;

    /** What is known of where a skill comes from. */
    private record Origin(String source, String version) {}

    private final SortedMap<String, Skill> skills;
    private final Map<String, Origin> origins;
    private final Secrets secrets;

    /** What hides the secrets in the settings of skills, by their names; those of skills without any are missing. */
    private final Map<String, Redaction> ofSettings;

    private SkillRegistry(
            SortedMap<String, Skill> skills,
            Map<String, Origin> origins,
            Secrets secrets,
            Map<String, Redaction> ofSettings) {
        this.skills = skills;
        this.origins = origins;
        this.secrets = secrets;
        this.ofSettings = ofSettings;
    }

    /**
     * Finds every skill on the class path and in the directory of jars, and hands each its settings.
     *
     * @throws InvalidSkillsException with all that is wrong: skills that cannot be loaded, names that are not valid or not
     *     unique, settings that are not valid, settings for a skill that does not exist
     */
    public static SkillRegistry load(SkillSettings settings) {
        var finder = new SkillFinder();
        finder.onClassPath();
        if (settings.directory() != null) {
            finder.in(settings.directory());
        }
        return of(finder.found(), finder.problems(), settings.bySkill(), settings.secrets());
    }

    /** The same for given skills. */
    public static SkillRegistry of(Collection<? extends Skill> skills, Map<String, Map<String, Object>> settings) {
        return of(skills, settings, Secrets.NONE);
    }

    /** The same where there are secrets. */
    public static SkillRegistry of(
            Collection<? extends Skill> skills, Map<String, Map<String, Object>> settings, Secrets secrets) {
        var found = skills.stream().map(SkillFinder::given).toList();
        return of(found, List.of(), settings, secrets);
    }

    private static SkillRegistry of(
            List<Found> found, List<String> notFound, Map<String, Map<String, Object>> settings, Secrets secrets) {
        var problems = new ArrayList<>(notFound);
        var skills = new TreeMap<String, Found>();
        for (var it : found) {
            var name = it.skill().name();
            if (name == null || !isName(name)) {
                problems.add("skill name '" + name + "' of " + shown(it)
                        + ": allowed are lower case letters, digits and underscores, a letter first, at most 63");
                continue;
            }
            var other = skills.putIfAbsent(name, it);
            if (other != null) {
                problems.add("two skills are called '" + name + "': " + shown(other) + " and " + shown(it));
            }
        }
        // Where some could not be had, it may well be one of theirs.
        if (notFound.isEmpty()) {
            for (var name : settings.keySet()) {
                if (!skills.containsKey(name)) {
                    problems.add("nova.skills." + name + ": there is no skill '" + name + "'; there are "
                            + String.join(", ", skills.keySet()));
                }
            }
        }
        var ofSettings = new HashMap<String, Redaction>();
        skills.forEach((name, it) -> {
            try {
                var redaction = configure(it.skill(), settings.getOrDefault(name, Map.of()), secrets);
                if (!redaction.isEmpty()) {
                    ofSettings.put(name, redaction);
                }
            } catch (IllegalArgumentException e) {
                problems.add("nova.skills." + name + e.getMessage());
            }
        });
        if (!problems.isEmpty()) {
            throw new InvalidSkillsException(problems);
        }
        var byName = new TreeMap<String, Skill>();
        var origins = new HashMap<String, Origin>();
        skills.forEach((name, it) -> {
            byName.put(name, it.skill());
            origins.put(name, new Origin(it.source(), it.version()));
        });
        return new SkillRegistry(byName, origins, secrets, ofSettings);
    }

    /**
     * Hands a skill its settings.
     *
     * @return what hides the secrets in them
     * @throws IllegalArgumentException which setting it is, or none, and what is wrong
     */
    private static Redaction configure(Skill skill, Map<String, Object> settings, Secrets secrets) {
        Secrets.Opened<Map<String, Object>> opened;
        try {
            opened = secrets.openSettings(settings);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("." + e.getMessage(), e);
        }
        var redaction = opened.redaction();
        try {
            skill.configure(opened.value());
            return redaction;
        } catch (RuntimeException | LinkageError | ServiceConfigurationError e) {
            var reason = e instanceof Error || e.getMessage() == null ? e.toString() : e.getMessage();
            throw new IllegalArgumentException(": " + redaction.in(reason).replaceAll("\\R", " "));
        }
    }

    private static String shown(Found it) {
        var skill = it.skill() instanceof IsolatedSkill isolated ? isolated.skill() : it.skill();
        return skill.getClass().getName() + " (" + it.source() + ")";
    }

    /** The skill with this name. */
    public Optional<Skill> find(String name) {
        return Optional.ofNullable(skills.get(name));
    }

    /**
     * Where a skill comes from, for people: {@code built in}, or a jar.
     *
     * @throws IllegalArgumentException when there is no skill with this name
     */
    public String source(String name) {
        return origin(name).source();
    }

    /**
     * The version of a skill: that of Nova for those that are built in, else what the manifest of its jar calls
     * {@code Implementation-Version}, else the beginning of the digest of the jar, so that two builds differ.
     *
     * @throws IllegalArgumentException when there is no skill with this name
     */
    public String version(String name) {
        return origin(name).version();
    }

    private Origin origin(String name) {
        var origin = origins.get(name);
        if (origin == null) {
            throw new IllegalArgumentException("there is no skill '" + name + "'");
        }
        return origin;
    }

    /** The versions of all skills, by their names. */
    public SortedMap<String, String> versions() {
        var versions = new TreeMap<String, String>();
        origins.forEach((name, origin) -> versions.put(name, origin.version()));
        return versions;
    }

    /** Whether there is a skill with this name. */
    public boolean has(String name) {
        return skills.containsKey(name);
    }

    /** Whether a skill can be called so. */
    static boolean isName(String text) {
        if (text.isEmpty() || text.length() > LONGEST_NAME_CHARS || text.charAt(0) < 'a' || text.charAt(0) > 'z') {
            return false;
        }
        for (int i = 1; i < text.length(); i++) {
            char it = text.charAt(i);
            if ((it < 'a' || it > 'z') && (it < '0' || it > '9') && it != '_') {
                return false;
            }
        }
        return true;
    }

    /**
     * The skill that a step calls. Where the params of the step have secrets in them, or its settings, it is given them and
     * lets none out.
     */
    public Optional<Skill> find(Step step) {
        var skill = skills.get(step.skill());
        if (skill == null || step.secrets().isEmpty() && ofSettings.isEmpty()) {
            return Optional.ofNullable(skill);
        }
        var hides = ofSettings.getOrDefault(step.skill(), Redaction.NONE);
        return Optional.of(
                step.secrets().isEmpty() && hides.isEmpty() ? skill : new SecretKeeper(skill, secrets, hides));
    }

    /** The names, sorted. */
    public List<String> names() {
        return List.copyOf(skills.keySet());
    }

    /** Closes every skill; one that cannot be closed does not keep the others from it. */
    public void close() {
        for (var skill : skills.values()) {
            try {
                skill.close();
            } catch (RuntimeException | LinkageError e) {
                // The process ends.
            }
        }
    }
}
