package com.agenticverz.nova.skill;

import com.agenticverz.nova.setting.Setting;
import com.agenticverz.nova.setting.SettingException;
import com.agenticverz.nova.telemetry.KnownSecrets;
import com.agenticverz.nova.telemetry.Redaction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The secrets of this node. The one called {@code NAME} is the variable {@code NOVA_SECRET_NAME} of the environment, or
 * else the file {@code NAME} in the directory that {@code NOVA_SECRETS_DIR} names. A variable wins over a file, as it does
 * with settings. No other variable and no other file can be had. Files are read whenever a secret is used, so that a new
 * value counts at once. Thread-safe.
 */
public final class Secrets {

    public static final Setting.Text DIRECTORY =
            new Setting.Text("secrets-dir", "a directory with a file for each secret that can be read");

    /** There are none. */
    public static final Secrets NONE = new Secrets(Map.of(), null);

    private static final String VARIABLE_PREFIX = "NOVA_SECRET_";
    private static final String DIRECTORY_VARIABLE = "NOVA_SECRETS_DIR";
    private static final int MOST_BYTES = 64 * 1024;

    private final Map<String, String> variables = new HashMap<>();
    private final @Nullable Path directory;

    private Secrets(Map<String, String> environment, @Nullable Path directory) {
        environment.forEach((variable, value) -> {
            if (variable.startsWith(VARIABLE_PREFIX)) {
                variables.put(variable.substring(VARIABLE_PREFIX.length()), value);
            }
        });
        this.directory = directory;
    }

    /**
     * Those of a process.
     *
     * @param environment all of it
     * @param directory what {@code NOVA_SECRETS_DIR} says; null: nothing
     * @throws SettingException when it is not a directory that can be read
     */
    public static Secrets of(Map<String, String> environment, @Nullable String directory) {
        if (directory == null) {
            return new Secrets(environment, null);
        }
        try {
            var path = Path.of(directory);
            if (Files.isDirectory(path) && Files.isReadable(path) && Files.isExecutable(path)) {
                return new Secrets(environment, path);
            }
        } catch (InvalidPathException e) {
            // neither
        }
        throw new SettingException(DIRECTORY.key(), directory, "is not there; allowed: " + DIRECTORY.allowed());
    }

    /** Whether a variable is a secret, and no setting with a mistake in its name. */
    public static boolean isVariable(String name) {
        return name.startsWith(VARIABLE_PREFIX);
    }

    /** The names of all that are there now, sorted. */
    public List<String> names() {
        var names = new TreeSet<>(variables.keySet());
        if (directory != null) {
            try (var files = Files.list(directory)) {
                files.filter(Files::isRegularFile).forEach(it -> names.add(String.valueOf(it.getFileName())));
            } catch (IOException | java.io.UncheckedIOException e) {
                // It was there at the start; each use says what is wrong.
            }
        }
        return names.stream().filter(SecretText::isName).toList();
    }

    /**
     * A value that holds no secrets any more, but their values.
     *
     * @param redaction what hides them again
     */
    record Opened<T extends @Nullable Object>(T value, Redaction redaction) {}

    /** Puts the secrets into params, each at the same value wherever it stands. */
    Opened<Map<String, @Nullable Object>> open(Map<String, @Nullable Object> params) {
        var opening = new Opening();
        var opened = new LinkedHashMap<String, @Nullable Object>();
        params.forEach((name, value) -> opened.put(name, opening.in(value)));
        return new Opened<>(opened, opening.redaction);
    }

    /**
     * Puts the secrets into settings, whose texts may refer to them.
     *
     * @throws IllegalArgumentException when one is not there; the message says where it should be put
     */
    Opened<Map<String, Object>> openSettings(Map<String, Object> settings) {
        var opening = new Opening();
        var opened = new LinkedHashMap<String, Object>();
        settings.forEach((name, value) -> opened.put(name, opening.inSetting(value, name)));
        return new Opened<>(opened, opening.redaction);
    }

    private final class Opening {

        private final Map<String, String> values = new HashMap<>();
        private Redaction redaction = Redaction.NONE;
        private long chars;

