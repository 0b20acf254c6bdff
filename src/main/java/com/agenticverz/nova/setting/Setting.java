package com.agenticverz.nova.setting;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One setting: where it stands in {@code nova.conf} and what is allowed.
 *
 * @param <T> what its text becomes
 */
public interface Setting<T> {

    /** Its path below {@code nova} in {@code nova.conf}, such as {@code worker.concurrency}. */
    String key();

    /**
     * The value of a text.
     *
     * @throws SettingException when it is blank, not of this kind, or out of bounds
     */
    T parse(String text);

    /**
     * Fails when there is nothing in {@code text}: to set a variable to nothing is more often a mistake than a wish.
     */
    private static void requireText(String key, String text, String allowed) {
        if (text.isBlank()) {
            throw new SettingException(key, text, "is blank; allowed: " + allowed);
        }
    }

    /**
     * A whole number.
     *
     * @param least the least that is allowed
     * @param most the most that is allowed
     */
    record WholeNumber(String key, int least, int most) implements Setting<Integer> {

        @Override
        public Integer parse(String text) {
            requireText(key, text, allowed());
            if (!text.matches("[+-]?[0-9]+")) {
                throw new SettingException(key, text, "is not a whole number; allowed: " + allowed());
            }
            try {
                return check(Integer.parseInt(text));
            } catch (NumberFormatException tooLarge) {
                throw outOfRange(text);
            }
        }

        /**
         * The value itself.
         *
         * @throws SettingException when it is out of bounds
         */
        public int check(int value) {
            if (value < least || value > most) {
                throw outOfRange(Integer.toString(value));
            }
            return value;
        }

        private SettingException outOfRange(String value) {
            return new SettingException(key, value, "is out of range; allowed: " + allowed());
        }

        private String allowed() {
            return least + " to " + most;
        }
    }

    /**
     * A time in seconds, with or without decimals, kept to the nanosecond.
     *
     * @param least the least that is allowed
     * @param most the most that is allowed
     */
    record Seconds(String key, Duration least, Duration most) implements Setting<Duration> {

        @Override
        public Duration parse(String text) {
            requireText(key, text, allowed());
            BigDecimal seconds;
            try {
                seconds = new BigDecimal(text);
            } catch (NumberFormatException notANumber) {
                throw new SettingException(key, text, "is not a number of seconds; allowed: " + allowed());
            }
            // Compared as it is: a Duration could not hold 1e99.
            if (seconds.compareTo(decimal(least)) < 0 || seconds.compareTo(decimal(most)) > 0) {
                throw outOfRange(text);
            }
            BigDecimal nanos = seconds.movePointRight(9).setScale(0, RoundingMode.HALF_UP);
            return Duration.ofNanos(nanos.longValueExact());
        }

        /**
         * The value itself.
         *
         * @throws SettingException when it is out of bounds
         */
        public Duration check(Duration value) {
            if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
                throw outOfRange(text(value));
            }
            return value;
        }

        /** A duration as people write it here: seconds, with no more decimals than it needs. */
        public static String text(Duration value) {
            BigDecimal seconds = decimal(value);
            return seconds.signum() == 0 ? "0" : seconds.stripTrailingZeros().toPlainString();
        }

        private SettingException outOfRange(String value) {
            return new SettingException(key, value, "is out of range; allowed: " + allowed());
        }

        private String allowed() {
            return text(least) + " to " + text(most) + " seconds";
        }

        private static BigDecimal decimal(Duration value) {
            return BigDecimal.valueOf(value.getSeconds()).add(BigDecimal.valueOf(value.getNano(), 9));
        }
    }

    /**
     * How old something may grow: a whole number with its unit, for it may be days; or {@code off}, which is {@link
     * Duration#ZERO}: as old as it likes. Not 0, which could mean the opposite as well.
     *
     * @param least the least that is allowed
     * @param most the most that is allowed, in whole days
     */
    record Age(String key, Duration least, Duration most) implements Setting<Duration> {

        private static final String OFF = "off";
        private static final Pattern TEXT = Pattern.compile("([0-9]{1,9})([smhd])");

        @Override
        public Duration parse(String text) {
            requireText(key, text, allowed());
            if (text.equals(OFF)) {
                return Duration.ZERO;
            }
            var parts = TEXT.matcher(text);
            if (!parts.matches()) {
                throw new SettingException(key, text, "is not a time with its unit; allowed: " + allowed());
            }
            long amount = Long.parseLong(parts.group(1));
            var value = switch (parts.group(2)) {
                case "d" -> Duration.ofDays(amount);
                case "h" -> Duration.ofHours(amount);
                case "m" -> Duration.ofMinutes(amount);
                default -> Duration.ofSeconds(amount);
            };
            if (value.isZero()) {
                throw new SettingException(key, text, "is out of range; allowed: " + allowed());
            }
            return check(value);
        }

        /**
         * The value itself.
         *
         * @throws SettingException when it is out of bounds
         */
        public Duration check(Duration value) {
            if (!value.isZero() && (value.compareTo(least) < 0 || value.compareTo(most) > 0)) {
                throw new SettingException(key, text(value), "is out of range; allowed: " + allowed());
            }
            return value;
        }

        /** As people write it here: {@code off}, or with the largest unit that fits. */
        public static String text(Duration value) {
            long seconds = value.toSeconds();
            if (seconds == 0) {
                return OFF;
            }
            if (seconds % 86_400 == 0) {
                return value.toDays() + "d";
            }
            if (seconds % 3_600 == 0) {
                return value.toHours() + "h";
            }
            return seconds % 60 == 0 ? value.toMinutes() + "m" : seconds + "s";
        }

        private String allowed() {
            return text(least) + " to " + text(most) + " (s, m, h, d), or off";
        }
    }

    /**
     * One of the constants of an enum, in lower case.
     *
     * @param <E> the enum
     */
    record Choice<E extends Enum<E>>(String key, Class<E> type) implements Setting<E> {

        @Override
        public E parse(String text) {
            requireText(key, text, allowed());
            for (E constant : type.getEnumConstants()) {
                if (nameOf(constant).equals(text)) {
                    return constant;
                }
            }
            throw new SettingException(key, text, "is not a choice; allowed: " + allowed());
        }

        private String allowed() {
            return Arrays.stream(type.getEnumConstants()).map(this::nameOf).collect(Collectors.joining(" or "));
        }

        private String nameOf(E constant) {
            return constant.name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * A text that is only looked at by the record it goes into.
     *
     * @param allowed what is allowed, for people
     */
    record Text(String key, String allowed) implements Setting<String> {

        @Override
        public String parse(String text) {
            requireText(key, text, allowed);
            return text;
        }
    }
}
