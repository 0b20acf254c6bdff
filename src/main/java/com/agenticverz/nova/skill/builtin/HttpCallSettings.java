package com.agenticverz.nova.skill.builtin;

import com.agenticverz.nova.skill.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The settings under {@code nova.skills.http_call}, and those of other skills that call by HTTP.
 *
 * @param skill whose they are
 * @param guard which addresses requests may go to
 * @param maxResponseBytes the most that a plan may ask for
 * @param maxRetryAfterSeconds the longest wait that a server may ask for within one call
 * @param retries how often a call waits and tries again
 */
record HttpCallSettings(String skill, AddressGuard guard, int maxResponseBytes, int maxRetryAfterSeconds, int retries) {

    private static final List<String> KEYS =
            List.of("allow", "max_response_bytes", "max_retry_after_seconds", "retries");

    /** What a run may have as its result at most, and base64 makes more of it. */
    private static final int LARGEST_RESPONSE_BYTES = 8_000_000;

    private static final Pattern HOST = Pattern.compile("[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?");

    /** @throws IllegalArgumentException when they are not valid */
    static HttpCallSettings of(String skill, Map<String, Object> settings) {
        SkillSetting.only(KEYS, "", settings);
        return new HttpCallSettings(
                skill,
                guard(settings.getOrDefault("allow", List.of())),
                SkillSetting.whole(settings, "", "max_response_bytes", 4 * 1024 * 1024, 1, LARGEST_RESPONSE_BYTES),
                SkillSetting.whole(settings, "", "max_retry_after_seconds", 60, 0, 3600),
                SkillSetting.whole(settings, "", "retries", 2, 0, 10));
    }

    /** A setting of these, for a message. */
    String key(String name) {
        return "nova.skills." + skill + "." + name;
    }

    private static AddressGuard guard(Object allow) {
        if (!(allow instanceof List<?> list)) {
            throw new IllegalArgumentException("allow is '" + Text.line(Json.write(allow), 100)
                    + "'; allowed: a list of ranges such as \"10.1.0.0/16\" and of host names");
        }
        var ranges = new ArrayList<AddressRange>();
        var hosts = new HashSet<String>();
        for (var entry : list) {
            if (!(entry instanceof String text)) {
                throw badEntry(entry, "is not text");
            }
            if (AddressRange.looksLikeOne(text)) {
                try {
                    ranges.add(AddressRange.parse(text));
                } catch (IllegalArgumentException e) {
                    throw badEntry(entry, String.valueOf(e.getMessage()));
                }
                continue;
            }
            var host = text.toLowerCase(Locale.ROOT);
            if (!HOST.matcher(host).matches() || Target.endsInNumber(host)) {
                throw badEntry(entry, "is not a host name");
            }
            hosts.add(host);
        }
        return new AddressGuard(ranges, hosts);
    }

    private static IllegalArgumentException badEntry(Object entry, String problem) {
        return new IllegalArgumentException("allow has '" + Text.line(String.valueOf(entry), 100) + "', which "
                + problem + "; allowed: ranges such as \"10.1.0.0/16\", addresses, and host names without wildcards");
    }
}
