package com.agenticverz.nova.node;

import com.agenticverz.nova.node.SettingSources.Given;
import com.agenticverz.nova.setting.SettingException;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.io.File;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The settings in files: {@code nova.conf}, which comes with Nova and says the defaults, and a file of the user's
 * over it.
 *
 * <p>The user's file is named by {@code NOVA_CONFIG}, or by {@code -Dconfig.file}, which Pekko reads too. It may
 * refer to environment variables as {@code ${NAME}} or {@code ${?NAME}}.
 */
final class SettingFiles {

    private static final String BLOCK = "nova";

    private static final String SKILLS = "skills";
    private static final String PEKKO = "pekko";

    private final Config whole;
    private final Config file;
    private final Config defaults;

    private SettingFiles(Config whole, Config defaults) {
        this.whole = whole;
        this.file = block(whole);
        this.defaults = defaults;
    }

    /** Nothing but the defaults. */
    static SettingFiles defaults() {
        return new SettingFiles(
                ConfigFactory.empty(),
                block(ConfigFactory.parseResources(
                        SettingFiles.class.getClassLoader(),
                        "nova.conf",
                        ConfigParseOptions.defaults().setAllowMissing(false))));
    }

    /** @throws SettingException when the user's file is not there or cannot be read */
    static SettingFiles read(Map<String, String> environment) {
        @Nullable String byVariable = environment.get(Variable.CONFIG_FILE);
        @Nullable String path = byVariable == null ? System.getProperty("config.file") : byVariable;
        if (path == null) {
            return defaults();
        }
        String name = byVariable == null ? "-Dconfig.file" : Variable.CONFIG_FILE;
        File userFile = new File(path);
        if (!userFile.isFile() || !userFile.canRead()) {
            throw new SettingException(name, path, "is not a file that can be read");
        }
        try {
            Config parsed = ConfigFactory.parseFile(
                    userFile, ConfigParseOptions.defaults().setAllowMissing(false));
            // Keys, not paths: a variable's name may hold characters that mean something in a path.
            Config variables =
                    ConfigValueFactory.fromMap(environment, "the environment").toConfig();
            Config resolved = parsed.withFallback(variables)
                    .resolve(ConfigResolveOptions.defaults().setUseSystemEnvironment(false));
            return new SettingFiles(resolved, defaults().defaults);
        } catch (ConfigException unreadable) {
            throw new SettingException(
                    name,
                    path,
                    "cannot be read: " + String.valueOf(unreadable.getMessage()).replaceAll("\\s+", " ")
                            + hint(unreadable));
        }
    }

    /** Without quotes it is a substitution of HOCON, whose path has no colon. */
    private static String hint(ConfigException unreadable) {
        return String.valueOf(unreadable.getMessage()).contains("path expression: ':'")
                ? "; a secret stands in quotes: \"${secret:NAME}\""
                : "";
    }

    /**
     * What the files say about a setting; empty: nothing. A setting's default goes by the variable that overrides
     * it.
     */
    Optional<Given> find(Variable variable) {
        String key = variable.setting().key();
        if (file.hasPath(key)) {
            return Optional.of(new Given(
                    BLOCK + "." + key + " (" + file.getValue(key).origin().description() + ")", text(file, key)));
        }
        return defaults.hasPath(key) ? Optional.of(new Given(variable.name(), text(defaults, key))) : Optional.empty();
    }

    /** What the user's file says to Pekko; empty where it says nothing. */
    Config pekko() {
        return whole.hasPath(PEKKO) ? whole.withOnlyPath(PEKKO) : ConfigFactory.empty();
    }

    /** The settings of the skills, by their names. */
    Map<String, Map<String, Object>> skills() {
        if (!file.hasPath(SKILLS)) {
            return Map.of();
        }
        var skills = new TreeMap<String, Map<String, Object>>();
        file.getObject(SKILLS).forEach((name, value) -> {
            if (!(value instanceof ConfigObject settings)) {
                throw new SettingException(
                        BLOCK + "." + SKILLS + "." + name,
                        String.valueOf(value.unwrapped()),
                        "is not a block of settings, which it has to be");
            }
            skills.put(name, settings.unwrapped());
        });
        return skills;
    }

    /** One line for each key in the user's file that is no setting. */
    List<String> unknownKeys() {
        return file.entrySet().stream()
                .filter(entry -> Variable.find(entry.getKey()).isEmpty()
                        && !entry.getKey().startsWith(SKILLS + "."))
                .map(entry -> BLOCK + "." + entry.getKey() + " ("
                        + entry.getValue().origin().description() + ") is not a setting of Nova")
                .sorted()
                .toList();
    }

    private static String text(Config config, String key) {
        var value = config.getValue(key);
        boolean single = value.valueType() != ConfigValueType.OBJECT && value.valueType() != ConfigValueType.LIST;
        return single ? config.getString(key) : value.unwrapped().toString();
    }

    private static Config block(Config config) {
        return config.hasPath(BLOCK) ? config.getConfig(BLOCK) : ConfigFactory.empty();
    }
}