        private @Nullable Object in(@Nullable Object value) {
            return switch (value) {
                case SecretText text -> text(text);
                case Map<?, ?> object -> {
                    var members = new LinkedHashMap<Object, @Nullable Object>();
                    object.forEach((name, member) -> members.put(name, in(member)));
                    yield members;
                }
                case List<?> array -> {
                    var elements = new ArrayList<@Nullable Object>(array.size());
                    array.forEach(element -> elements.add(in(element)));
                    yield elements;
                }
                case null, default -> value;
            };
        }

        private Object inSetting(Object value, String at) {
            return switch (value) {
                case String text
                when SecretText.isReferredToIn(text) -> {
                    try {
                        yield text(SecretText.ofSetting(text));
                    } catch (IllegalArgumentException | SkillFailure e) {
                        throw new IllegalArgumentException(at + ": " + e.getMessage(), e);
                    }
                }
                case Map<?, ?> object -> {
                    var members = new LinkedHashMap<Object, Object>();
                    object.forEach((name, member) -> members.put(name, inSetting(member, at + "." + name)));
                    yield members;
                }
                case List<?> array -> {
                    var elements = new ArrayList<Object>(array.size());
                    array.forEach(element -> elements.add(inSetting(element, at + "." + elements.size())));
                    yield elements;
                }
                default -> value;
            };
        }

        private String text(SecretText text) {
            var opened = text.with(this::value);
            chars += opened.length();
            if (chars > Expression.MOST_CHARS) {
                throw SkillFailure.permanent(
                        "the texts with secrets have more than " + Expression.MOST_CHARS + " characters in all");
            }
            return opened;
        }

        private String value(String name) {
            var known = values.get(name);
            if (known != null) {
                return known;
            }
            var value = Secrets.this.value(name);
            redaction = redaction.and(KnownSecrets.use(name, value));
            values.put(name, value);
            return value;
        }
    }

    /**
     * What is wrong with a secret that is to be used; null: nothing. Never with its value.
     */
    public @Nullable String problem(String name) {
        try {
            value(name);
            return null;
        } catch (SkillFailure e) {
            return e.getMessage();
        }
    }

    private String value(String name) {
        var value = variables.get(name);
        if (value != null) {
            return checked(name, VARIABLE_PREFIX + name, value);
        }
        if (directory == null) {
            throw SkillFailure.permanent("there is no secret " + name + ": " + VARIABLE_PREFIX + name
                    + " is not set, and " + DIRECTORY_VARIABLE + " neither");
        }
        var file = directory.resolve(name);
        if (!Files.isRegularFile(file)) {
            throw SkillFailure.permanent("there is no secret " + name + ": " + VARIABLE_PREFIX + name
                    + " is not set, and there is no file " + file);
        }
        return checked(name, file.toString(), text(name, file));
    }

    private static String text(String name, Path file) {
        byte[] bytes;
        try (var stream = Files.newInputStream(file)) {
            bytes = stream.readNBytes(MOST_BYTES + 1);
        } catch (IOException e) {
            // A disk that answers tomorrow, a right that is given.
            throw SkillFailure.retryable("the secret " + name + " cannot be read: " + e);
        }
        if (bytes.length > MOST_BYTES) {
            throw SkillFailure.permanent(
                    "the secret " + name + " is larger than " + MOST_BYTES + " bytes, which is the most: " + file);
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString()
                    .replaceFirst("\\r?\\n\\z", "");
        } catch (CharacterCodingException e) {
            throw SkillFailure.permanent("the secret " + name + " is not text in UTF-8: " + file);
        }
    }

    private static String checked(String name, String origin, String value) {
        if (value.isBlank()) {
            throw SkillFailure.permanent("the secret " + name + " is empty: " + origin);
        }
        if (value.length() < Redaction.LEAST_CHARS) {
            throw SkillFailure.permanent(
                    "the secret " + name + " is too short: " + origin + "; allowed: at least " + Redaction.LEAST_CHARS
                            + " characters, for a shorter one cannot be told from ordinary text and so not be hidden");
        }
        return value;
    }
}
