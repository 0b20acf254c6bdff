package com.agenticverz.nova.run;

import java.util.regex.Pattern;

/**
 * How fast many runs are to begin.
 *
 * @param perSecond more than 0
 */
public record StartRate(double perSecond) {

    private static final Pattern TEXT = Pattern.compile("([0-9]{1,9})/([smh])");

    /** @throws IllegalArgumentException when it is not more than 0 */
    public StartRate {
        if (!(perSecond > 0)) {
            throw new IllegalArgumentException(perSecond + " runs a second");
        }
    }

    /**
     * Reads {@code 50/s}, {@code 30/m} or {@code 100/h}.
     *
     * @param name of the flag or field, for the message
     * @throws IllegalArgumentException when it is none
     */
    public static StartRate parse(String name, String text) {
        var parts = TEXT.matcher(text);
        if (!parts.matches() || Integer.parseInt(parts.group(1)) == 0) {
            throw new IllegalArgumentException(
                    name + ": '" + text + "' is not a rate; allowed: 50/s, 30/m, 100/h, of at least 1");
        }
        double starts = Integer.parseInt(parts.group(1));
        return new StartRate(
                switch (parts.group(2)) {
                    case "h" -> starts / 3_600;
                    case "m" -> starts / 60;
                    default -> starts;
                });
    }
}
