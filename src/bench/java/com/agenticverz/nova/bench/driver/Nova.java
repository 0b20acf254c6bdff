package com.agenticverz.nova.bench.driver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Nova, by the command that ships: {@code nova bench}. What that says is given the names that a peer's figures have. */
final class Nova implements Contestant {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration SAMPLE = Duration.ofMillis(200);

    private final NovaJar jar;
    private final NovaCache cache;
    private final NovaStart start;

    Nova(NovaJar jar, NovaCache cache, NovaStart start) {
        this.jar = jar;
        this.cache = cache;
        this.start = start;
    }

    @Override
    public String name() {
        return "Nova";
    }

    @Override
    public Set<Figure> figures() {
        return EnumSet.allOf(Figure.class);
    }

    @Override
    public ObjectNode measure(Figure figure, Sizes sizes, Server server) {
        var cached = cache.options(server);
        try (var database = server.createDatabase(name())) {
            var fields = figure == Figure.START
                    ? start.measure(database, sizes, server)
                    : fields(figure, run(figure, sizes, database, cached));
            return fields.put("version", jar.version());
        }
    }

    private static List<String> flags(Figure figure, Sizes sizes) {
        int jobs = sizes.of(figure);
        var flags = new Flags().add("--warm-up", sizes.warmUp());
        return switch (figure) {
            case DRAIN, ENQUEUE, CEILING ->
                flags.add("--runs", jobs).add("--repetitions", 1).all();
            case LATENCY -> flags.add("--runs", jobs).all();
            case BACKLOG ->
                flags.add("--runs", sizes.drainedOfBacklog())
                        .add("--depth", jobs)
                        .add("--repetitions", 1)
                        .all();
            case PINNED ->
                flags.add("--runs", jobs).add("--portion", sizes.portion()).all();
            case START -> throw new IllegalArgumentException("not by bench: " + figure);
        };
    }

    private record Flags(List<String> all) {
        Flags() {
            this(new ArrayList<>());
        }

        Flags add(String name, int value) {
            all.add(name);
            all.add(Integer.toString(value));
            return this;
        }
    }

    private record Said(JsonNode figure, OptionalDouble memory) {}

    private Said run(Figure figure, Sizes sizes, BenchDatabase database, List<String> jvm) {
        var command = jar.command(jvm, "bench", figure.label(), "--json");
        command.addAll(flags(figure, sizes));
        try {
            var errors = Files.createTempFile("nova-bench-", ".err");
            var builder = new ProcessBuilder(command).redirectError(errors.toFile());
            // Not as a flag, which everybody on the machine could read, and an error could repeat.
            builder.environment().put("DATABASE_URL", database.url());
            var process = builder.start();
            var memory = new Memory(process);
            Thread.ofVirtual().start(memory);
            var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int exitCode = process.waitFor();
            var complaint = Files.readAllLines(errors).stream()
                    .filter(line -> line.startsWith("nova: "))
                    .findFirst()
                    .orElse("nova bench " + figure.label() + " ended with exit code " + exitCode);
            Files.delete(errors);
            if (exitCode != 0) {
                throw new BenchFailure(complaint);
            }
            return new Said(line(said, figure), memory.last());
        } catch (IOException e) {
            throw new BenchFailure("nova did not start: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchFailure("interrupted", e);
        }
    }

    private static JsonNode line(String said, Figure figure) throws IOException {
        for (var line : said.lines().toList()) {
            var object = line.startsWith("{") ? JSON.readTree(line) : JSON.missingNode();
            if (object.path("figure").asText().equals(figure.label())) {
                return object;
            }
        }
        throw new BenchFailure("nova bench " + figure.label() + " said no such figure");
    }

    /** What the process has in memory, as long as it can be asked. */
    private static final class Memory implements Runnable {
        private final Process process;
        private volatile OptionalDouble last = OptionalDouble.empty();

        Memory(Process process) {
            this.process = process;
        }

        @Override
        public void run() {
            try {
                do {
                    var now = Processes.residentMegabytes(process.pid());
                    if (now.isPresent()) {
                        last = now;
                    }
                } while (!process.waitFor(SAMPLE.toMillis(), TimeUnit.MILLISECONDS));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        OptionalDouble last() {
            return last;
        }
    }

    private static ObjectNode fields(Figure figure, Said said) {
        var it = said.figure;
        var fields = JSON.createObjectNode();
        switch (figure) {
            case DRAIN, CEILING -> {
                put(fields, "rate", it);
                put(fields, "worker_cpu_us_per_job", it.path("nova_cpu_us_per_run"));
                put(fields, "postgres_cpu_us_per_job", it.path("postgres_cpu_us_per_run"));
                put(fields, "wal_bytes_per_job", it.path("wal_bytes_per_run"));
                said.memory.ifPresent(memory -> fields.put("memory_mb", memory));
            }
            case LATENCY -> {
                fields.set("call_to_start", it.path("call_to_start"));
                fields.set("commit_to_start", it.path("commit_to_start"));
                fields.set("enqueue", it.path("enqueue"));
            }
            case ENQUEUE -> {
                put(fields, "rate", it.path("bulk"));
                put(fields, "single", it.path("single"));
                put(fields, "copy", it.path("copy"));
                put(fields, "ratio_to_copy", it.path("ratio_to_copy"));
            }
            case BACKLOG -> {
                put(fields, "small", it.path("small"));
                put(fields, "large", it.path("large"));
            }
            case PINNED -> {
                fields.set("unpinned", it.path("unpinned"));
                fields.set("pinned", it.path("pinned"));
            }
            case START -> throw new IllegalArgumentException("not by bench: " + figure);
        }
        if (figure != Figure.START) {
            fields.put("settings", settings(it.path("settings")));
            fields.set("said", it);
        }
        return fields;
    }

    /** A number, or the median of several. What is missing stays so. */
    private static void put(ObjectNode fields, String name, JsonNode value) {
        var number = value.isNumber() ? value : value.path("median");
        if (number.isNumber()) {
            fields.set(name, number);
        }
    }

    private static @Nullable String settings(JsonNode settings) {
        var concurrency = settings.path("concurrency");
        var batch = settings.path("batch_size");
        return concurrency.isNumber() && batch.isNumber()
                ? "WORKER_CONCURRENCY %d, WORKER_BATCH_SIZE %d, one run of %s logged"
                        .formatted(
                                concurrency.asInt(),
                                batch.asInt(),
                                settings.path("log_sample_every").asText())
                : null;
    }
}
