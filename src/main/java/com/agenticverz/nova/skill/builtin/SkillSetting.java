package com.agenticverz.nova.skill.builtin;

import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/** Reads a setting of a skill, and says what is wrong with it. */
final class SkillSetting {

    private SkillSetting() {}

    /**
     * Refuses all keys but these.
     *
     * @param at what is in front of the keys
     * @throws IllegalArgumentException when there is another one
     */
    static void only(Collection<String> allowed, String at, Map<String, Object> settings) {
        for (var key : settings.keySet()) {
            if (!allowed.contains(key)) {
                throw new IllegalArgumentException(
                        at + Text.line(key, 100) + " is not a setting; allowed: " + String.join(", ", allowed));
            }
        }
    }

    /** @throws IllegalArgumentException when it is not a whole number, or out of bounds */
    static int whole(Map<String, Object> settings, String at, String key, int otherwise, int least, int most) {
        var value = settings.getOrDefault(key, otherwise);
        if (value instanceof Integer number && number >= least && number <= most) {
            return number;
        }
        throw bad(at + key, value, least + " to " + most);
    }

    /** A value, which is shown, is not one of those that are allowed. */
    static IllegalArgumentException bad(String key, Object value, String allowed) {
        return new IllegalArgumentException(
                key + " is '" + Text.line(String.valueOf(value), 100) + "'; allowed: " + allowed);
    }

    /** @throws IllegalArgumentException when it is not a block of settings */
    static Map<String, Object> block(String at, Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            // Not shown: it may be a secret that was written one level too high.
            throw new IllegalArgumentException(at + " is not a block; allowed: " + at + " { … }");
        }
        var block = new TreeMap<String, Object>();
        map.forEach((key, its) -> block.put(String.valueOf(key), its));
        return block;
    }
}
