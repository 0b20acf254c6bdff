package com.agenticverz.nova.skill;

import com.agenticverz.nova.setting.Setting;
import com.agenticverz.nova.setting.SettingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the skills of a node are told.
 *
 * @param directory with jars of skills; null: there is none
 * @param bySkill the settings of the skills, by their names; their texts may refer to secrets
 * @param secrets for these, and for the params of steps
 */
public record SkillSettings(@Nullable Path directory, Map<String, Map<String, Object>> bySkill, Secrets secrets) {

    public static final Setting.Text DIRECTORY =
            new Setting.Text("skills-dir", "a directory with jars of skills that can be read");

    /** No directory, no settings, and no secrets. */
    public static final SkillSettings NONE = new SkillSettings(null, Map.of());

    /** Where it is looked when no directory is named; it need not be there. */
    private static final Path USUAL_DIRECTORY = Path.of("skills");

    public SkillSettings {
        bySkill = Map.copyOf(bySkill);
    }

    /** Where there are no secrets. */
    public SkillSettings(@Nullable Path directory, Map<String, Map<String, Object>> bySkill) {
        this(directory, bySkill, Secrets.NONE);
    }

    /**
     * Settings as they were given.
     *
     * @param directory null: {@code skills} in the current directory, if that is there
     * @throws SettingException when the directory is not there, or cannot be read
     */
    public static SkillSettings of(
            @Nullable String directory, Map<String, Map<String, Object>> bySkill, Secrets secrets) {
        if (directory == null) {
            return new SkillSettings(Files.isDirectory(USUAL_DIRECTORY) ? USUAL_DIRECTORY : null, bySkill, secrets);
        }
        return new SkillSettings(checked(directory), bySkill, secrets);
    }

    private static Path checked(String text) {
        try {
            var directory = Path.of(text);
            if (Files.isDirectory(directory) && Files.isReadable(directory)) {
                return directory;
            }
        } catch (InvalidPathException e) {
            // Not one either.
        }
        throw new SettingException(DIRECTORY.key(), text, "is not there; allowed: " + DIRECTORY.allowed());
    }
}
