package com.agenticverz.nova;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.store.TestDatabase;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunsCommandTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    private static final UUID NOBODY = new UUID(0, 1);
    private static final String NL = System.lineSeparator();

    @BeforeEach
    void empty() {
        DATABASE.empty("runs, run_steps, nodes, audit_log");
    }

    @Test
    void listShowsTheNewestFirstAndOnlyWhatIsAskedFor() {
        var failed = run("failed", "completed_at, duration_ms, error_message", "now(), 1250, E'no\\n such\\tthing'");
        var queued = run("queued", "agent_id", "'another'");

        assertThat(runs("list").out().lines().skip(1))
                .satisfiesExactly(
                        line -> assertThat(line)
                                .startsWith(queued + "  queued ")
                                .endsWith("another"),
                        line -> assertThat(line)
                                .startsWith(failed + "  failed ")
                                .contains("1.250 s")
                                .endsWith("agent, no such thing"));
        assertThat(runs("list", "--status", "failed").out())
                .contains(failed.toString())
                .doesNotContain(queued.toString());
        assertThat(runs("list", "--agent", "another").out())
                .contains(queued.toString())
                .doesNotContain(failed.toString());
        assertThat(runs("list", "--limit", "1").out()).hasLineCount(2).contains(queued.toString());
        assertThat(runs("list", "--json", "--status", "queued").out())
                .hasLineCount(1)
                .startsWith("{")
                .contains("\"id\": \"" + queued + "\"", "\"agent_id\": \"another\"")
                .doesNotContain("\"plan\"");
    }

    @Test
    void showIsAllOfARunWithItsFinishedSteps() {
        var run = run("running", "goal", "'for people'");
        DATABASE.execute(
                "INSERT INTO run_steps VALUES (?, 'a', 'echo', '{\"n\": 1}', NULL, 1, 1, now(), now()),"
                        + " (?, 'b', 'http_call', NULL, 'no route', 1, 3, now(), now() + interval '1 s');"
                        + " INSERT INTO step_progress VALUES (?, 'b', 0.5, 'half', NULL, 1, now()),"
                        + " (?, 'c', 0.625, 'page 5 of 8', '{\"page\": 5}', 1, now()),"
                        + " (?, 'd', NULL, NULL, '{\"page\": 1}', 1, now())",
                run,
                run,
                run,
                run,
                run);

        assertThat(runs("show", run.toString()).out())
                .containsPattern("id +" + run)
                .containsPattern("goal +for people")
                .containsPattern("plan +\\{\"steps\"")
                .containsPattern("  a +echo .*\\{\"n\":1}")
                .containsPattern("  b +http_call .*failed: no route")
                .containsPattern("  c +62.5 % +\\d{4}-.* page 5 of 8")
                .containsPattern("  d +\\d{4}-[^ ]+ [^ ]+\\R")
                .doesNotContain("50.0 %")
                .doesNotContain("null");
        assertThat(runs("show", "--json", run.toString()).out())
                .hasLineCount(1)
                .startsWith("{\"run\":{")
                .contains("\"steps\":[{", "\"step_id\": \"a\"")
                .contains("\"progress\":[{", "\"detail\": {\"page\": 5}");
        DATABASE.execute("UPDATE runs SET status = 'succeeded' WHERE id = ?", run);
        assertThat(runs("show", run.toString()).out()).doesNotContain("62.5 %");
        assertThat(runs("show", NOBODY.toString()))
                .isEqualTo(new NovaTest.Ended(1, "", "nova: there is no run " + NOBODY + System.lineSeparator()));
    }

    @Test
    void showSaysWhichSkillNoNodeHas() {
        var run = run("queued", "goal", "'g'");
        DATABASE.execute(
                "UPDATE runs SET plan = '{\"steps\": [{\"skill\": \"echo\"}, {\"skill\": \"greet\"}]}' WHERE id = ?",
                run);
        assertThat(runs("show", run.toString()).out()).as("no node at all").doesNotContain("waits for");

        DATABASE.execute("INSERT INTO nodes (id, member_uid, address, app_version, concurrency, skills) VALUES"
                + " (gen_random_uuid(), 1, 'here:1', '1', 4, '{\"echo\": \"1\", \"carve\": \"1\"}')");
        assertThat(runs("show", run.toString()).out())
                .containsPattern("(?m)^waits for +a node that has the skill greet$");

        DATABASE.execute("INSERT INTO nodes (id, member_uid, address, app_version, concurrency, skills) VALUES"
                + " (gen_random_uuid(), 2, 'there:1', '1', 4, '{\"greet\": \"1\"}')");
        assertThat(runs("show", run.toString()).out())
                .containsPattern("(?m)^waits for +a node that has all of these skills: echo, greet$");

        DATABASE.execute("UPDATE nodes SET skills = skills || '{\"echo\": \"1\"}'");
        assertThat(runs("show", run.toString()).out()).doesNotContain("waits for");
        DATABASE.execute("UPDATE nodes SET skills = NULL");
        assertThat(runs("show", run.toString()).out()).as("it is not known").doesNotContain("waits for");
    }

    @Test
    void cancelEndsWhatHasNotEndedAndSaysSoOfEach() {
        var queued = run("queued");
        var running = run("running");
        var done = run("succeeded");

        var ended = runs("cancel", queued.toString(), done.toString(), running.toString(), NOBODY.toString());

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.out().lines()).containsExactly(queued + " cancelled", running + " cancelled");
        assertThat(ended.err().lines())
                .containsExactly(
                        "nova: " + done + " is succeeded; nothing was done", "nova: " + NOBODY + " is not there");
        assertThat(DATABASE.rows("SELECT id FROM runs WHERE status = 'cancelled' AND completed_at IS NOT NULL"
                        + " AND error_message = 'cancelled by hand'"))
                .hasSize(2);
        assertThat(runs("cancel", "--reason", "why", run("retry").toString()).exitCode())
                .isZero();
        assertThat(DATABASE.one(Long.class, "SELECT count(*) FROM runs WHERE error_message = 'why'"))
                .isEqualTo(1);
    }

    @Test
    void retryEnqueuesWhatHasFailedOnceMoreAsANewRun() {
        var failed =
                run("failed", "goal, priority, max_attempts, timeout_seconds, idempotency_key", "'g', 7, 3, 9, 'k'");
        var queued = run("queued");

        var ended = runs("retry", failed.toString(), queued.toString());

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.err().lines()).containsExactly("nova: " + queued + " is queued; nothing was done");
        var again = Objects.requireNonNull(DATABASE.one(
                UUID.class,
                "SELECT id FROM runs WHERE parent_run_id = ? AND status = 'queued' AND attempts = 0 AND goal = 'g'"
                        + " AND priority = 7 AND max_attempts = 3 AND timeout_seconds = 9 AND idempotency_key IS NULL",
                failed));
        assertThat(ended.out().lines()).containsExactly(failed + " is repeated by " + again);
    }

    @Test
    void retryRepeatsARunOnceUnlessAgain() {
        var failed = run("failed");
        assertThat(runs("retry", failed.toString(), failed.toString()).exitCode())
                .isZero();
        var again = DATABASE.one(UUID.class, "SELECT id FROM runs WHERE parent_run_id = ?", failed);

        assertThat(runs("retry", failed.toString()))
                .isEqualTo(new NovaTest.Ended(
                        1,
                        "",
                        "nova: " + failed + " is repeated by " + again
                                + " already; nothing was done, --again repeats it once more" + NL));
        assertThat(runs("retry", "--again", failed.toString()).exitCode()).isZero();
        assertThat(DATABASE.one(Long.class, "SELECT count(*) FROM runs WHERE parent_run_id = ?", failed))
                .isEqualTo(2);
    }

    @Test
    void retryByAFilterRepeatsWhatHasFailed() {
        run("failed", "agent_id, error_message, completed_at", "'me', 'no route', now() - interval '5 minutes'");
        run("failed", "agent_id, error_message, completed_at", "'me', 'no route', now() - interval '3 hours'");
        run("failed", "agent_id, error_message, completed_at", "'you', 'no route', now() - interval '5 minutes'");
        run("cancelled", "agent_id", "'me'");

        assertThat(runs("retry", "--agent", "me", "--since", "1h", "--dry-run"))
                .isEqualTo(new NovaTest.Ended(0, "", "nova: 1 run would be repeated" + NL));
        assertThat(runs("retry", "--error", "ROUTE")).satisfies(it -> {
            assertThat(it.exitCode()).isEqualTo(2);
            assertThat(it.err()).startsWith("nova: nobody is there to be asked about 3 runs; say --yes or --dry-run");
        });
        assertThat(runs("retry", "--agent", "me", "--since", "1h", "--yes"))
                .isEqualTo(new NovaTest.Ended(0, "", "nova: 1 run repeated" + NL));
        assertThat(runs("retry", "--all-failed", "--rate", "1/h", "--yes")).satisfies(it -> {
            assertThat(it.exitCode()).isZero();
            assertThat(it.err()).matches("nova: 2 runs repeated; the last of them begins at [-0-9]+ [:0-9]+ UTC" + NL);
        });
        assertThat(runs("retry", "--all-failed", "--yes"))
                .isEqualTo(new NovaTest.Ended(0, "", "nova: 0 runs repeated" + NL));
        assertThat(DATABASE.rows("SELECT status FROM runs WHERE parent_run_id IS NOT NULL ORDER BY created_at, id"))
                .extracting(row -> row.get("status"))
                .containsExactly("queued", "queued", "scheduled");
        assertThat(DATABASE.rows("SELECT actor, subject, detail ->> 'repeated' AS repeated FROM audit_log ORDER BY id"))
                .hasSize(2)
                .allSatisfy(row -> assertThat(row.get("actor")).asString().endsWith("(nova)"))
                .last()
                .satisfies(
                        row -> assertThat(row).containsEntry("subject", "all").containsEntry("repeated", "2"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            retry                                             | nothing says which runs; allowed: ids, a filter, or --all-failed
            retry --all-failed --agent me                     | --all-failed goes without another filter
            retry 00000000-0000-0000-0000-000000000001 --rate 1/s | ids go without a filter, --all-failed, --rate and --dry-run
            retry --all-failed --rate 50                      | --rate: '50' is not a rate; allowed: 50/s, 30/m, 100/h, of at least 1
            retry --all-failed --rate 0/s                     | --rate: '0/s' is not a rate; allowed: 50/s, 30/m, 100/h, of at least 1
            retry --since 2026-13-01                          | --since: '2026-13-01' is no moment; allowed: 2h (ago), 1d, 2026-11-26T10:00:00Z
            dead-letters --limit 0                            | --limit: '0' is out of range; allowed: 1 to 10000
            dead-letters --by-cause --before 00000000-0000-0000-0000-000000000001 | --before goes without --by-cause
            dead-letters --before 00000000-0000-0000-0000-000000000001 | --before: 00000000-0000-0000-0000-000000000001 has not failed, or is not there
            """)
    void whatCannotBeMeantIsRefusedWithOneLine(String arguments, String line) {
        var failed = run("failed");

        var ended = runs(arguments.split(" +"));

        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.err().lines().findFirst()).hasValue("nova: " + line);
        assertThat(DATABASE.one(Long.class, "SELECT count(*) FROM runs WHERE id <> ?", failed))
                .isZero();
    }

    @Test
    void deadLettersAreListedWithTheirCauseAndGroupedByIt() {
        var old = run("failed", "error_message, completed_at", "'HTTP 503 from a', now() - interval '5 minutes'");
        var young = run("failed", "error_message, completed_at", "'HTTP 502 from a', now() - interval '1 minute'");
        runs("retry", old.toString());

        assertThat(runs("dead-letters").out().lines().skip(1))
                .satisfiesExactly(
                        line -> assertThat(line)
                                .startsWith(young.toString())
                                .contains("  no ")
                                .endsWith("agent, HTTP 502 from a"),
                        line -> assertThat(line)
                                .startsWith(old.toString())
                                .contains("  yes ")
                                .endsWith("agent, HTTP 503 from a"));
        assertThat(runs("dead-letters", "--limit", "1").err())
                .isEqualTo("nova: there may be more: --before " + young + NL);
        assertThat(runs("dead-letters", "--before", young.toString()).out())
                .contains(old.toString())
                .doesNotContain(young.toString());
        assertThat(runs("dead-letters", "--not-retried", "--json").out())
                .hasLineCount(1)
                .contains("\"id\": \"" + young + "\"", "\"repeated_by\": null");
        assertThat(runs("dead-letters", "--by-cause").out().lines().skip(1))
                .singleElement()
                .satisfies(line -> assertThat(line).matches(" +2  .*" + young + "  HTTP # from a"));
        assertThat(runs("dead-letters", "--by-cause", "--newest", "1")).satisfies(it -> {
            assertThat(it.out()).containsPattern("\n +1 ");
            assertThat(it.err()).startsWith("nova: these are the causes of the newest 1 runs; there are older ones");
        });
        assertThat(runs("dead-letters", "--by-cause", "--json").out())
                .startsWith("{\"cause\":\"HTTP # from a\",\"runs\":2,")
                .contains("\"example\":\"" + young + "\"");
    }

    @Test
    void signalSendsItAndSaysWhatBecameOfIt() throws Exception {
        var sleeping = run("scheduled", "waits_for, next_attempt_at", "'{go,stop}', now() + interval '1 day'");
        assertThat(runs("show", sleeping.toString()).out()).containsPattern("waits_for +\\[\"go\",\"stop\"]");
        var file = Files.createTempFile("payload", ".json");
        Files.writeString(file, "{\"by\": \"Ada\"}");

        assertThat(runs("signal", sleeping.toString(), "other").out()).isEqualTo(sleeping + " kept" + NL);
        assertThat(runs("signal", sleeping.toString(), "go", "--payload", "@" + file, "--key", "k"))
                .isEqualTo(new NovaTest.Ended(0, sleeping + " woken" + NL, ""));
        assertThat(runs("signal", sleeping.toString(), "go", "--payload", "{}", "--key", "k"))
                .isEqualTo(new NovaTest.Ended(0, sleeping + " known" + NL, ""));
        Files.delete(file);

        assertThat(status(sleeping)).isEqualTo("queued");
        assertThat(runs("show", sleeping.toString()).out()).doesNotContain("waits_for");
        assertThat(DATABASE.rows("SELECT name, payload::text AS payload FROM run_signals ORDER BY id"))
                .containsExactly(
                        Map.of("name", "other", "payload", "null"),
                        Map.of("name", "go", "payload", "{\"by\": \"Ada\"}"));
    }

    @Test
    void signalSaysWhyNothingWasSent() {
        var ended = run("failed");
        var queued = run("queued");

        assertThat(runs("signal", ended.toString(), "go"))
                .isEqualTo(new NovaTest.Ended(1, "", "nova: run " + ended + " is failed; it takes no signal" + NL));
        assertThat(runs("signal", NOBODY.toString(), "go"))
                .isEqualTo(new NovaTest.Ended(1, "", "nova: there is no run " + NOBODY + NL));
        assertThat(runs("signal", queued.toString(), "  ")).satisfies(it -> {
            assertThat(it.exitCode()).isEqualTo(2);
            assertThat(it.err()).startsWith("nova: the name of a signal is '  '; allowed: 1 to 200 characters of");
        });
        assertThat(runs("signal", queued.toString(), "go", "--payload", "{")).satisfies(it -> {
            assertThat(it.exitCode()).isEqualTo(2);
            assertThat(it.err()).startsWith("nova: invalid input syntax for type json");
        });
        assertThat(runs("signal", queued.toString(), "go", "--payload", "@/no/such/file"))
                .satisfies(it -> {
                    assertThat(it.exitCode()).isEqualTo(2);
                    assertThat(it.err()).startsWith("nova: --payload: the file /no/such/file cannot be read");
                });
        assertThat(DATABASE.one(Long.class, "SELECT count(*) FROM run_signals")).isZero();
    }

    @Test
    void resetStuckIsTheResetOfTheRunbook() {
        var old = run("running", "attempts, started_at", "1, now() - interval '61 minutes'");
        var young = run("running", "attempts, started_at", "1, now() - interval '59 minutes'");

        var dry = runs("reset-stuck", "--older-than", "60m", "--dry-run");
        assertThat(dry.out().lines()).containsExactly(old.toString());
        assertThat(dry.err()).startsWith("nova: 1 run would be reset");
        assertThat(status(old)).isEqualTo("running");

        var unasked = runs("reset-stuck", "--older-than", "60m");
        assertThat(unasked.exitCode()).isEqualTo(2);
        assertThat(unasked.err()).startsWith("nova: nobody is there to be asked about 1 runs; say --yes or --dry-run");
        assertThat(status(old)).isEqualTo("running");

        var reset = runs("reset-stuck", "--older-than", "60m", "--yes");
        assertThat(reset.exitCode()).isZero();
        assertThat(reset.out().lines()).containsExactly(old.toString());
        assertThat(reset.err()).startsWith("nova: 1 run reset");
        assertThat(status(old)).isEqualTo("queued");
        assertThat(status(young)).isEqualTo("running");
    }

    private static String status(UUID run) {
        return DATABASE.one(String.class, "SELECT status FROM runs WHERE id = ?", run);
    }

    private static UUID run(String status) {
        return run(status, "goal", "NULL");
    }

    private static UUID run(String status, String columns, String values) {
        boolean ofAnAgent = columns.contains("agent_id");
        return Objects.requireNonNull(DATABASE.one(
                UUID.class,
                "INSERT INTO runs (" + (ofAnAgent ? "" : "agent_id, ") + "plan, status, " + columns + ") VALUES ("
                        + (ofAnAgent ? "" : "'agent', ") + "'{\"steps\": [{\"skill\": \"noop\"}]}', ?, " + values
                        + ") RETURNING id",
                status));
    }

    private static NovaTest.Ended runs(String... arguments) {
        var all = new ArrayList<>(List.of("runs"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--database-url", NovaTest.url(DATABASE)));
        return NovaTest.nova(all.toArray(String[]::new));
    }
}
