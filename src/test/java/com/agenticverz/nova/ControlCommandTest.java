package com.agenticverz.nova;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.store.TestDatabase;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands that steer, and what of it {@code status} and {@code check} show. */
class ControlCommandTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    @BeforeEach
    void empty() {
        DATABASE.empty("limits, pauses, queue_waits, audit_log, runs, nodes");
    }

    // --- pause and resume

    @Test
    void whatIsPausedStaysSoUntilItIsResumed() {
        assertThat(nova("pause", "--agent", "acme/1", "--reason", "floods"))
                .isEqualTo(ended(0, "agent acme/1 paused; what runs goes on", ""));
        assertThat(nova("pause", "--agent", "acme/1")).isEqualTo(ended(0, "agent acme/1 was paused already", ""));
        assertThat(nova("pause", "--skill", "http_call", "--json").out())
                .startsWith("{\"kind\":\"skill\",\"name\":\"http_call\",\"reason\":null,\"paused_at\":")
                .hasLineCount(1);
        assertThat(nova("pause", "--all").out()).startsWith("all paused");
        assertThat(DATABASE.rows("SELECT kind, name FROM pauses ORDER BY kind"))
                .containsExactly(
                        Map.of("kind", "agent", "name", "acme/1"),
                        Map.of("kind", "all", "name", ""),
                        Map.of("kind", "skill", "name", "http_call"));

        assertThat(nova("resume", "--all"))
                .isEqualTo(ended(0, "all resumed", "nova: still paused: agent acme/1, skill http_call"));
        assertThat(nova("resume", "--agent", "acme"))
                .isEqualTo(ended(
                        1,
                        "",
                        "nova: agent acme is not paused; nothing was done",
                        "nova: still paused: agent acme/1, skill http_call"));
        assertThat(nova("resume", "--skill", "http_call").exitCode()).isZero();
        assertThat(nova("resume", "--agent", "acme/1")).isEqualTo(ended(0, "agent acme/1 resumed", ""));
        assertThat(DATABASE.rows("SELECT * FROM pauses")).isEmpty();
    }

    // --- limits

    @Test
    void aLimitIsSetChangedExplainedAndDeleted() {
        assertThat(nova("limits", "list")).isEqualTo(ended(0, "no limits", ""));
        assertThat(nova("limits", "set", "--agent", "acme-*", "--max-running", "3"))
                .isEqualTo(ended(0, "agent acme-*: 3 at once", ""));
        assertThat(nova("limits", "set", "--agent", "acme-*", "--max-starts", "50", "--per", "1s", "--burst", "5"))
                .isEqualTo(ended(0, "agent acme-*: 3 at once, 50 starts in 1 s (burst 5)", ""));
        assertThat(nova("limits", "set", "--agent", "acme-*", "--max-starts", "none", "--weight", "2.50"))
                .isEqualTo(ended(0, "agent acme-*: 3 at once, weight 2.5", ""));
        assertThat(nova("limits", "set", "--agent", "acme-1", "--unbounded"))
                .isEqualTo(ended(0, "agent acme-1: not bounded", ""));
        assertThat(nova("limits", "set", "--agent", "*", "--max-running", "9"))
                .isEqualTo(ended(
                        0, "agent *: 9 at once", "nova: more specific limits hold in its place for acme-*, acme-1"));
        assertThat(nova("limits", "set", "--key", "k", "--max-running", "0", "--json")
                        .out())
                .startsWith("{\"kind\":\"key\",\"pattern\":\"k\",\"max_running\":0,");

        assertThat(nova("limits", "list").out().lines())
                .containsExactly(
                        "agent *       9 at once",
                        "agent acme-*  3 at once, weight 2.5",
                        "agent acme-1  not bounded",
                        "key k         0 at once");
        assertThat(nova("limits", "list", "--json").out())
                .hasLineCount(4)
                .startsWith("{\"kind\":\"agent\",\"pattern\":\"*\",\"max_running\":9,");

        assertThat(nova("limits", "explain", "--agent", "acme-2"))
                .isEqualTo(ended(0, "agent acme-2: 3 at once, weight 2.5 (limit agent acme-*)", ""));
        assertThat(nova("limits", "explain", "--agent", "acme-1").out()).contains("not bounded (limit agent acme-1)");
        assertThat(nova("limits", "explain", "--skill", "noop"))
                .isEqualTo(ended(0, "skill noop: not bounded (no limit fits it)", ""));
        assertThat(nova("limits", "explain", "--key", "k", "--json").out())
                .startsWith("{\"kind\":\"key\",\"name\":\"k\",\"limit\":{\"kind\":\"key\",");
        assertThat(nova("limits", "explain", "--key", "x", "--json"))
                .isEqualTo(ended(0, "{\"kind\":\"key\",\"name\":\"x\",\"limit\":null}", ""));

        assertThat(nova("limits", "delete", "--key", "k")).isEqualTo(ended(0, "key k deleted; it was 0 at once", ""));
        assertThat(nova("limits", "delete", "--key", "k"))
                .isEqualTo(ended(1, "", "nova: there is no limit for key k; nothing was done"));
        assertThat(DATABASE.one(Long.class, "SELECT count(*) FROM limits")).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pause | --all, --agent or --skill is missing",
                "pause --all --skill x | --all and --skill exclude each other",
                "resume --agent= | --agent is empty",
                "limits set --max-running 3 | --agent, --skill or --key is missing",
                "limits set --agent x | --max-running, --max-starts, --burst, --weight or --unbounded is missing",
                "limits set --agent x --unbounded --burst 3 | --unbounded goes without a bound",
                "limits set --agent x --max-running many | --max-running: 'many' is not a whole number of up to 2147483647, or none",
                "limits set --agent x --max-running -1 | --max-running: '-1' is out of range; allowed: 0 or more",
                "limits set --agent x --max-starts 5 | --max-starts and --per go together: so many starts in so long",
                "limits set --agent x --max-starts 5 --per 1y | --per: '1y' is not a time; allowed: 90, 90s, 5m, 2h, 1d",
                "limits set --agent x --burst 5 | --burst goes with --max-starts and --per",
                "limits set --skill x --weight 2 | --weight is of agents only",
                "limits set --agent x --weight heavy | --weight: 'heavy' is not a number, or none",
                "limits explain | --agent, --skill or --key is missing",
                "audit --limit 0 | --limit: '0' is out of range; allowed: 1 to 10000",
                "audit --since noon | --since: 'noon' is not a time; allowed: 90, 90s, 5m, 2h, 1d",
            })
    void whatCannotBeIsOneLineAndChangesNothing(String line, String says) {
        var ended = nova(line.split(" "));

        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err().lines().findFirst()).hasValue("nova: " + says);
        assertThat(DATABASE.rows("SELECT kind FROM limits UNION ALL SELECT kind FROM pauses"))
                .isEmpty();
    }

    // --- audit

    @Test
    void auditSaysWhoHasChangedWhat() {
        nova("limits", "set", "--agent", "acme", "--max-running", "3");
        nova("limits", "set", "--agent", "acme", "--max-running", "4");
        DATABASE.execute("DELETE FROM limits");
        nova("pause", "--all", "--reason", "the\nmoon");

        var lines = nova("audit").out().lines().toList();
        var me = System.getProperty("user.name") + "@";
        assertThat(lines)
                .satisfiesExactly(
                        line -> assertThat(line)
                                .matches("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d  .* insert +pauses +all .*")
                                .contains(me, "(nova)", "reason the moon"),
                        line -> assertThat(line)
                                .contains("postgres", "delete", "agent acme")
                                .doesNotContain("(nova)"),
                        line -> assertThat(line).contains(me).endsWith("agent acme  max_running 3 -> 4"),
                        line -> assertThat(line).contains(me).endsWith("agent acme  max_running 3"));
        assertThat(nova("audit", "--subject", "pauses", "--since", "1h").out()).hasLineCount(1);
        assertThat(nova("audit", "--limit", "2", "--json").out())
                .hasLineCount(2)
                .startsWith("{\"id\":");
        DATABASE.execute("UPDATE audit_log SET at = at - interval '2 hours'");
        assertThat(nova("audit", "--since", "1h").out()).isEmpty();
    }

    // --- status and check

    @Test
    void statusShowsWhatIsPausedAndWhatRunsWaitFor() {
        assertThat(nova("status").out().lines()).contains("paused: nothing", "queued runs wait for: nothing but room");
        assertThat(nova("status", "--json").out()).contains("\"pauses\":[],\"waits\":[]");

        DATABASE.execute("INSERT INTO limits (kind, pattern, max_running) VALUES ('agent', 'ac*', 3)");
        DATABASE.execute(
                "INSERT INTO pauses (kind, name, reason, paused_at)"
                        + " VALUES ('agent', 'loud', E'it\\nfloods', now() - interval '70 s'), ('all', '', NULL, now() + interval '9 s')");
        DATABASE.execute("INSERT INTO queue_waits (kind, name) VALUES ('paused', 'loud'), ('agent_limit', 'acme'),"
                + " ('key_rate', 'k'), ('skill_missing', 'greet'), ('of_tomorrow', 'x')");
        DATABASE.insertRun("{\"steps\": [{\"skill\": \"greet\"}]}");

        var lines = nova("status").out().lines().toList();
        assertThat(lines.subList(lines.indexOf("paused:"), lines.indexOf("poller: none")))
                .satisfiesExactly(
                        line -> assertThat(line).isEqualTo("paused:"),
                        line -> assertThat(line).matches("  agent loud, for \\d+ s: it floods"),
                        line -> assertThat(line).isEqualTo("  all, for 0 s"),
                        line -> assertThat(line).isEqualTo("queued runs wait for:"),
                        line -> assertThat(line)
                                .matches("  agent acme: its limit, 3 at once \\(limit agent ac\\*\\), for \\d+ s"),
                        line -> assertThat(line).matches("  key k: its rate, for \\d+ s"),
                        line -> assertThat(line).matches("  of_tomorrow x, for \\d+ s"),
                        line -> assertThat(line).matches("  loud: paused, for \\d+ s"),
                        line -> assertThat(line)
                                .matches("  skill greet: no node has it, 1 queued run needs it, for \\d+ s"));
        assertThat(nova("status", "--json").out())
                .contains("\"pauses\":[{\"kind\":\"agent\",\"name\":\"loud\"", "\"reason\":\"skill_missing\"")
                .contains("\"runs\":1", "\"limit\":{\"kind\":\"agent\",\"pattern\":\"ac*\"");
    }

    @Test
    void checkCountsLimitsAndNamesSkillsThatNobodyHas() {
        assertThat(nova("check").out()).contains("ok    limits    none");

        DATABASE.execute("INSERT INTO limits (kind, pattern, max_running) VALUES ('skill', 'noop', 3),"
                + " ('skill', 'htp_call', 3), ('skill', 'x*', 3)");
        DATABASE.execute("INSERT INTO pauses (kind, name) VALUES ('skill', 'greet'), ('skill', 'noop')");
        assertThat(nova("check").out()).contains("ok    limits    3").doesNotContain("no node has");

        DATABASE.execute("INSERT INTO nodes (id, address, app_version, concurrency, skills)"
                + " VALUES (gen_random_uuid(), 'h:1', 'v', 3, '{\"noop\": \"1\"}')");
        var ended = nova("check");
        assertThat(ended.out().lines().filter(line -> line.startsWith("warn")))
                .containsExactly(
                        "warn  limits    skill htp_call: no node has a skill of that name",
                        "warn  pauses    skill greet: no node has a skill of that name");
        assertThat(ended.exitCode()).isZero();

        DATABASE.execute("UPDATE nodes SET skills = NULL");
        assertThat(nova("check").out()).doesNotContain("no node has");
    }

    // --- how it is asked

    private static NovaTest.Ended ended(int exitCode, String out, String... err) {
        return new NovaTest.Ended(exitCode, lines(out), lines(err));
    }

    private static String lines(String... lines) {
        var text = new StringBuilder();
        for (var line : lines) {
            text.append(line).append(line.isEmpty() ? "" : System.lineSeparator());
        }
        return text.toString();
    }

    private static NovaTest.Ended nova(String... arguments) {
        var all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--database-url", NovaTest.url(DATABASE)));
        return NovaTest.nova(all.toArray(String[]::new));
    }
}
