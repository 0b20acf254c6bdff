package com.agenticverz.nova.bench.driver;

import com.agenticverz.nova.telemetry.Logging;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures Nova and its peers in turns and prints the table; {@code src/bench/README.md} says how to start it. */
@Command(
        name = "bench",
        description = "Measure Nova and its peers in turns. Without the flag of a figure: all figures.",
        mixinStandardHelpOptions = true)
public final class Bench implements Callable<Integer> {

    private static final Path TARGET = Path.of("target");
    private static final Path SOURCE = Path.of("src", "bench");
    private static final Path IMAGE = Path.of("src", "main", "docker");

    private static final String NOVA = "nova";
    private static final String GRAPHILE_WORKER = "graphile-worker";
    private static final String PG_BOSS = "pg-boss";
    private static final String DB_SCHEDULER = "db-scheduler";
    private static final String JOBRUNR = "jobrunr";

    /** How much of each figure is measured where the command line does not say. */
    private static final Map<Figure, Integer> USUAL = new EnumMap<>(Map.of(
            Figure.DRAIN, 100_000,
            Figure.LATENCY, 500,
            Figure.ENQUEUE, 100_000,
            Figure.BACKLOG, 1_000_000,
            Figure.PINNED, 300_000,
            Figure.CEILING, 100_000,
            Figure.START, 5));

    /** A flag without a number. */
    private static final String AS_USUAL = "0";

    @Option(
            names = "--contestants",
            split = ",",
            paramLabel = "NAME",
            description = "Who takes part: nova, graphile-worker, pg-boss, db-scheduler, jobrunr; default: all.")
    private List<String> contestants = List.of(NOVA, GRAPHILE_WORKER, PG_BOSS, DB_SCHEDULER, JOBRUNR);

    @Option(names = "--rounds", paramLabel = "N", description = "Default ${DEFAULT-VALUE}.", defaultValue = "3")
    private int rounds;

    @Option(
            names = "--drain",
            arity = "0..1",
            fallbackValue = AS_USUAL,
            paramLabel = "JOBS",
            description = "Default 100000.")
    private @Nullable Integer drain;

    @Option(
            names = "--latency",
            arity = "0..1",
            fallbackValue = AS_USUAL,
            paramLabel = "JOBS",
            description = "Default 500.")
    private @Nullable Integer latency;

    @Option(
            names = "--enqueue",
            arity = "0..1",
            fallbackValue = AS_USUAL,
            paramLabel = "JOBS",
            description = "Default 100000.")
    private @Nullable Integer enqueue;

    @Option(
            names = "--backlog",
            arity = "0..1",
            fallbackValue = AS_USUAL,
            paramLabel = "JOBS",
            description = "Default 1000000.")
    private @Nullable Integer backlog;

    @Option(
            names = "--pinned",
            arity = "0..1",
            fallbackValue = AS_USUAL,
            paramLabel = "JOBS",
            description = "Default 300000.")
    private @Nullable Integer pinned;

    @Option(
            names = "--ceiling",
            arity = "0..1",
            fallbackValue = AS_USUAL,
            paramLabel = "RUNS",
            description = "Default 100000.")
    private @Nullable Integer ceiling;

    @Option(
            names = "--start",
            arity = "0..1",
            fallbackValue = AS_USUAL,
            paramLabel = "STARTS",
            description = "Default 5.")
    private @Nullable Integer start;

    @Option(
            names = "--warm-up",
            paramLabel = "JOBS",
            description = "Drained before, in the same process; default ${DEFAULT-VALUE}.",
            defaultValue = "200000")
    private int warmUp;

    @Option(
            names = "--limit",
            paramLabel = "SECONDS",
            description = "For one step, after which a contestant counts as stuck; default ${DEFAULT-VALUE}.",
            defaultValue = "1800")
    private int limit;

    @Option(
            names = "--database-url",
            paramLabel = "URL",
            description = "DATABASE_URL; default: a PostgreSQL 18 of its own. Of a role that may create databases.",
            defaultValue = "${env:DATABASE_URL}")
    private @Nullable String databaseUrl;

    private final Path out = TARGET.resolve("bench");

    private Bench() {}

