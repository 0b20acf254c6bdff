package com.agenticverz.nova.enqueue;

import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A cron expression in a time zone: when it ticks. Immutable.
 *
 * <p>The library says which times of the day match, and knows of no changes of the clock here: what it makes of those
 * depends on the fields (a time that does not exist is left out, one that exists twice counts once or twice). Instead:
 *
 * <ul>
 *   <li>Where the field of the hour is {@code *}, it ticks at every moment whose time matches: a time that exists twice
 *       ticks twice, one that does not exist never, and so an hourly one each hour.
 *   <li>Otherwise each time ticks once: the first time that it is that time; and if it never is, because the clock is put
 *       forward over it, at the moment when that is done.
 * </ul>
 */
public final class Cron {

    private static final Pattern BLANKS = Pattern.compile("\\s+");
    private static final List<String> EVERY_HOUR = List.of("*", "*/1", "0-23");
    private static final String NICKNAMES = "@yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly";
    private static final List<String> FIELDS =
            List.of("second", "minute", "hour", "day of the month", "month", "day of the week");

    /** Of a leap year and of all others, each day of the week at each date: whatever ticks does so within a few decades. */
    private static final ZonedDateTime SOMETIME = ZonedDateTime.of(2000, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);

    private static final CronParser OF_FIVE = new CronParser(definition(false));
    private static final CronParser OF_SIX = new CronParser(definition(true));

    private final ExecutionTime times;
    private final ZoneRules rules;
    private final boolean everyHour;

    private static CronDefinition definition(boolean withSeconds) {
        var builder = CronDefinitionBuilder.defineCron();
        if (withSeconds) {
            builder = builder.withSeconds().withStrictRange().and();
        }
        return builder.withMinutes()
                .withStrictRange()
                .and()
                .withHours()
                .withStrictRange()
                .and()
                .withDayOfMonth()
                .withStrictRange()
                .and()
                .withMonth()
                .withStrictRange()
                .and()
                .withDayOfWeek()
                .withValidRange(0, 7)
                .withMondayDoWValue(1)
                .withIntMapping(7, 0)
                .withStrictRange()
                .and()
                .withSupportedNicknameYearly()
                .withSupportedNicknameAnnually()
                .withSupportedNicknameMonthly()
                .withSupportedNicknameWeekly()
                .withSupportedNicknameDaily()
                .withSupportedNicknameMidnight()
                .withSupportedNicknameHourly()
                .instance();
    }

    private Cron(ExecutionTime times, ZoneRules rules, boolean everyHour) {
        this.times = times;
        this.rules = rules;
        this.everyHour = everyHour;
    }

    /**
     * Reads one.
     *
     * @param expression five fields: minute, hour, day of the month, month, day of the week (0 and 7 are Sunday); or six,
     *     the first of which is the second; or a nickname such as {@code @hourly}. Where day of the month and day of the
     *     week are both given, one of them is enough
     * @param timeZone a name of the IANA database
     * @throws IllegalArgumentException when it is none; the message says which field and why, in one line
     */
    public static Cron of(String expression, String timeZone) {
        var rules = rules(timeZone);
        var fields = BLANKS.split(expression.strip());
        if (fields.length == 1 && fields[0].startsWith("@")) {
            fields = BLANKS.split(nickname(fields[0]));
        } else if (fields.length != 5 && fields.length != 6) {
            throw new IllegalArgumentException("cron '" + shown(expression) + "' has " + fields.length
                    + (fields.length == 1 ? " field" : " fields")
                    + "; allowed: 5 (minute, hour, day of the month, month,"
                    + " day of the week), or 6 with the second before them, or one of " + NICKNAMES);
        }
        ExecutionTime times;
        try {
            times = times(fields);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("cron '" + shown(expression) + "': " + badField(fields, e), e);
        }
        if (times.nextExecution(SOMETIME).isEmpty()) {
            throw new IllegalArgumentException("cron '" + shown(expression) + "' never ticks: there is no such date");
        }
        return new Cron(times, rules, EVERY_HOUR.contains(fields[fields.length - 4]));
    }

    private static ZoneRules rules(String timeZone) {
        // Offsets and the like would do too, but PostgreSQL reads some of them the other way round.
        if (!ZoneId.getAvailableZoneIds().contains(timeZone)) {
            throw new IllegalArgumentException("time_zone '" + shown(timeZone)
                    + "' is not known; allowed: names of the IANA database, such as Europe/Berlin or UTC");
        }
        return ZoneId.of(timeZone).getRules();
    }

    private static String nickname(String name) {
        try {
            return OF_FIVE.parse(name).asString();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("cron '" + shown(name) + "' is not known; allowed: " + NICKNAMES, e);
        }
    }

    private static ExecutionTime times(String... fields) {
        return ExecutionTime.forCron((fields.length == 6 ? OF_SIX : OF_FIVE).parse(String.join(" ", fields)));
    }

