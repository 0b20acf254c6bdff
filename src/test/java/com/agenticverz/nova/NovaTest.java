package com.agenticverz.nova;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.node.Variable;
import com.agenticverz.nova.store.TestDatabase;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The command tree, in this JVM: what each command prints and ends with. */
class NovaTest {

    private static final String NOBODY_THERE = "postgresql://nova:hush@127.0.0.1:1/nova";

    /** How a command ended. */
    record Ended(int exitCode, String out, String err) {}

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"worker", "check"})
    void theHelpOfACommandOfANodeNamesEveryVariableBesideItsFlag(String command) {
        var help = nova(command, "--help");
        assertThat(help.exitCode).isZero();
        var text = help.out.replaceAll("\\s+", " ");
        Arrays.stream(Variable.values())
                .filter(variable -> variable.flag() != null)
                .forEach(variable ->
                        assertThat(text).containsPattern(variable.flag() + "=\\S+ " + variable.name() + "\\b"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"migrate", "enqueue", "status"})
    void theHelpOfACommandOfTheDatabaseNamesItsVariables(String command) {
        var help = nova(command, "--help");
        assertThat(help.exitCode).isZero();
        assertThat(help.out).contains("DATABASE_URL", "DATABASE_DIRECT_URL", "DATABASE_START_TIMEOUT");
    }

    @Test
    void theHelpOfDevNamesTheVariablesOfANode() {
        assertThat(nova("dev", "--help").out)
                .contains("WORKER_CONCURRENCY", "RUN_BACKOFF_BASE", "HTTP_PORT", "--exit-when-done", "--data")
                .doesNotContain("--database-url");
    }

    @ParameterizedTest
    @ValueSource(strings = {"drain", "sustained", "latency", "enqueue", "backlog", "pinned", "ceiling"})
    void theHelpOfAFigureNamesTheFlagsOfAll(String figure) {
        var help = nova("bench", figure, "--help");
        assertThat(help.exitCode).isZero();
        assertThat(help.out).contains("--json", "--embedded", "--warm-up", "DATABASE_URL", "DATABASE_DIRECT_URL");
        assertThat(nova("bench").out).contains(figure);
    }

    @Test
    void withoutACommandItSaysWhichThereAre() {
        var ended = nova();
        assertThat(ended.exitCode).isZero();
        assertThat(ended.out)
                .contains(
                        "dev",
                        "worker",
                        "check",
                        "migrate",
                        "enqueue",
                        "status",
                        "skills",
                        "runs",
                        "nodes",
                        "schedules",
                        "bench");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    worker --concurency 3                  | nova: Unknown options: '--concurency', '3'
                    enqueue --agent me                     | nova: --skill or --plan is missing
                    enqueue --skill noop                   | nova: --agent is missing; or give --file
                    enqueue --agent me --skill a --plan {} | nova: --skill and --plan exclude each other
                    enqueue --agent me --plan {}           | nova: not enqueued: invalid plan: /steps is missing, but a plan needs an array of at least one step
                    enqueue --agent me --plan @/none       | nova: --plan: the file /none cannot be read: there is no such file
                    enqueue --agent me --skill a --params x | nova: --params: not JSON: Unrecognized token 'x': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false') (line 1, column 1)
                    enqueue --agent me --skill a --delay 5y | nova: --delay: '5y' is not a time; allowed: 90, 90s, 5m, 2h, 1d
                    enqueue --agent me --skill a --priority x | nova: Invalid value for option '--priority': 'x' is not an int
                    enqueue --agent me --skill a --at noon | nova: not enqueued: next_attempt_at is "noon"; allowed: a moment with its offset, such as 2030-01-31T08:00:00Z or 2030-01-31T08:00:00+01:00
                    enqueue --agent me --skill a --unique-for 0 | nova: not enqueued: unique_for_seconds is 0; allowed: more than 0, at most 31536000
                    enqueue --agent me --skill a --expires-in 1h --expires-at x | nova: --expires-in and --expires-at exclude each other
                    enqueue --file - --agent me            | nova: --file goes without the flags that describe one run
                    bench drain --runs 0                   | nova: --runs: '0' is out of range; allowed: 1 to 100000000. Nova did not start.
                    bench drain --repetitions x            | nova: --repetitions: 'x' is not a whole number; allowed: 1 to 1000. Nova did not start.
                    bench backlog --depth 9                | nova: --depth: '9' is less than --runs; allowed: 100000 and more. Nova did not start.
                    bench ceiling --concurrency 3          | nova: Unknown options: '--concurrency', '3'
                    bench latency --embedded --database-url x | nova: --embedded and --database-url exclude each other. Nova did not start.
                    runs list --status done                | nova: --status: 'done' is not a status; allowed: queued, scheduled, retry, running, succeeded, failed, cancelled
                    runs list --limit 0                    | nova: --limit: '0' is out of range; allowed: 1 to 10000
                    runs show 7                            | nova: Invalid value for positional parameter at index 0 (ID): cannot convert '7' to UUID (java.lang.IllegalArgumentException: Invalid UUID string: 7)
                    runs cancel                            | nova: Missing required parameter: 'ID'
                    runs reset-stuck                       | nova: Missing required option: '--older-than=TIME'
                    runs reset-stuck --older-than 5y       | nova: --older-than: '5y' is not a time; allowed: 90, 90s, 5m, 2h, 1d
                    skills --plan-schema --json            | nova: --plan-schema goes without NAME and --json
                    dev --postgres-port 70000              | nova: --postgres-port: '70000' is out of range; allowed: 0 to 65535
                    """)
    void badUsageIsOneLineAndAHint(String line, String says) {
        var ended = nova(line.split(" "));
        assertThat(ended.exitCode).isEqualTo(2);
        assertThat(ended.out).isEmpty();
        assertThat(ended.err.lines().findFirst()).hasValue(says);
        assertThat(ended.err.lines()).hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void anUnknownCommandIsOneLineAndAHint() {
        var ended = nova("statsu");
        assertThat(ended.exitCode).isEqualTo(2);
        assertThat(ended.err.lines()).hasSize(2);
        assertThat(ended.err)
                .startsWith("nova: Unmatched argument at index 0: 'statsu'")
                .contains("status");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "status",
                "runs list",
                "migrate --database-start-timeout 0",
                "enqueue --agent me --skill noop",
                "bench enqueue",
                "worker --http-port 0 --database-start-timeout 0"
            })
    void aDatabaseThatDoesNotAnswerIsOneLineWithoutThePassword(String line) {
        var ended = nova((line + " --database-url " + NOBODY_THERE).split(" "));
        assertThat(ended.exitCode).isEqualTo(1);
        assertThat(ended.err)
                .hasLineCount(1)
                .startsWith(
                        "nova: DATABASE_URL: postgresql://nova@127.0.0.1:1/nova: Connection to 127.0.0.1:1 refused.")
                .doesNotContain("hush", "..", "\tat ");
    }

    @Test
    void aMissingDatabaseIsASetting() {
        var ended = nova("status", "--database-url", " ");
        assertThat(ended.exitCode).isEqualTo(2);
        assertThat(ended.err)
                .hasLineCount(1)
                .startsWith("nova: --database-url: ' ' is blank; for example postgresql://");
    }

    @Test
    void beforeTheFirstMigrationACommandSaysWhatToDo() {
        try (var empty = TestDatabase.createEmpty()) {
            var ended = nova("status", "--database-url", url(empty));
            assertThat(ended.exitCode).isEqualTo(1);
            assertThat(ended.err)
                    .hasLineCount(1)
                    .startsWith("nova: the database: ERROR: relation ")
                    .endsWith("the schema is not there: run nova migrate" + System.lineSeparator());
        }
    }

    @Test
    void migrateSaysFromWhereToWhere() {
        try (var empty = TestDatabase.createEmpty()) {
            var first = nova("migrate", "--database-url", url(empty));
            assertThat(first.exitCode).isZero();
            assertThat(first.out).matches("schema: none -> \\d+\\R");
            assertThat(first.err).isEmpty();

            assertThat(nova("migrate", "--database-url", url(empty)).out).matches("schema: \\d+, nothing to do\\R");
        }
    }

    @Test
    void checkSaysThatAllIsFine() {
        try (var database = TestDatabase.create()) {
            var ended = nova("check", "--database-url", url(database));
            assertThat(ended.out
                            .lines()
                            .map(line -> line.substring(0, Math.min(14, line.length()))
                                    .strip()))
                    .contains("ok    settings", "ok    secrets", "ok    skills", "ok    database", "ok    schema")
                    .noneMatch(line -> line.startsWith("FAIL"));
            assertThat(ended.exitCode).isZero();
        }
    }

    @Test
    void checkSaysEverythingThatIsWrongAtOnce() {
        try (var empty = TestDatabase.createEmpty()) {
            var ended = nova("check", "--database-url", url(empty), "--concurrency", "0", "--log-format", "xml");
            assertThat(ended.exitCode).isEqualTo(1);
            assertThat(ended.out.lines().filter(line -> line.startsWith("FAIL")))
                    .satisfiesExactlyInAnyOrder(
                            line -> assertThat(line)
                                    .isEqualTo(
                                            "FAIL  settings  --concurrency: '0' is out of range; allowed: 1 to 10000"),
                            line -> assertThat(line).startsWith("FAIL  settings  --log-format: 'xml' "),
                            line -> assertThat(line).startsWith("FAIL  schema    version none, but this Nova needs "));
            assertThat(ended.out).contains("ok    skills", "ok    database").doesNotContain("did not start");
        }
    }

    @Test
    void skillsThatCannotBeHadAreALineEachAndNothingStarts() throws IOException {
        var jar = Files.writeString(folder.resolve("a.jar"), "none");
        var text = Files.writeString(folder.resolve("b.txt"), "none");
        var unreadable = jar + ": is no jar that can be read: java.util.zip.ZipException: zip END header not found";
        var unexpected = text + ": is no jar; a directory of skills has nothing else in it";

        var worker = nova("worker", "--database-url", NOBODY_THERE, "--skills-dir", folder.toString());
        assertThat(worker.err.lines())
                .containsExactly(
                        "nova: " + unreadable + ". Nova did not start.",
                        "nova: " + unexpected + ". Nova did not start.");
        assertThat(worker.exitCode).isEqualTo(2);

        var check = nova("check", "--database-url", NOBODY_THERE, "--skills-dir", folder.toString());
        assertThat(check.out).contains("FAIL  skills    " + unreadable, "FAIL  skills    " + unexpected);
        assertThat(check.exitCode).isEqualTo(1);
    }

    @Test
    void checkDoesNotWaitForADatabase() {
        var ended = nova("check", "--database-url", NOBODY_THERE);
        assertThat(ended.exitCode).isEqualTo(1);
        assertThat(ended.out)
                .contains("FAIL  database  DATABASE_URL: postgresql://nova@127.0.0.1:1/nova: Connection to")
                .contains("-     schema    not checked: the database does not answer")
                .doesNotContain("hush");
    }

    @Test
    void enqueuePrintsTheIdAndStatusCountsTheRun() {
        try (var database = TestDatabase.create()) {
            var url = url(database);
            var one = nova(
                    "enqueue",
                    "--database-url",
                    url,
                    "--agent",
                    "me",
                    "--skill",
                    "echo",
                    "--params",
                    "{\"a\":1}",
                    "--delay",
                    "1h",
                    "--priority",
                    "3",
                    "--timeout",
                    "2.5",
                    "--idempotency-key",
                    "k");
            assertThat(one.err).isEmpty();
            assertThat(database.rows(
                            "SELECT id::text AS id, plan::text AS plan, status, priority, timeout_seconds FROM runs"))
                    .singleElement()
                    .satisfies(row -> {
                        assertThat(row.get("id")).isEqualTo(one.out.strip());
                        assertThat(row.get("plan"))
                                .isEqualTo("{\"steps\": [{\"skill\": \"echo\", \"params\": {\"a\": 1}}]}");
                        assertThat(row.get("status")).isEqualTo("scheduled");
                        assertThat(row.get("priority")).isEqualTo(3);
                        assertThat(row.get("timeout_seconds")).isEqualTo(2.5);
                    });

            var again = nova(
                    "enqueue", "--database-url", url, "--agent", "me", "--skill", "echo", "--idempotency-key", "k");
            assertThat(again)
                    .isEqualTo(new Ended(
                            0,
                            one.out,
                            "nova: not enqueued again: run " + one.out.strip() + " has this idempotency key"
                                    + System.lineSeparator()));

            var status = nova("status", "--database-url", url);
            assertThat(status.out).containsPattern("scheduled +1\\R").contains("poller: none", "nodes: 0");
            assertThat(nova("status", "--json", "--database-url", url).out)
                    .contains("\"scheduled\":1", "\"oldest_queued_seconds\":null", "\"poller\":null", "\"nodes\":[]");
        }
    }

    @Test
    void aUniqueRunIsEnqueuedOnce() {
        try (var database = TestDatabase.create()) {
            String[] command = {
                "enqueue",
                "--database-url",
                url(database),
                "--agent",
                "me",
                "--skill",
                "echo",
                "--json",
                "--unique-for",
                "1h",
                "--expires-in",
                "5m",
                "--concurrency-key",
                "c"
            };
            var one = nova(command);
            var again = nova(command);

            assertThat(one.err).isEmpty();
            assertThat(one.out).contains("\"created\":true");
            assertThat(again.out).isEqualTo(one.out.replace("true", "false"));
            assertThat(again.err).contains(" of this agent has the same plan and is recent enough");
            assertThat(database.one(Boolean.class, """
                SELECT concurrency_key = 'c' AND expires_at BETWEEN now() + interval '3 min' AND now() + interval '5 min'
                FROM runs""")).isTrue();
        }
    }

    @Test
    void aFileWithABadLineIsEnqueuedButForThatLine() throws IOException {
        var file = Files.writeString(folder.resolve("runs.jsonl"), """
            {"agent_id":"a","plan":{"steps":[{"skill":"noop"}]}}
            {"agent_id":"b"}
            {"agent_id":"c","plan":{"steps":[{"skill":"noop"}]}}
            """);
        try (var database = TestDatabase.create()) {
            var ended = nova("enqueue", "--database-url", url(database), "--file", file.toString());
            assertThat(ended.exitCode).isEqualTo(1);
            assertThat(ended.out).hasLineCount(2);
            assertThat(ended.err.lines())
                    .containsExactly(
                            "nova: line 2: plan is missing", "nova: 2 enqueued, 0 known already, 1 rejected: line 2");

            var again = nova("enqueue", "--database-url", url(database), "--json", "--file", file.toString());
            assertThat(again.out.strip())
                    .isEqualTo("{\"enqueued\":2,\"known\":0,\"rejected\":1,\"rejected_lines\":[2]}");
            assertThat(again.exitCode).isEqualTo(1);
        }
    }

    @Test
    void aFileThatIsNotThereIsOneLine() {
        var ended = nova("enqueue", "--database-url", NOBODY_THERE, "--file", "/none");
        assertThat(ended.exitCode).isEqualTo(1);
        assertThat(ended.err)
                .isEqualTo("nova: --file: /none cannot be read: there is no such file" + System.lineSeparator());
    }

    static String url(TestDatabase database) {
        var url = database.url();
        return "postgresql://" + url.user() + "@" + url.hosts() + "/" + url.database();
    }

    static Ended nova(String... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        int exitCode = Nova.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
        return new Ended(exitCode, out.toString(), err.toString());
    }
}