    /** Ends the process with 0, with 1 if anything was not measured, or with 2 for a bad flag. */
    public static void main(String[] arguments) {
        Logging.quiet();
        System.exit(new CommandLine(new Bench())
                .setExecutionExceptionHandler((failure, command, _) -> {
                    if (!(failure instanceof BenchFailure)) {
                        throw failure;
                    }
                    command.getErr().println("bench: " + failure.getMessage());
                    return 1;
                })
                .execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        Files.createDirectories(out);
        try (var old = Files.newDirectoryStream(out, "*.log")) {
            for (var log : old) {
                Files.delete(log);
            }
        }
        var sizes = sizes();
        var measured = contestants();
        try (var server = databaseUrl == null || databaseUrl.isBlank()
                ? Server.start(out.resolve("postgresql").toAbsolutePath())
                : Server.at(databaseUrl)) {
            var results = new Results(out.resolve("results.json"), environment(server));
            for (int round = 1; round <= rounds; round++) {
                measure(round, sizes, measured, server, results);
            }
            var table = new Table(
                            results,
                            sizes,
                            measured.stream().map(Contestant::name).toList())
                    .markdown();
            Files.writeString(out.resolve("table.md"), table + "\n");
            System.out.println(table);
            return results.failures().isEmpty() ? 0 : 1;
        }
    }

    /** Each contestant once for every figure. Each round begins with another one, lest the first have a fate of its own. */
    private void measure(int round, Sizes sizes, List<Contestant> all, Server server, Results results) {
        var turn = new ArrayList<>(all);
        Collections.rotate(turn, 1 - round);
        for (var figure : sizes.jobs().keySet()) {
            for (var contestant : turn) {
                if (contestant.figures().contains(figure)) {
                    say("round %d of %d, %s, %s".formatted(round, rounds, figure.label(), contestant.name()));
                    results.add(measure(round, figure, sizes, contestant, server));
                    server.dropDatabase(contestant.name());
                }
            }
        }
    }

    private static Results.Result measure(int round, Figure figure, Sizes sizes, Contestant contestant, Server server) {
        try {
            var fields = contestant.measure(figure, sizes, server);
            return new Results.Result(round, figure, contestant.name(), fields, null);
        } catch (BenchFailure e) {
            say("error: " + e.getMessage());
            return new Results.Result(round, figure, contestant.name(), null, e.getMessage());
        }
    }

    private static void say(String what) {
        System.err.println("bench: " + what);
    }

    private Sizes sizes() {
        var given = new EnumMap<Figure, Integer>(Figure.class);
        put(given, Figure.DRAIN, drain);
        put(given, Figure.LATENCY, latency);
        put(given, Figure.ENQUEUE, enqueue);
        put(given, Figure.BACKLOG, backlog);
        put(given, Figure.PINNED, pinned);
        put(given, Figure.CEILING, ceiling);
        put(given, Figure.START, start);
        return new Sizes(given.isEmpty() ? USUAL : given, warmUp, Duration.ofSeconds(limit));
    }

    private static void put(Map<Figure, Integer> given, Figure figure, @Nullable Integer size) {
        if (size != null) {
            given.put(figure, size == 0 ? USUAL.getOrDefault(figure, 0) : size);
        }
    }

    private List<Contestant> contestants() {
        var all = new ArrayList<Contestant>();
        for (var name : contestants) {
            all.add(
                    switch (name) {
                        case NOVA -> nova();
                        case GRAPHILE_WORKER, PG_BOSS -> onNode(name, EnumSet.range(Figure.DRAIN, Figure.PINNED));
                        case DB_SCHEDULER -> onJvm(name, "DbScheduler", EnumSet.range(Figure.DRAIN, Figure.BACKLOG));
                        case JOBRUNR -> onJvm("JobRunr", "JobRunr", EnumSet.range(Figure.DRAIN, Figure.ENQUEUE));
                        default ->
                            throw new BenchFailure("--contestants: '" + name + "' is not one of nova, "
                                    + GRAPHILE_WORKER + ", " + PG_BOSS + ", " + DB_SCHEDULER + ", " + JOBRUNR);
                    });
        }
        return all;
    }

    private Contestant nova() {
        var jar = new NovaJar(TARGET.resolve("nova.jar"), IMAGE.resolve("java.options"));
        var workers = new NovaWorker(jar, out.resolve("nova.log"));
        var cache = new NovaCache(jar, workers, out.resolve("nova.aot"));
        return new Nova(jar, cache, new NovaStart(jar, workers, cache));
    }

    private Contestant onNode(String name, Set<Figure> figures) {
        var packages = NpmPackages.install(SOURCE.resolve("npm"), out.resolve("npm"));
        return new Peer(name, figures, packages.command(name + ".mjs"), out.resolve(name + ".log"));
    }

    /** In the class path of this process, and with the defaults of the JVM as everybody has them. */
    private Contestant onJvm(String name, String main, Set<Figure> figures) {
        var command = List.of(
                NovaJar.java(),
                "-cp",
                System.getProperty("java.class.path"),
                "com.agenticverz.nova.bench.contestant." + main);
        return new Peer(name, figures, command, out.resolve(name + ".log"));
    }

    private ObjectNode environment(Server server) {
        var environment = new ObjectMapper()
                .createObjectNode()
                .put("date", LocalDate.now(Clock.systemUTC()).toString())
                .put("rounds", rounds)
                .put("warm_up", warmUp)
                .put("cores", Runtime.getRuntime().availableProcessors())
                .put("java", System.getProperty("java.version"));
        Processes.memoryMegabytes().ifPresent(memory -> environment.put("memory_mb", memory));
        environment.set("postgresql", server.about());
        return environment;
    }
}
