package com.agenticverz.nova.scenario;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A real {@code java -jar target/nova.jar worker}, by the JVM that runs the test, and what it says. */
final class NodeProcess implements AutoCloseable {

    /** How long a node may take for anything that it does at once: starting, above all, on a busy machine. */
    static final Duration SOON = Duration.ofSeconds(60);

    private static final Path JAR = Path.of("target", "nova.jar");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SHOWN_LINES = 60;
    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

    private final Process process;
    private final List<String> within;
    private final List<String> lines = new ArrayList<>();
    private final List<String> errorLines = new ArrayList<>();
    private final List<JsonNode> events = new ArrayList<>();
    private final List<Thread> readers;

    /** Starts a node with these settings and nothing else of this process's environment that concerns it. */
    static NodeProcess start(Map<String, String> environment) {
        return start(List.of(), environment, List.of("-jar", JAR.toString()));
    }

    /** Starts one on a host of its own. */
    static NodeProcess startOn(Network.Host host, Map<String, String> environment) {
        return start(host.exec(), environment, List.of("-jar", JAR.toString()));
    }

    /**
     * Starts a node that finds classes of a user too: as the manual says, with both on the class path.
     *
     * @param before those that come first, and hide Nova's own of the same name
     * @param after the others
     */
    static NodeProcess start(Map<String, String> environment, List<Path> before, List<Path> after) {
        var classPath = Stream.of(before, List.of(JAR), after)
                .flatMap(List::stream)
                .map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
        return start(List.of(), environment, List.of("-cp", classPath, "com.agenticverz.nova.Launcher"));
    }

