package com.agenticverz.nova.cli;

import java.time.Duration;
import java.util.regex.Pattern;

/** Times as people type them. */
public final class Times {

    private static final Pattern TIME = Pattern.compile("([0-9]{1,9})(s|m|h|d)?");

    private Times() {}

    /**
     * Reads {@code 90}, {@code 90s}, {@code 5m}, {@code 2h} or {@code 1d}.
     *
     * @param flag for the message
     * @throws IllegalArgumentException when it is none
     */
    public static Duration parse(String flag, String text) {
        var matcher = TIME.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(flag + ": '" + text + "' is not a time; allowed: 90, 90s, 5m, 2h, 1d");
        }
        long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2) == null ? "s" : matcher.group(2)) {
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            case "d" -> Duration.ofDays(amount);
            default -> Duration.ofSeconds(amount);
        };
    }
}
