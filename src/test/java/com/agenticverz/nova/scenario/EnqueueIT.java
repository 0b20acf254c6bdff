package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A large file with bad lines of every sort, by the command as people start it. */
class EnqueueIT {

    private static final int LINES = 100_000;
    private static final String RUN = "{\"agent_id\":\"me\",\"plan\":{\"steps\":[{\"skill\":\"noop\"}]}";

    /** What is bad, and the begin of what is to be said of it. */
    private static final Map<Integer, Map.Entry<byte[], String>> BAD = bad();

    private static Map<Integer, Map.Entry<byte[], String>> bad() {
        var bad = new TreeMap<Integer, Map.Entry<byte[], String>>();
        bad.put(1, line("not JSON", "not JSON: "));
        bad.put(2, line(RUN, "not JSON: "));
        bad.put(1_999, line("[]", "not an object; for example "));
        bad.put(2_000, line("{\"agent_id\":\"me\"}", "plan is missing"));
        bad.put(2_001, line(RUN + ",\"prio\":1}", "'prio' is not a field of a run that is to be enqueued"));
        bad.put(10_007, line(RUN + ",\"priority\":\"high\"}", "priority is \"high\"; allowed: "));
        bad.put(20_011, line(RUN + ",\"next_attempt_at\":\"tomorrow\"}", "next_attempt_at is \"tomorrow\"; allowed: "));
        bad.put(20_012, line(RUN + ",\"expires_at\":\"2030-02-30T00:00:00Z\"}", "expires_at is "));
        bad.put(30_013, line(RUN + ",\"concurrency_key\":\"" + "x".repeat(1001) + "\"}", "concurrency_key has 1001"));
        bad.put(33_333, line("{\"agent_id\":\"me\",\"plan\":{\"steps\":[]}}", "invalid plan: "));
        bad.put(40_001, line("{\"agent_id\":\"me\",\"plan\":{\"steps\":[{\"skil\":\"noop\"}]}}", "invalid plan: "));
        // JSON, but no text for PostgreSQL.
        bad.put(50_000, line("{\"agent_id\":\"a\\u0000b\"" + RUN.substring(16) + "}", "PostgreSQL refuses it: "));
        bad.put(50_002, line(RUN + ",\"goal\":\"\\ud800\"}", "goal has an unpaired surrogate, \\ud800"));
        bad.put(
                60_000,
                line("{\"agent_id\":\"" + "a".repeat(1001) + "\"" + RUN.substring(16) + "}", "PostgreSQL refuses"));
        var notUtf8 = (RUN + ",\"goal\":\"?\"}").getBytes(StandardCharsets.US_ASCII);
        notUtf8[notUtf8.length - 3] = (byte) 0xE4;
        bad.put(77_777, Map.entry(notUtf8, "not UTF-8"));
        // As stored it is too large: random digits do not get smaller.
        var large = new java.util.Random(7)
                .ints(1_100_000, 33, 127)
                .filter(c -> "\"\\$".indexOf(c) < 0)
                .mapToObj(Character::toString)
                .collect(Collectors.joining());
        bad.put(
                88_888,
                line(
                        "{\"agent_id\":\"me\",\"plan\":{\"steps\":[{\"skill\":\"echo\",\"params\":{\"text\":\"" + large
                                + "\"}}]}}",
                        "PostgreSQL refuses it: "));
        bad.put(100_000, line("null", "not an object; for example "));
        return bad;
    }

    private static Map.Entry<byte[], String> line(String text, String said) {
        return Map.entry(text.getBytes(StandardCharsets.UTF_8), said);
    }

    @TempDir
    private Path folder;

    @Test
    void aHundredThousandLinesOfWhichSeventeenAreBad() throws IOException {
        assertThat(BAD).hasSize(17);
        var file = folder.resolve("runs.jsonl");
        write(file);
        try (var server = PostgresServer.start()) {
            var url = server.url("postgres");
            try (var migrate = CommandProcess.start(url, "migrate")) {
                assertThat(migrate.awaitExit(Duration.ofMinutes(1))).isZero();
            }
            var sql = server.sql("postgres");
            long from = System.nanoTime();
            try (var enqueue = CommandProcess.start(url, "enqueue", "--file", file.toString())) {
                assertThat(enqueue.awaitExit(Duration.ofMinutes(3)))
                        .as(() -> String.join("\n", enqueue.errorLines()))
                        .isEqualTo(1);
                System.out.printf(
                        "measured: %,d lines of which 17 are bad, enqueued by the command in %.1f s%n",
                        LINES, (System.nanoTime() - from) / 1e9);

                var said = enqueue.errorLines();
                assertThat(said.getLast())
                        .isEqualTo("nova: 99983 enqueued, 0 known already, 17 rejected: lines "
                                + BAD.keySet().stream().map(Object::toString).collect(Collectors.joining(", ")));
                assertThat(said).hasSize(18);
                BAD.forEach((number, bad) -> assertThat(said)
                        .filteredOn(it -> it.startsWith("nova: line " + number + ": "))
                        .singleElement()
                        .asString()
                        .startsWith("nova: line " + number + ": " + bad.getValue()));
                assertThat(Set.copyOf(enqueue.lines())).hasSize(99_983);
            }
            // Each good line is there once, as itself, and in its place.
            assertThat(sql.count("SELECT count(DISTINCT goal) FROM runs")).isEqualTo(99_983);
            assertThat(sql.count("""
                SELECT count(*) FROM (
                  SELECT goal::int < lag(goal::int) OVER (ORDER BY created_at, id) AS out_of_order FROM runs) r
                WHERE out_of_order""")).isZero();

            try (var again = CommandProcess.start(url, "enqueue", "--json", "--file", file.toString())) {
                assertThat(again.awaitExit(Duration.ofMinutes(3))).isEqualTo(1);
                var summary = again.objects().getFirst();
                assertThat(summary.path("enqueued").asInt()).isEqualTo(99_983);
                assertThat(summary.path("rejected_lines").size()).isEqualTo(17);
            }
        }
    }

    private static void write(Path file) throws IOException {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            for (int i = 1; i <= LINES; i++) {
                var bad = BAD.get(i);
                out.write(
                        bad != null
                                ? bad.getKey()
                                : (RUN + ",\"goal\":\"" + i + "\"}").getBytes(StandardCharsets.US_ASCII));
                out.write('\n');
            }
        }
    }
}