    private static NodeProcess start(List<String> within, Map<String, String> environment, List<String> program) {
        if (!Files.exists(JAR)) {
            throw new IllegalStateException(JAR + " is missing: mvn -DskipTests package");
        }
        var command = new ArrayList<>(within);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // Without it Java warns on stderr about a library of Kamon's.
                "--sun-misc-unsafe-memory-access=allow",
                // Short-lived processes on a small machine: no second compiler, a small heap.
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-Xmx256m"));
        command.addAll(program);
        command.add("worker");
        var builder = new ProcessBuilder(command);
        var variables = builder.environment();
        variables.keySet().retainAll(List.of("PATH", "HOME", "LANG", "TMPDIR"));
        variables.put("HTTP_PORT", "0");
        variables.put("CLUSTER_HOST", "127.0.0.1");
        variables.putAll(environment);
        try {
            return new NodeProcess(builder.start(), within);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private NodeProcess(Process process, List<String> within) {
        this.process = process;
        this.within = within;
        this.readers = List.of(
                reader("stdout", process.getInputStream(), this::heard),
                reader("stderr", process.getErrorStream(), this::heardError));
    }

    private Thread reader(String name, InputStream stream, java.util.function.Consumer<String> line) {
        return Thread.ofVirtual().name(name + "-" + process.pid()).start(() -> {
            try (var reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                reader.lines().forEach(line);
            } catch (IOException | UncheckedIOException e) {
                // The pipe of a killed process.
            } finally {
                synchronized (this) {
                    notifyAll();
                }
            }
        });
    }

    private synchronized void heard(String line) {
        lines.add(line);
        try {
            var event = JSON.readTree(line);
            if (event != null && event.isObject()) {
                events.add(event);
            }
        } catch (JsonProcessingException e) {
            // It stays among the lines, where a test that cares finds it.
        }
        notifyAll();
    }

    private synchronized void heardError(String line) {
        errorLines.add(line);
        notifyAll();
    }

    // --- what it said

    /** Everything on stdout so far. */
    synchronized List<String> lines() {
        return List.copyOf(lines);
    }

    /** Everything on stderr so far. */
    synchronized List<String> errorLines() {
        return List.copyOf(errorLines);
    }

    /** All events so far. */
    synchronized List<JsonNode> events() {
        return List.copyOf(events);
    }

    /** All events of this name so far. */
    List<JsonNode> events(String name) {
        return events().stream().filter(named(name)).toList();
    }

    /** Those that concern a run. */
    List<JsonNode> events(String name, UUID run) {
        return events().stream().filter(named(name).and(of(run))).toList();
    }

    private static Predicate<JsonNode> named(String name) {
        return event -> event.path("message").asText().equals(name);
    }

    private static Predicate<JsonNode> of(UUID run) {
        return event -> event.path("run_id").asText().equals(run.toString());
    }

    /** When an event was logged. */
    static Instant at(JsonNode event) {
        return Instant.parse(event.path("timestamp").asText());
    }

    /** The first event of this name, now or soon. */
    JsonNode await(String name) {
        return await(SOON, name, _ -> true);
    }

    /** The first event of this name that concerns this run, now or soon. */
    JsonNode await(String name, UUID run) {
        return await(SOON, name, of(run));
    }

    /** The first event of this name for which the condition holds, now or in time. */
    JsonNode await(Duration atMost, String name, Predicate<JsonNode> condition) {
        return await(
                atMost,
                name,
                () -> events.stream()
                        .filter(named(name).and(condition))
                        .findFirst()
                        .orElse(null));
    }

    /** Waits until there are so many events of this name. */
    void awaitCount(Duration atMost, String name, int count) {
        await(atMost, count + " times " + name, () -> events(name).size() >= count ? name : null);
    }

    private synchronized <T> T await(Duration atMost, String what, java.util.function.Supplier<@Nullable T> find) {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (true) {
            var found = find.get();
            if (found != null) {
                return found;
            }
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            boolean ended = readers.stream().noneMatch(Thread::isAlive);
            if (left <= 0 || ended) {
                throw new AssertionError("no " + what + (ended ? ", the node has ended" : " within " + atMost) + this);
            }
            try {
                wait(Math.min(left, 1000));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
    }

    /** The id of its process. */
    long pid() {
        return process.pid();
    }

    /** Waits until it claims runs, and until an insert wakes it. */
    NodeProcess awaitPolling() {
        await("poller_started");
        return this;
    }

    // --- HTTP

    /** Asks its console. */
    HttpResponse<String> get(String path) {
        return send(path, HttpRequest.Builder::GET);
    }

    /** Sends JSON to its console. */
    HttpResponse<String> post(String path, String json) {
        return send(
                path,
                request -> request.header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(json)));
    }

    private HttpResponse<String> send(String path, UnaryOperator<HttpRequest.Builder> with) {
        var url = await("http_listening").path("url").asText();
        var request = HttpRequest.newBuilder(URI.create(url + path)).timeout(Duration.ofSeconds(10));
        try {
            return HTTP.send(with.apply(request).build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** The value of one series on {@code /metrics}, named as there; null where it is missing. */
    @Nullable
    Double metric(String series) {
        return (within.isEmpty() ? get("/metrics").body() : metricsWithin())
                .lines()
                .filter(line -> line.startsWith(series + " "))
                .map(line -> Double.valueOf(line.substring(series.length() + 1).strip()))
                .findFirst()
                .orElse(null);
    }

    /** Its loopback interface is not the one of this process. */
    private String metricsWithin() {
        var port = URI.create(await("http_listening").path("url").asText()).getPort();
        var command = new ArrayList<>(within);
        command.addAll(List.of(
                "timeout",
                "10",
                "bash",
                "-c",
                "exec 3<>/dev/tcp/127.0.0.1/" + port + "; printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"));
        try {
            var asked = new ProcessBuilder(command).redirectErrorStream(true).start();
            return new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // --- its life

    /** Sends a signal, by its name without SIG. */
    void signal(String name) {
        Signals.send(process.pid(), name);
    }

    /** kill -9, at once. */
    void kill() {
        process.destroyForcibly();
        awaitExit(SOON);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Waits for its end, and for the last of what it said. */
    int awaitExit(Duration atMost) {
        try {
            if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("the node has not ended within " + atMost + this);
            }
            for (var reader : readers) {
                reader.join(Duration.ofSeconds(10));
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    /** The end of what it said, for the message of a failed test. */
    @Override
    public synchronized String toString() {
        var text = new StringBuilder("\n--- node " + process.pid() + " (" + lines.size() + " lines)\n");
        lines.stream()
                .skip(Math.max(0, lines.size() - SHOWN_LINES))
                .forEach(line -> text.append(line).append('\n'));
        errorLines.forEach(line -> text.append("stderr: ").append(line).append('\n'));
        return text.toString();
    }
}
