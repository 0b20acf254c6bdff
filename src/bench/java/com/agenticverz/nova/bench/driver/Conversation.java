package com.agenticverz.nova.bench.driver;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A peer's process, which is told what to do in lines of JSON and answers each. */
final class Conversation implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration TO_END = Duration.ofSeconds(10);

    private final String name;
    private final Path log;
    private final Duration limit;
    private final Process process;
    private final Writer toIt;
    private final BlockingQueue<JsonNode> answers = new LinkedBlockingQueue<>();
    private final BlockingQueue<JsonNode> handled = new LinkedBlockingQueue<>();

    /**
     * Starts it.
     *
     * @param log where its stderr goes
     * @param limit for each answer
     */
    Conversation(String name, List<String> command, String databaseUrl, Path log, Duration limit) {
        this.name = name;
        this.log = log;
        this.limit = limit;
        var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().put("DATABASE_URL", databaseUrl);
        try {
            this.process = builder.start();
        } catch (IOException e) {
            throw new BenchFailure(name + " did not start: " + e.getMessage(), e);
        }
        this.toIt = process.outputWriter(StandardCharsets.UTF_8);
        Thread.ofVirtual().start(this::listen);
    }

    private void listen() {
        try (var lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                hear(line);
            }
        } catch (IOException e) {
            // it ended, as said below
        }
        answers.add(MissingNode.getInstance());
        handled.add(MissingNode.getInstance());
    }

    private void hear(String line) {
        JsonNode said;
        try {
            said = JSON.readTree(line);
        } catch (JsonProcessingException e) {
            said = JSON.createObjectNode().put("error", "said something else than JSON: " + line);
        }
        boolean error = said.has("error");
        if (error || said.has("answer")) {
            answers.add(said);
        }
        if (error || said.path("event").asText().equals("handled")) {
            handled.add(said);
        }
    }

    long pid() {
        return process.pid();
    }

    /** Tells it to do something, and waits until it has. */
    JsonNode ask(String command) {
        return ask(JSON.createObjectNode().put("command", command));
    }

    /** The same, with what else the command needs. */
    JsonNode ask(ObjectNode order) {
        try {
            toIt.write(order + "\n");
            toIt.flush();
        } catch (IOException e) {
            // What it said before it ended is the better message.
            return next(answers, order.path("command").asText());
        }
        return next(answers, order.path("command").asText());
    }

    /** Waits until the jobs of the last fill have been handled. */
    JsonNode awaitHandled() {
        return next(handled, "handle the jobs");
    }

    private JsonNode next(BlockingQueue<JsonNode> from, String what) {
        try {
            var said = from.poll(limit.toNanos(), TimeUnit.NANOSECONDS);
            if (said == null) {
                throw new BenchFailure(name + " did not " + what + " within " + limit.toSeconds() + " s; see " + log);
            }
            if (said.isMissingNode()) {
                throw new BenchFailure(name + " ended when it was to " + what + "; see " + log);
            }
            if (said.has("error")) {
                throw new BenchFailure(name + ": " + said.path("error").asText());
            }
            return said;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchFailure("interrupted", e);
        }
    }

    /** Ends it: without a driver at the other end of its stdin it has nothing to do. */
    @Override
    public void close() {
        try {
            toIt.close();
        } catch (IOException e) {
            // it has ended
        }
        try {
            process.waitFor(TO_END.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
    }
}
