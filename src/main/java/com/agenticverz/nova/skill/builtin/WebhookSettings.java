package com.agenticverz.nova.skill.builtin;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The settings under {@code nova.skills.webhook_send}.
 *
 * @param http what a call may reach, and how often it waits
 * @param secrets by the names that plans call them
 */
record WebhookSettings(HttpCallSettings http, SortedMap<String, SigningKeys> secrets) {

    private static final String SECRETS = "secrets";
    private static final List<String> KEYS = List.of(SECRETS, "allow", "max_retry_after_seconds", "retries");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,63}");

    /** @throws IllegalArgumentException when they are not valid; no secret is in its message */
    static WebhookSettings of(String skill, Map<String, Object> settings) {
        SkillSetting.only(KEYS, "", settings);
        var rest = new TreeMap<>(settings);
        rest.remove(SECRETS);
        return new WebhookSettings(HttpCallSettings.of(skill, rest), secrets(settings.getOrDefault(SECRETS, Map.of())));
    }

    private static SortedMap<String, SigningKeys> secrets(Object value) {
        var secrets = new TreeMap<String, SigningKeys>();
        SkillSetting.block(SECRETS, value).forEach((name, its) -> {
            var at = SECRETS + "." + Text.line(name, 100);
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException(
                        at + " is no name of a secret; allowed: 1 to 63 letters, digits, hyphens and underscores");
            }
            secrets.put(name, SigningKeys.parse(at, its));
        });
        return secrets;
    }
}
