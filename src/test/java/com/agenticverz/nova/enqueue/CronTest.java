package com.agenticverz.nova.enqueue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CronTest {

    private static final Path PAGE = Path.of("src", "site", "markdown", "schedules.md");
    private static final String BERLIN = "Europe/Berlin";
    private static final String NEW_YORK = "America/New_York";
    private static final String LORD_HOWE = "Australia/Lord_Howe";
    private static final int SEED = 6;

    // --- expressions

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    * * * * *         | 2030-01-31T10:00:30Z | 2030-01-31T10:01:00Z 2030-01-31T10:02:00Z
                    */20 8-9 * * *    | 2030-01-31T09:30:00Z | 2030-01-31T09:40:00Z 2030-02-01T08:00:00Z
                    */20 * * * * *    | 2030-01-31T10:00:30Z | 2030-01-31T10:00:40Z 2030-01-31T10:01:00Z
                    0 0 * * 7         | 2030-01-31T00:00:00Z | 2030-02-03T00:00:00Z 2030-02-10T00:00:00Z
                    0 0 * * 0         | 2030-01-31T00:00:00Z | 2030-02-03T00:00:00Z 2030-02-10T00:00:00Z
                    0 9 * JAN mon-FRI | 2030-01-31T09:00:00Z | 2031-01-01T09:00:00Z 2031-01-02T09:00:00Z
                    0 0 13 * 5        | 2030-01-31T00:00:00Z | 2030-02-01T00:00:00Z 2030-02-08T00:00:00Z 2030-02-13T00:00:00Z
                    0 0 29 2 *        | 2030-01-31T00:00:00Z | 2032-02-29T00:00:00Z 2036-02-29T00:00:00Z
                    @hourly           | 2030-01-31T10:00:00Z | 2030-01-31T11:00:00Z 2030-01-31T12:00:00Z
                    @weekly           | 2030-01-31T10:00:00Z | 2030-02-03T00:00:00Z
                    @yearly           | 2030-01-31T10:00:00Z | 2031-01-01T00:00:00Z
                    """)
    void anExpressionTicks(String expression, Instant after, String ticks) {
        var expected = ticks.split(" ");

        assertThat(Cron.of(expression, "UTC").next(after, expected.length))
                .map(Instant::toString)
                .containsExactly(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    * * * *        | cron '* * * *' has 4 fields; allowed: 5 (minute, hour, day of the month, month, day of the week), or 6 with the second before them, or one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly
                    nightly        | cron 'nightly' has 1 field; allowed: 5 (minute, hour, day of the month, month, day of the week), or 6 with the second before them, or one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly
                    @reboot        | cron '@reboot' is not known; allowed: @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly
                    61 * * * *     | cron '61 * * * *': field 1 (minute) is '61': Value 61 not in range [0, 59]
                    0 24 * * *     | cron '0 24 * * *': field 2 (hour) is '24': Value 24 not in range [0, 23]
                    61 0 24 * * *  | cron '61 0 24 * * *': field 1 (second) is '61': Value 61 not in range [0, 59]
                    0 0 24 * * *   | cron '0 0 24 * * *': field 3 (hour) is '24': Value 24 not in range [0, 23]
                    0 0 L * *      | cron '0 0 L * *': field 3 (day of the month) is 'L': not allowed: L
                    0 0 * * 1#2    | cron '0 0 * * 1#2': field 5 (day of the week) is '1#2': not allowed: 1#2
                    5-1 * * * *    | cron '5-1 * * * *': field 1 (minute) is '5-1': Invalid range! [5,1]
                    */0 * * * *    | cron '*/0 * * * *': field 1 (minute) is '*/0': Period 0 not in range [0, 59]
                    0 0 30 2 *     | cron '0 0 30 2 *' never ticks: there is no such date
                    """)
    void whatIsNoExpressionSaysWhichFieldAndWhy(String expression, String problem) {
        assertThatThrownBy(() -> Cron.of(expression, "UTC"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(problem);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Mars/Olympus", "+02:00", "europe/berlin", ""})
    void whatIsNoTimeZoneIsSaid(String timeZone) {
        assertThatThrownBy(() -> Cron.of("* * * * *", timeZone))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("time_zone '" + timeZone
                        + "' is not known; allowed: names of the IANA database, such as Europe/Berlin or UTC");
    }

    // --- every tick, compared with a look at each second or minute

    @Test
    void noTickIsLeftOutAndNoneIsInvented() {
        var random = new Random(SEED);
        for (int i = 0; i < 40; i++) {
            var fields = List.of(
                    field(random, 0, 59),
                    field(random, 0, 23),
                    field(random, 1, 28),
                    field(random, 1, 12),
                    dayOfWeek(random));
            var zone = List.of("UTC", BERLIN, LORD_HOWE, NEW_YORK).get(random.nextInt(4));
            var from = Instant.parse("2026-01-01T00:00:00Z").plus(Duration.ofMinutes(random.nextInt(525_600)));
            var to = from.plus(Duration.ofDays(20));
            var expression = fields.stream().map(Field::text).collect(Collectors.joining(" "));
            var cron = Cron.of(expression, zone);

            var expected = minutes(fields, ZoneId.of(zone), from, to);

            assertDifference(expression + " in " + zone, forward(cron, from, to), expected);
            assertDifference(expression + " in " + zone + ", backward", backward(cron, from, to), expected);
        }
    }

    /** Thousands of ticks: only what differs is shown. */
    private static void assertDifference(String what, List<Instant> actual, List<Instant> expected) {
        var wanted = Set.copyOf(expected);
        var found = Set.copyOf(actual);
        assertThat(found.stream().filter(it -> !wanted.contains(it)).limit(3))
                .as("invented by " + what)
                .isEmpty();
        assertThat(wanted.stream().filter(it -> !found.contains(it)).limit(3))
                .as("left out by " + what)
                .isEmpty();
        assertThat(actual.size()).as("ticks of " + what).isEqualTo(expected.size());
    }

    /** A field and what it stands for. */
    private record Field(String text, List<Integer> values) {}

    private static Field field(Random random, int least, int most) {
        int one = random.nextInt(least, most + 1);
        int other = random.nextInt(one, most + 1);
        int period = random.nextInt(1, most / 2);
        // Every month has the days that are named, and some have more.
        int last = most == 28 ? 31 : most;
        return switch (random.nextInt(5)) {
            case 0 -> new Field(Integer.toString(one), List.of(one));
            case 1 -> new Field(one + "-" + other, range(one, other, 1));
            case 2 -> new Field("*/" + period, range(least, last, period));
            default -> new Field("*", range(least, last, 1));
        };
    }

    private static Field dayOfWeek(Random random) {
        int one = random.nextInt(0, 7);
        return random.nextInt(3) == 0 ? new Field(Integer.toString(one), List.of(one)) : new Field("*", range(0, 6, 1));
    }

    private static List<Integer> range(int from, int to, int by) {
        return IntStream.rangeClosed(from, to)
                .filter(it -> (it - from) % by == 0)
                .boxed()
                .toList();
    }

    /** By a look at every minute, and by the rules as the page says them. */
    private static List<Instant> minutes(List<Field> fields, ZoneId zone, Instant from, Instant to) {
        boolean everyHour =
                fields.get(1).text().equals("*") || fields.get(1).text().equals("*/1");
        var ticks = new ArrayList<Instant>();
        for (var it = from.plusSeconds(60); !it.isAfter(to); it = it.plusSeconds(60)) {
            var here = it.atZone(zone);
            var change = zone.getRules().previousTransition(it.plusNanos(1));
            boolean again =
                    here.isEqual(here.withLaterOffsetAtOverlap()) && !here.isEqual(here.withEarlierOffsetAtOverlap());
            boolean ticksHere = matches(fields, here) && (everyHour || !again);
            if (!everyHour
                    && change != null
                    && change.isGap()
                    && change.getInstant().equals(it)) {
                // Each time that the clock was put forward over.
                for (var gone = change.getDateTimeBefore();
                        gone.isBefore(change.getDateTimeAfter());
                        gone = gone.plusMinutes(1)) {
                    ticksHere |= matches(fields, gone.atZone(ZoneOffset.UTC));
                }
            }
            if (ticksHere) {
                ticks.add(it);
            }
        }
        return ticks;
    }

    private static boolean matches(List<Field> fields, ZonedDateTime time) {
        boolean dayOfMonth = fields.get(2).values().contains(time.getDayOfMonth());
        boolean dayOfWeek = fields.get(4).values().contains(time.getDayOfWeek().getValue() % 7);
        boolean either =
                !fields.get(2).text().equals("*") && !fields.get(4).text().equals("*");
        return fields.get(0).values().contains(time.getMinute())
                && fields.get(1).values().contains(time.getHour())
                && fields.get(3).values().contains(time.getMonthValue())
                && (either ? dayOfMonth || dayOfWeek : dayOfMonth && dayOfWeek);
    }

    private static List<Instant> forward(Cron cron, Instant from, Instant to) {
        var ticks = new ArrayList<Instant>();
        for (var it = cron.next(from); !it.isAfter(to); it = cron.next(it)) {
            ticks.add(it);
        }
        return ticks;
    }

    private static List<Instant> backward(Cron cron, Instant from, Instant to) {
        var ticks = new ArrayList<Instant>();
        for (var it = cron.last(to);
                it.isPresent() && it.get().isAfter(from);
                it = cron.last(it.get().minusNanos(1))) {
            ticks.add(it.get());
        }
        return ticks.reversed();
    }

    // --- the clock is put forward and back

    /** The table of the page, which this prints. */
    @Test
    void theTableOfTheClockChangesIsTrue() throws IOException {
        var table = new ArrayList<String>();
        table.add("| zone | change | cron | ticks |");
        table.add("| --- | --- | --- | --- |");
        for (var change : List.of(
                new Change(BERLIN, LocalDate.of(2026, 3, 29), "spring, 02:00 → 03:00"),
                new Change(BERLIN, LocalDate.of(2026, 10, 25), "autumn, 03:00 → 02:00"),
                new Change(NEW_YORK, LocalDate.of(2026, 3, 8), "spring, 02:00 → 03:00"),
                new Change(NEW_YORK, LocalDate.of(2026, 11, 1), "autumn, 02:00 → 01:00"),
                new Change(LORD_HOWE, LocalDate.of(2026, 10, 4), "spring, 02:00 → 02:30"),
                new Change(LORD_HOWE, LocalDate.of(2026, 4, 5), "autumn, 02:00 → 01:30"),
                new Change("UTC", LocalDate.of(2026, 3, 29), "none"))) {
            for (var cron :
                    List.of("0 * * * *", "*/30 * * * *", "30 1 * * *", "30 2 * * *", "0 */2 * * *", "15 1-3 * * *")) {
                table.add(change.row(cron));
            }
        }
        table.forEach(System.out::println);

        assertThat(Files.readString(PAGE)).contains(String.join("\n", table));
    }

    private record Change(String zone, LocalDate day, String text) {

        private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mmxxx");

        /** The ticks of four hours of the clock that include the change. */
        String row(String cron) {
            var from = day.atTime(0, 30).atZone(ZoneId.of(zone)).toInstant();
            var to = day.atTime(4, 0).atZone(ZoneId.of(zone)).toInstant();
            return "| " + zone + " | " + text + " | `" + cron + "` | "
                    + forward(Cron.of(cron, zone), from, to).stream()
                            .map(it -> TIME.format(it.atZone(ZoneId.of(zone))))
                            .collect(Collectors.joining(" "))
                    + " |";
        }
    }

    @Test
    void aTimeThatIsLeftOutTicksOnceAtTheChange() {
        var cron = Cron.of("*/10 2 * * *", BERLIN);

        assertThat(cron.next(Instant.parse("2026-03-28T12:00:00Z"), 2))
                .containsExactly(Instant.parse("2026-03-29T01:00:00Z"), Instant.parse("2026-03-30T00:00:00Z"));
        assertThat(cron.last(Instant.parse("2026-03-29T12:00:00Z"))).hasValue(Instant.parse("2026-03-29T01:00:00Z"));
    }
}
