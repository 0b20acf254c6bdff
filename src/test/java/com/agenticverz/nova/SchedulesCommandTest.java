package com.agenticverz.nova;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.store.TestDatabase;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchedulesCommandTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    @BeforeEach
    void empty() {
        DATABASE.empty("schedules, audit_log");
    }

    @Test
    void aScheduleIsMadeChangedPausedResumedAndDeleted() {
        assertThat(schedules(
                        "set",
                        "nightly",
                        "--cron",
                        "30 2 * * *",
                        "--time-zone",
                        "Europe/Berlin",
                        "--agent",
                        "me",
                        "--skill",
                        "noop",
                        "--goal",
                        "of {{tick}}",
                        "--jitter",
                        "30",
                        "--catch-up",
                        "all"))
                .isEqualTo(new NovaTest.Ended(0, line("nightly made"), ""));
        assertThat(schedules("set", "nightly", "--overlap", "skip").out()).isEqualTo(line("nightly changed"));
        assertThat(DATABASE.rows(
                                "SELECT cron, time_zone, agent_id, goal, overlap, catch_up, jitter_seconds FROM schedules")
                        .toString())
                .isEqualTo("[{cron=30 2 * * *, time_zone=Europe/Berlin, agent_id=me, goal=of {{tick}}, overlap=skip,"
                        + " catch_up=all, jitter_seconds=30}]");
        assertThat(schedules("pause", "nightly").out()).isEqualTo(line("nightly paused"));
        assertThat(schedules("list").out().lines().skip(1))
                .singleElement()
                .asString()
                .matches("nightly +30 2 \\* \\* \\* +Europe/Berlin +- +- +me +paused");
        assertThat(schedules("resume", "nightly").out()).isEqualTo(line("nightly resumed"));
        assertThat(schedules("show", "nightly").out())
                .containsPattern("cron +30 2 \\* \\* \\*")
                .containsPattern("plan +\\{\"steps\"")
                .doesNotContain("null");
        assertThat(schedules("delete", "nightly").out()).isEqualTo(line("nightly deleted"));
        assertThat(schedules("list", "--json").out()).isEmpty();
        assertThat(DATABASE.rows("SELECT 1 FROM audit_log WHERE actor LIKE '%(nova)'"))
                .hasSize(5);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    show x                                     | 1 | nova: there is no schedule x
                    pause x                                    | 1 | nova: there is no schedule x
                    resume x                                   | 1 | nova: there is no schedule x
                    delete x                                   | 1 | nova: there is no schedule x
                    next x                                     | 1 | nova: there is no schedule x
                    set x --cron @hourly --agent me            | 2 | nova: not set: plan is missing
                    set x --skill noop                         | 2 | nova: not set: cron is missing; agent_id is missing
                    set x! --cron @hourly --agent me --skill a | 2 | nova: not set: the name of a schedule is 'x!'; allowed: 1 to 200 letters, digits, and . _ - after the first
                    set x --cron 1 --agent me --skill a        | 2 | nova: not set: cron '1' has 1 field; allowed: 5 (minute, hour, day of the month, month, day of the week), or 6 with the second before them, or one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly
                    set x --cron @hourly --agent me --skill a --time-zone Mars | 2 | nova: not set: time_zone 'Mars' is not known; allowed: names of the IANA database, such as Europe/Berlin or UTC
                    set x --cron @hourly --agent me --skill a --overlap no     | 2 | nova: not set: overlap is "no"; allowed: queue, skip, cancel_previous
                    set x --cron @hourly --agent me --skill a --catch-up no    | 2 | nova: not set: catch_up is "no"; allowed: none, last, all
                    set x --cron @hourly --agent me --skill a --jitter 90000   | 2 | nova: not set: jitter_seconds is 90000; allowed: whole numbers from 0 to 86400
                    next                                       | 2 | nova: NAME or --cron is missing
                    next --cron 1                              | 2 | nova: cron '1' has 1 field; allowed: 5 (minute, hour, day of the month, month, day of the week), or 6 with the second before them, or one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly
                    """)
    void whatIsWrongIsOneLine(String command, int exitCode, String problem) {
        var ended = schedules(command.split(" +"));

        assertThat(ended.exitCode()).isEqualTo(exitCode);
        assertThat(ended.err().lines().findFirst()).hasValue(problem);
        assertThat(DATABASE.rows("SELECT 1 FROM schedules")).isEmpty();
    }

    @Test
    void theNextTicksAreShownInTheTimeZoneAndInUtc() {
        schedules("set", "s", "--cron", "0 12 * * *", "--time-zone", "Asia/Tokyo", "--agent", "me", "--skill", "noop");

        var shown = schedules("next", "s", "--ticks", "3").out();

        assertThat(shown).hasLineCount(3);
        assertThat(shown.lines())
                .allMatch(it ->
                        it.matches("\\w{3} \\d{4}-\\d\\d-\\d\\d 12:00:00 \\+09:00  \\d{4}-\\d\\d-\\d\\dT03:00:00Z"));
        assertThat(schedules("next", "--cron", "0 12 * * *", "--time-zone", "Asia/Tokyo", "--ticks", "3")
                        .out())
                .isEqualTo(shown);
    }

    /** Written by SQL, which does not know what an expression is. */
    @Test
    void whatIsWrongWithAScheduleIsShown() {
        DATABASE.execute("INSERT INTO schedules (name, cron, agent_id, plan) VALUES ('s', '1', 'me', '{}')");
        DATABASE.execute("UPDATE schedules SET error = 'cron ''1'' has 1 field'");

        assertThat(schedules("list").out()).contains("cron '1' has 1 field");
        assertThat(schedules("next", "s").err()).startsWith("nova: s does not tick: cron '1' has 1 field");
    }

    private static String line(String text) {
        return text + System.lineSeparator();
    }

    private static NovaTest.Ended schedules(String... arguments) {
        var all = new ArrayList<>(List.of("schedules"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--database-url", NovaTest.url(DATABASE)));
        return NovaTest.nova(all.toArray(String[]::new));
    }
}
