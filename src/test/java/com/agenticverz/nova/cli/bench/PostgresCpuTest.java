package com.agenticverz.nova.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostgresCpuTest {

    @TempDir
    private Path proc;

    private void process(long pid, String program, long parent, int user, int system, int reapedUser, int reapedSystem)
            throws IOException {
        var line = "%d (%s) S %d %d %d 0 -1 4194560 1 2 3 4 %d %d %d %d 20 0 1 0 12345 1000 200\n"
                .formatted(pid, program, parent, pid, pid, user, system, reapedUser, reapedSystem);
        Files.createDirectories(proc.resolve(Long.toString(pid)));
        Files.writeString(proc.resolve(Long.toString(pid)).resolve("stat"), line);
    }

    @BeforeEach
    void aServerWithThreeProcessesBesideOthers() throws IOException {
        process(1, "init", 0, 500, 500, 500, 500);
        process(10, "postgres", 1, 1, 2, 30, 40);
        process(11, "postgres", 10, 100, 10, 0, 0);
        process(12, "postgres", 10, 200, 20, 1, 1);
        process(13, "java", 1, 900, 900, 0, 0);
        Files.createDirectories(proc.resolve("self"));
    }

    @Test
    void itIsThatOfAllProcessesOfTheServerAndOfThoseThatHaveEnded() {
        assertThat(PostgresCpu.find(proc, 11).orElseThrow().micros())
                .isEqualTo((1 + 2 + 30 + 40 + 110 + 220 + 2) * 10_000L);
    }

    @Test
    void aNumberThatIsNoPostgresHereIsOfAServerElsewhere() throws IOException {
        process(20, "postgres", 13, 1, 1, 0, 0);
        assertThat(PostgresCpu.find(proc, 13)).isEmpty();
        assertThat(PostgresCpu.find(proc, 20)).as("its parent is no server").isEmpty();
        assertThat(PostgresCpu.find(proc, 99)).isEmpty();
        assertThat(PostgresCpu.find(proc.resolve("none"), 11)).isEmpty();
    }

    @Test
    void aServerOnAnotherHostIsNotAsked() {
        assertThat(PostgresCpu.find("192.0.2.1", ProcessHandle.current().pid())).isEmpty();
    }

    @Test
    void theNameOfAProgramMayHoldBlanksAndBrackets() {
        assertThat(ProcStat.parse("7 (a) b (c) R 3 7 7 0 -1 0 0 0 0 0 11 22 33 44 20 0 1 0 1 1 1"))
                .hasValue(new ProcStat("a) b (c", 3, 33, 77));
    }

    @Test
    void whatIsNoSuchLineIsNothing() {
        assertThat(ProcStat.parse("")).isEmpty();
        assertThat(ProcStat.parse("7 postgres R 3")).isEmpty();
        assertThat(ProcStat.parse("7 (postgres) R 3 7")).isEmpty();
        assertThat(ProcStat.parse("7 (postgres) R x 7 7 0 -1 0 0 0 0 0 11 22 33 44"))
                .isEmpty();
    }
}
