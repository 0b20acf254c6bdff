package com.agenticverz.nova.enqueue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.agenticverz.nova.run.Enqueued;
import com.agenticverz.nova.store.TestDatabase;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class EnqueuerTest {

    @RegisterExtension
    static final TestDatabase POSTGRES = TestDatabase.create();

    private static final String PLAN = "\"plan\":{\"steps\":[{\"skill\":\"noop\"}]}";

    private final Enqueuer enqueuer = new Enqueuer(POSTGRES.database().runs());
    private final Reported reported = new Reported();

    /** What the enqueuer said. */
    private static final class Reported implements Enqueuer.Report {
        final List<UUID> ids = new ArrayList<>();
        final List<String> rejections = new ArrayList<>();

        @Override
        public void enqueued(long line, Enqueued run) {
            ids.add(run.id());
        }

        @Override
        public void rejected(long line, String reason) {
            rejections.add(line + ": " + reason);
        }
    }

    @BeforeEach
    void empty() {
        POSTGRES.execute("TRUNCATE runs, run_uniques");
    }

    @Test
    void everyFieldReachesItsColumn() {
        lines("""
            {"agent_id":"me","goal":"a goal","plan":{"steps":[{"skill":"echo","params":{"n":1.50}}]},"priority":-7,\
            "max_attempts":2,"next_attempt_at":"2100-01-31T08:00:00+01:00","timeout_seconds":0.5,"idempotency_key":"k",\
            "expires_at":"2100-02-01T00:00:00Z","concurrency_key":"c","unique_for_seconds":1.5}
            """);

        assertThat(reported.rejections).isEmpty();
        assertThat(POSTGRES.rows("""
            SELECT agent_id, goal, plan::text AS plan, status, priority, max_attempts,
                   next_attempt_at = '2100-01-31 07:00:00Z' AS at, expires_at = '2100-02-01 00:00:00Z' AS expires,
                   timeout_seconds, idempotency_key, concurrency_key
            FROM runs"""))
                .containsExactly(Map.ofEntries(
                        Map.entry("agent_id", "me"),
                        Map.entry("goal", "a goal"),
                        Map.entry("plan", "{\"steps\": [{\"skill\": \"echo\", \"params\": {\"n\": 1.50}}]}"),
                        Map.entry("status", "scheduled"),
                        Map.entry("priority", -7),
                        Map.entry("max_attempts", 2),
                        Map.entry("at", true),
                        Map.entry("expires", true),
                        Map.entry("timeout_seconds", 0.5),
                        Map.entry("idempotency_key", "k"),
                        Map.entry("concurrency_key", "c")));
        assertThat(POSTGRES.one(
                        Boolean.class,
                        "SELECT until BETWEEN now() - interval '1 minute' AND clock_timestamp() + interval '1.5 s'"
                                + " FROM run_uniques"))
                .isTrue();
    }

    @Test
    void badLinesAreSaidAndTheOthersEnqueued() {
        var counts = lines("{\"agent_id\":\"a\"," + PLAN + "}\n"
                + "not JSON\n"
                + "\n"
                + "{\"agent_id\":\"b\",\"plan\":{\"steps\":[{\"skil\":\"noop\"}]}}\n"
                + "{\"agent_id\":\" \",\"status\":\"succeeded\"," + PLAN + ",\"priority\":\"high\"}\r\n"
                + "[1]\n"
                + "{\"agent_id\":\"c\"," + PLAN
                + ",\"max_attempts\":0,\"timeout_seconds\":0,\"next_attempt_at\":\"soon\"}\n"
                + "{\"agent_id\":\"d\"," + PLAN + "}");

        assertThat(counts).isEqualTo(new Enqueuer.Counts(2, 0, 5));
        assertThat(agents()).containsExactly("a", "d");
        assertThat(reported.rejections)
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("2: not JSON: ").doesNotContain("\n"),
                        line -> assertThat(line)
                                .isEqualTo("4: invalid plan: /steps/0/skil is not a field of this version of Nova;"
                                        + " /steps/0/skill is missing"),
                        line -> assertThat(line)
                                .isEqualTo(
                                        "5: 'status' is not a field of a run that is to be enqueued; agent_id is \" \";"
                                                + " it has to be text that is not blank; priority is \"high\"; allowed: whole"
                                                + " numbers from -1000000 to 1000000"),
                        line -> assertThat(line).startsWith("6: not an object; for example {"),
                        line -> assertThat(line)
                                .startsWith("7: max_attempts is 0; allowed: whole numbers from 1 to ")
                                .contains("next_attempt_at is \"soon\"; allowed: a moment with its offset")
                                .contains("timeout_seconds is 0; allowed: more than 0, at most 8640000"));
    }

    /** PostgreSQL stores no NUL, which JSON can say: one such line fails the statement of a whole batch. */
    @Test
    void aRunThatPostgresRefusesTakesNoOtherWithIt() {
        var counts = lines(IntStream.rangeClosed(1, 1200)
                .mapToObj(i -> "{\"agent_id\":\"" + i + (i == 700 ? "\\u0000" : "") + "\"," + PLAN + "}")
                .collect(Collectors.joining("\n")));

        assertThat(counts).isEqualTo(new Enqueuer.Counts(1199, 0, 1));
        assertThat(reported.rejections)
                .singleElement()
                .satisfies(line -> assertThat(line).startsWith("700: PostgreSQL refuses it: "));
        assertThat(POSTGRES.one(Long.class, "SELECT count(*) FROM runs")).isEqualTo(1199);
    }

    @Test
    void theQueueHasTheOrderOfTheLines() {
        lines(IntStream.rangeClosed(1, 1200)
                .mapToObj(i -> "{\"agent_id\":\"" + i + "\"," + PLAN + "}")
                .collect(Collectors.joining("\n")));

        assertThat(agents())
                .isEqualTo(IntStream.rangeClosed(1, 1200)
                        .mapToObj(Integer::toString)
                        .toList());
        assertThat(reported.ids)
                .isEqualTo(POSTGRES.rows("SELECT id FROM runs ORDER BY created_at, id").stream()
                        .map(row -> row.get("id"))
                        .toList());
    }

    @Test
    void aKnownIdempotencyKeyIsCountedAndChangesNothing() {
        lines("{\"agent_id\":\"first\"," + PLAN + ",\"idempotency_key\":\"k\"}");

        var counts = lines("{\"agent_id\":\"again\"," + PLAN + ",\"idempotency_key\":\"k\"}\n"
                + "{\"agent_id\":\"one\"," + PLAN + ",\"idempotency_key\":\"l\"}\n"
                + "{\"agent_id\":\"two\"," + PLAN + ",\"idempotency_key\":\"l\"}");

        assertThat(counts).isEqualTo(new Enqueuer.Counts(1, 2, 0));
        assertThat(agents()).containsExactly("first", "one");
        assertThat(reported.ids).hasSize(4);
        assertThat(reported.ids.get(1)).isEqualTo(reported.ids.get(0));
        assertThat(reported.ids.get(3)).isEqualTo(reported.ids.get(2));
    }

    @Test
    void ofUniqueRunsOneIsEnqueuedAndTheOthersAreKnown() {
        var unique = ",\"unique_for_seconds\":60," + PLAN + "}\n";

        var counts = lines("{\"agent_id\":\"a\"" + unique
                + "{\"agent_id\":\"b\"" + unique
                + "{\"agent_id\":\"a\"" + unique
                + "{\"agent_id\":\"a\"," + PLAN + "}");

        assertThat(counts).isEqualTo(new Enqueuer.Counts(3, 1, 0));
        assertThat(agents()).containsExactly("a", "b", "a");
        assertThat(reported.ids.get(2)).isEqualTo(reported.ids.get(0));
    }

    @Test
    void whatCannotBeIsSaid() {
        lines("{\"agent_id\":\"a\",\"expires_at\":5,\"concurrency_key\":\"" + "ä".repeat(501)
                + "\",\"idempotency_key\":\"\",\"unique_for_seconds\":31536001," + PLAN + "}");

        assertThat(reported.rejections)
                .containsExactly(
                        "1: expires_at is 5; allowed: a moment with its offset, such as 2030-01-31T08:00:00Z or"
                                + " 2030-01-31T08:00:00+01:00; idempotency_key is \"\"; it has to be text that is not blank;"
                                + " concurrency_key has 1002 bytes; allowed: 1 to 1000; unique_for_seconds is 31536001; allowed:"
                                + " more than 0, at most 31536000");
    }

    @Test
    void halfACharacterIsRefusedAndAWholeOneIsKept() {
        lines("{\"agent_id\":\"\\ud83d\\ude00\"," + PLAN + "}\n{\"agent_id\":\"\\ude00\"," + PLAN + "}\n"
                + "{\"agent_id\":\"a\",\"plan\":{\"steps\":[{\"skill\":\"echo\",\"params\":{\"t\":\"\\ud83d\"}}]}}");

        assertThat(agents()).containsExactly("\ud83d\ude00");
        assertThat(reported.rejections)
                .containsExactly(
                        "2: agent_id has an unpaired surrogate, \\ude00, which is no character",
                        "3: plan has an unpaired surrogate, \\ud83d, which is no character");
    }

    @Test
    void aLineThatIsTooLongIsRejectedAlone() {
        var counts = enqueuer.enqueueLines(
                new ByteArrayInputStream(
                        ("{\"agent_id\":\"" + "a".repeat(200) + "\"," + PLAN + "}\n{\"agent_id\":\"b\"," + PLAN + "}")
                                .getBytes(StandardCharsets.UTF_8)),
                100,
                reported);

        assertThat(counts).isEqualTo(new Enqueuer.Counts(1, 0, 1));
        assertThat(reported.rejections).containsExactly("1: longer than 100 bytes, which no run is");
    }

    @Test
    void aLineThatIsNotUtf8IsRejectedAlone() {
        var bytes = ("{\"agent_id\":\"ä\"," + PLAN + "}\n{\"agent_id\":\"?\"," + PLAN + "}\n")
                .getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = bytes[i] == '?' ? (byte) 0xE4 : bytes[i];
        }

        enqueuer.enqueueLines(new ByteArrayInputStream(bytes), reported);

        assertThat(agents()).containsExactly("ä");
        assertThat(reported.rejections).containsExactly("2: not UTF-8");
    }

    @Test
    void anInputThatBreaksSaysWhereToGoOn() {
        var lost = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("gone");
            }
        };
        var two = new ByteArrayInputStream(("{\"agent_id\":\"a\"," + PLAN + "}\n{\"agent_id\":\"b\"," + PLAN + "}\n")
                .getBytes(StandardCharsets.UTF_8));

        assertThatThrownBy(() -> enqueuer.enqueueLines(new SequenceInputStream(two, lost), reported))
                .isInstanceOf(Enqueuer.Interrupted.class)
                .hasMessageStartingWith("lines 1 to 2 are dealt with; go on from line 3")
                .hasRootCauseMessage("gone");
        assertThat(agents()).containsExactly("a", "b");
    }

    private Enqueuer.Counts lines(String lines) {
        return enqueuer.enqueueLines(new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)), reported);
    }

    private static List<Object> agents() {
        return POSTGRES.rows("SELECT agent_id FROM runs ORDER BY created_at, id").stream()
                .map(row -> row.get("agent_id"))
                .toList();
    }
}
