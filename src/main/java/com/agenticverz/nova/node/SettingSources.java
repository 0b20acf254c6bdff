package com.agenticverz.nova.node;

import com.agenticverz.nova.setting.Setting;
import com.agenticverz.nova.setting.SettingException;
import com.agenticverz.nova.setting.SettingException.Problem;
import com.agenticverz.nova.store.DatabaseUrl;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What the settings were set to, and by what: a flag, a variable, or a file. Collects what is wrong, so that all of
 * it can be said at once and under the names that the person who set it knows.
 */
final class SettingSources {

    /**
     * A value as it was given.
     *
     * @param name what gave it, for messages
     */
    record Given(String name, String text) {}

    /** By the key of the setting; a setting that was given but has no value here is bad, and in {@code problems}. */
    private final Map<String, Given> given = new HashMap<>();

    private final Map<String, Object> values = new HashMap<>();
    private final List<Problem> problems = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private Map<String, Map<String, Object>> skills = Map.of();
    private Config pekko = ConfigFactory.empty();

    private SettingSources() {}

    /**
     * Reads the settings of {@code wanted} and no other.
     *
     * @throws IllegalArgumentException when a flag belongs to no setting
     */
    static SettingSources read(Map<String, String> environment, Map<String, String> flags, Set<Variable> wanted) {
        SettingSources sources = new SettingSources();
        SettingFiles files = sources.files(environment);
        sources.pekko = files.pekko();
        try {
            sources.skills = files.skills();
        } catch (SettingException bad) {
            sources.problems.addAll(bad.problems());
        }
        Map<String, String> unread = new HashMap<>(flags);
        for (Variable variable : Variable.values()) {
            Optional<Given> given = Optional.ofNullable(variable.flag())
                    .flatMap(flag -> Optional.ofNullable(unread.remove(flag)).map(text -> new Given(flag, text)))
                    .or(() -> Optional.ofNullable(environment.get(variable.name()))
                            .map(text -> new Given(variable.name(), text)))
                    .or(() -> files.find(variable));
            if (wanted.contains(variable)) {
                given.ifPresent(value -> sources.parse(variable.setting(), value));
            }
        }
        if (!unread.isEmpty()) {
            throw new IllegalArgumentException("no setting has the flag " + unread.keySet());
        }
        sources.warnings.addAll(Misspellings.in(environment.keySet()));
        sources.warnings.addAll(files.unknownKeys());
        return sources;
    }

    /** The value of a setting that has to have one. Only within {@link #group}. */
    <T> T get(Setting<T> setting) {
        return find(setting)
                .orElseThrow(() -> new SettingException(
                        setting.key(),
                        null,
                        "is not set"
                                + (setting instanceof DatabaseUrl.In ? "; for example " + DatabaseUrl.EXAMPLE : "")));
    }

    /** The value of a setting that may have none. Only within {@link #group}. */
    <T> Optional<T> find(Setting<T> setting) {
        @SuppressWarnings("unchecked") // the setting's own parse made it
        T value = (T) values.get(setting.key());
        if (value == null && given.containsKey(setting.key())) {
            throw new SettingException(List.of()); // it is bad, and that has been noted
        }
        return Optional.ofNullable(value);
    }

    /** The settings of one part; empty when something is wrong with them, which {@link #failIfBad} says. */
    <T> Optional<T> group(Supplier<T> part) {
        try {
            return Optional.of(part.get());
        } catch (SettingException bad) {
            problems.addAll(bad.renamed(this::nameOf).problems());
            return Optional.empty();
        }
    }

    /** Notes what is wrong with something that is no setting of Nova's own, under the name it has. */
    void check(Runnable whole) {
        try {
            whole.run();
        } catch (SettingException bad) {
            problems.addAll(bad.problems());
        }
    }

    /** Throws all that is wrong, if anything is. */
    void failIfBad() {
        if (!problems.isEmpty()) {
            throw new SettingException(problems);
        }
    }

    /** The settings of the skills, by their names. */
    Map<String, Map<String, Object>> skills() {
        return skills;
    }

    /** What the user's file says to Pekko; empty where it says nothing. */
    Config pekko() {
        return pekko;
    }

    /** What looks like a mistake but stops nothing. */
    List<String> warnings() {
        return warnings;
    }

    private SettingFiles files(Map<String, String> environment) {
        try {
            return SettingFiles.read(environment);
        } catch (SettingException bad) {
            problems.addAll(bad.problems());
            return SettingFiles.defaults();
        }
    }

    private void parse(Setting<?> setting, Given value) {
        given.put(setting.key(), value);
        try {
            values.put(setting.key(), setting.parse(value.text()));
        } catch (SettingException bad) {
            problems.addAll(bad.renamed(_ -> value.name()).problems());
        }
    }

    /** The name of a setting for people: what gave its value, or the variable that could. */
    private String nameOf(String key) {
        return given.containsKey(key)
                ? given.get(key).name()
                : Variable.ofKey(key).name();
    }
}
