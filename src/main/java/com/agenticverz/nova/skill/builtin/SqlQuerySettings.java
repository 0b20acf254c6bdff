package com.agenticverz.nova.skill.builtin;

import com.agenticverz.nova.setting.SettingException;
import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.store.DatabaseUrl;
import com.agenticverz.nova.store.ForeignJson;
import com.agenticverz.nova.store.ForeignSource;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The settings under {@code nova.skills.sql_query}.
 *
 * @param sources by their names
 */
record SqlQuerySettings(SortedMap<String, Source> sources) {

    private static final List<String> KEYS =
            List.of("url", "user", "password", "read_only", "max_rows", "timeout_seconds", "pool_size");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,63}");
    private static final int MOST_ROWS = 100_000;
    private static final int LONGEST_TIMEOUT_SECONDS = 86_400;
    private static final int LARGEST_POOL = 100;

    private static final ForeignJson JSON = new ForeignJson() {
        @Override
        public @Nullable Object read(String json) {
            return Json.read(json);
        }

        @Override
        public String write(@Nullable Object value) {
            return Json.write(value);
        }
    };

    /**
     * One of them.
     *
     * @param maxRows the most that a plan may ask for
     */
    record Source(ForeignSource database, int maxRows) {}

    /** @throws IllegalArgumentException when they are not valid; its message has neither a URL nor a password */
    static SqlQuerySettings of(Map<String, Object> settings) {
        SkillSetting.only(List.of("sources"), "", settings);
        var sources = new TreeMap<String, Source>();
        SkillSetting.block("sources", settings.getOrDefault("sources", Map.of()))
                .forEach((name, its) -> {
                    var at = "sources." + Text.line(name, 100);
                    if (!NAME.matcher(name).matches()) {
                        throw new IllegalArgumentException(at
                                + " is no name of a source; allowed: 1 to 63 letters, digits, hyphens and underscores");
                    }
                    sources.put(name, source(at + ".", SkillSetting.block(at, its)));
                });
        return new SqlQuerySettings(sources);
    }

    private static Source source(String at, Map<String, Object> settings) {
        SkillSetting.only(KEYS, at, settings);
        return new Source(
                new ForeignSource(
                        new ForeignSource.Settings(
                                url(at, settings),
                                readOnly(at, settings.getOrDefault("read_only", true)),
                                1000L
                                        * SkillSetting.whole(
                                                settings, at, "timeout_seconds", 30, 1, LONGEST_TIMEOUT_SECONDS),
                                SkillSetting.whole(settings, at, "pool_size", 2, 1, LARGEST_POOL)),
                        JSON),
                SkillSetting.whole(settings, at, "max_rows", 1000, 1, MOST_ROWS));
    }

    private static DatabaseUrl url(String at, Map<String, Object> settings) {
        var text = secret(at, "url", settings);
        if (text == null) {
            throw new IllegalArgumentException(at + "url is missing; for example postgresql://host:5432/database");
        }
        DatabaseUrl url;
        try {
            url = DatabaseUrl.parse(at + "url", text);
        } catch (SettingException e) {
            throw new IllegalArgumentException(
                    e.problems().stream().map(SettingException.Problem::text).collect(Collectors.joining(" ")), e);
        }
        var user = secret(at, "user", settings);
        var password = secret(at, "password", settings);
        if (user != null && url.user() != null) {
            throw new IllegalArgumentException(at + "user is given, but url has one too; allowed: one of them");
        }
        if (password != null && url.password() != null) {
            throw new IllegalArgumentException(at + "password is given, but url has one too; allowed: one of them");
        }
        return new DatabaseUrl(
                url.hosts(),
                url.database(),
                user == null ? url.user() : user,
                password == null ? url.password() : password,
                url.parameters());
    }

    private static @Nullable String secret(String at, String key, Map<String, Object> settings) {
        var value = settings.get(key);
        if (value == null || value instanceof String) {
            return (String) value;
        }
        // Not shown: it may be a secret.
        throw new IllegalArgumentException(at + key + " is not text; allowed: text");
    }

    private static boolean readOnly(String at, Object value) {
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw SkillSetting.bad(at + "read_only", value, "true, false");
    }
}