    /** The library does not say which field it means: each one is tried with nothing else wrong. */
    private static String badField(String[] fields, IllegalArgumentException failure) {
        for (int i = 0; i < fields.length; i++) {
            var alone = IntStream.range(0, fields.length).mapToObj(_ -> "*").collect(Collectors.toList());
            alone.set(i, fields[i]);
            try {
                times(alone.toArray(String[]::new));
            } catch (IllegalArgumentException e) {
                return "field " + (i + 1) + " (" + FIELDS.get(i + FIELDS.size() - fields.length) + ") is '"
                        + shown(fields[i]) + "': " + reason(e);
            }
        }
        return reason(failure);
    }

    private static String reason(IllegalArgumentException failure) {
        return shown(String.valueOf(failure.getMessage())
                .replaceFirst("^Failed to parse cron expression\\. ", "")
                .replaceFirst("^Invalid chars in expression! Expression: .* Invalid chars: ", "not allowed: ")
                .replaceFirst("^Invalid expression[:!] (Expression: )?", "not allowed: "));
    }

    private static String shown(String text) {
        var line = text.replaceAll("\\p{Cntrl}+", " ");
        return line.length() <= 100 ? line : line.substring(0, 99) + "…";
    }

    // --- forward

    /** The first tick after a moment. */
    public Instant next(Instant after) {
        return everyHour ? nextOfAll(after) : nextOfEachTime(after);
    }

    /** The first ticks after a moment. */
    public List<Instant> next(Instant after, int ticks) {
        var next = new ArrayList<Instant>(ticks);
        for (var tick = after; next.size() < ticks; ) {
            tick = next(tick);
            next.add(tick);
        }
        return next;
    }

    private Instant nextOfEachTime(Instant after) {
        var offset = rules.getOffset(after);
        var time = time(after, offset);
        var change = rules.getTransition(time);
        if (change != null && change.isOverlap() && offset.equals(change.getOffsetAfter())) {
            // It is that time once more, and all of these have ticked.
            time = change.getDateTimeBefore().minusSeconds(1);
        }
        return firstMoment(timeAfter(time));
    }

    /** When it is this time at first; the moment of the change where it never is. */
    private Instant firstMoment(LocalDateTime time) {
        var change = rules.getTransition(time);
        if (change == null) {
            return time.toInstant(rules.getOffset(time));
        }
        return change.isGap() ? change.getInstant() : time.toInstant(change.getOffsetBefore());
    }

    /** Between two changes of the clock there is nothing to decide. */
    private Instant nextOfAll(Instant after) {
        var offset = rules.getOffset(after);
        var time = time(after, offset);
        var change = rules.nextTransition(after);
        while (true) {
            var tick = timeAfter(time).toInstant(offset);
            if (change == null || tick.isBefore(change.getInstant())) {
                return tick;
            }
            offset = change.getOffsetAfter();
            time = change.getDateTimeAfter().minusSeconds(1);
            change = rules.nextTransition(change.getInstant());
        }
    }

    private LocalDateTime timeAfter(LocalDateTime time) {
        return times.nextExecution(time.atZone(ZoneOffset.UTC))
                .map(ZonedDateTime::toLocalDateTime)
                .orElseThrow(() -> new IllegalArgumentException("it does not tick after " + time));
    }

    // --- backward

    /** The last tick up to a moment, itself included; empty: there is none. */
    public Optional<Instant> last(Instant upTo) {
        return everyHour ? lastOfAll(upTo) : lastOfEachTime(upTo);
    }

    private Optional<Instant> lastOfEachTime(Instant upTo) {
        var offset = rules.getOffset(upTo);
        var time = time(upTo, offset).plusSeconds(1);
        var change = rules.getTransition(time(upTo, offset));
        if (change != null && change.isOverlap() && offset.equals(change.getOffsetAfter())) {
            time = change.getDateTimeBefore();
        }
        return timeBefore(time).map(this::firstMoment);
    }

    private Optional<Instant> lastOfAll(Instant upTo) {
        var offset = rules.getOffset(upTo);
        var time = time(upTo, offset).plusSeconds(1);
        var change = rules.previousTransition(upTo.plusNanos(1));
        while (true) {
            var before = timeBefore(time);
            if (before.isEmpty()) {
                return Optional.empty();
            }
            var tick = before.get().toInstant(offset);
            if (change == null || !tick.isBefore(change.getInstant())) {
                return Optional.of(tick);
            }
            offset = change.getOffsetBefore();
            time = change.getDateTimeBefore();
            change = rules.previousTransition(change.getInstant());
        }
    }

    private Optional<LocalDateTime> timeBefore(LocalDateTime time) {
        return times.lastExecution(time.atZone(ZoneOffset.UTC)).map(ZonedDateTime::toLocalDateTime);
    }

    /** To the second: finer than that nothing ticks. */
    private static LocalDateTime time(Instant moment, ZoneOffset offset) {
        return LocalDateTime.ofEpochSecond(moment.getEpochSecond(), 0, offset);
    }
}
