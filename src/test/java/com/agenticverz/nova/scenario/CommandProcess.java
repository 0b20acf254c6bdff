package com.agenticverz.nova.scenario;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A real {@code java -jar target/nova.jar COMMAND} that is to end by itself, and what it says. */
final class CommandProcess implements AutoCloseable {

    private static final Path JAR = Path.of("target", "nova.jar");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final Path out;
    private final Path err;

    /** Starts one with this database and nothing else of this process's environment that concerns it. */
    static CommandProcess start(String databaseUrl, String... arguments) {
        if (!Files.exists(JAR)) {
            throw new IllegalStateException(JAR + " is missing: mvn -DskipTests package");
        }
        try {
            return new CommandProcess(databaseUrl, List.of(arguments));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private CommandProcess(String databaseUrl, List<String> arguments) throws IOException {
        out = Files.createTempFile("nova-command-", ".out");
        err = Files.createTempFile("nova-command-", ".err");
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-Xmx512m",
                "-jar",
                JAR.toString()));
        command.addAll(arguments);
        var builder = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().keySet().retainAll(List.of("PATH", "HOME", "LANG", "TMPDIR"));
        builder.environment().put("DATABASE_URL", databaseUrl);
        process = builder.start();
    }

    void signal(String name) {
        Signals.send(process.pid(), name);
    }

    /** Its exit code. */
    int awaitExit(Duration atMost) {
        try {
            if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("the command has not ended within " + atMost + this);
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    List<String> lines() {
        return read(out);
    }

    List<String> errorLines() {
        return read(err);
    }

    /** Its lines on stdout, each of which is an object. */
    List<JsonNode> objects() {
        return lines().stream().map(CommandProcess::object).toList();
    }

    private static JsonNode object(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + line, e);
        }
    }

    private static List<String> read(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends it, and what it said is gone. */
    @Override
    public void close() {
        process.destroyForcibly();
        try {
            Files.deleteIfExists(out);
            Files.deleteIfExists(err);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What it said, for the message of a failed test. */
    @Override
    public String toString() {
        return "\n--- stdout\n" + String.join("\n", lines()) + "\n--- stderr\n" + String.join("\n", errorLines());
    }
}
