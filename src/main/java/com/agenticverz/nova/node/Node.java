package com.agenticverz.nova.node;

import com.agenticverz.nova.claim.Poller;
import com.agenticverz.nova.cluster.Formation;
import com.agenticverz.nova.cluster.Heartbeat;
import com.agenticverz.nova.cluster.Membership;
import com.agenticverz.nova.console.Console;
import com.agenticverz.nova.execute.Carriers;
import com.agenticverz.nova.execute.WorkerPool;
import com.agenticverz.nova.settle.RetryPolicy;
import com.agenticverz.nova.settle.Settler;
import com.agenticverz.nova.skill.SkillRegistry;
import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.DatabaseSettings;
import com.agenticverz.nova.store.NodeRow;
import com.agenticverz.nova.telemetry.Events;
import com.agenticverz.nova.telemetry.Metrics;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.HashMap;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.ClusterSingleton;
import org.apache.pekko.cluster.typed.ClusterSingletonSettings;
import org.apache.pekko.cluster.typed.SingletonActor;

/** A running worker process: everything that lives as long as it does, started in order and stopped in order. */
public final class Node {

    private static final Duration FLUSH_PHASE = Duration.ofSeconds(30);
    private static final int OUTCOMES_IN_MEMORY = 10_000;
    private static final int FAILED = 1;

    private final Settings settings;
    private final Database database;
    private final Metrics metrics;
    private final Console console;
    private final ActorSystem<Void> system;
    private final UUID id;
    private final ActorRef<WorkerPool.Command> pool;
    private final ActorRef<Heartbeat.Command> heartbeat;
    private final Health health;
    private volatile boolean ranOutOfTime;

    /** What the guardian started. */
    private record Actors(ActorRef<WorkerPool.Command> pool, ActorRef<Heartbeat.Command> heartbeat) {}

    /**
     * Starts a node and returns when it takes part.
     *
     * @throws com.agenticverz.nova.setting.SettingException when a port is taken
     * @throws StartFailure when the database does not answer, or refuses
     */
    public static Node start(Settings settings) {
        return start(settings, SkillRegistry.load(settings.skills()), System::nanoTime);
    }

    static Node start(Settings settings, SkillRegistry skills, LongSupplier nanoTime) {
        Carriers.reserveFor(settings.worker().concurrency());
        Events.sampleEvery(settings.log().sampleEvery());
        Events.skillsInitialized(skills.names());
        var metrics = Metrics.start();
        var health = new Health(nanoTime);
        // First, so that a port that is taken is found before anything is written, and a wait for the database can be
        // seen.
        var console = Console.start(settings.http(), metrics::scrape, health::now);
        Events.httpListening(console.url());
        try {
            var server = DatabaseStart.await(settings.database(), nanoTime);
            Events.databaseConnected(server.database(), server.version());
            var database = migrated(settings.database());
            return started(settings, skills, database, metrics, console, health, nanoTime);
        } catch (RuntimeException e) {
            console.close();
            metrics.close();
            throw e;
        }
    }

    private static Database migrated(DatabaseSettings settings) {
        var database = Database.open(settings.url(), settings.directUrl());
        try {
            database.schema().migrate();
            return database;
        } catch (RuntimeException e) {
            database.close();
            throw new StartFailure(
                    "the schema cannot be brought up to date: " + Database.reason(e) + ". Nova did not start.", e);
        }
    }

    private static Node started(
            Settings settings,
            SkillRegistry skills,
            Database database,
            Metrics metrics,
            Console console,
            Health health,
            LongSupplier nanoTime) {
        Events.workerPoolStarting(
                settings.worker().concurrency(),
                settings.poller().batchSize(),
                settings.poller().pollInterval());
        return new Node(settings, skills, database, metrics, console, health, nanoTime);
    }

    private Node(
            Settings settings,
            SkillRegistry skills,
            Database database,
            Metrics metrics,
            Console console,
            Health health,
            LongSupplier nanoTime) {
        this.settings = settings;
        this.database = database;
        this.metrics = metrics;
        this.console = console;
        this.health = health;
        this.id = UUID.randomUUID();
        var actors = new CompletableFuture<Actors>();
        this.system = ActorSystem.create(guardian(skills, nanoTime, actors), "nova", config(settings));
        var started = actors.join();
        this.pool = started.pool();
        this.heartbeat = started.heartbeat();
        stopInOrder();
    }

    private static Config config(Settings settings) {
        var overrides = new HashMap<String, Object>();
        if (!settings.cluster().host().isBlank()) {
            overrides.put(
                    "pekko.remote.artery.canonical.hostname", settings.cluster().host());
        }
        overrides.put("pekko.remote.artery.canonical.port", settings.cluster().port());
        var phases = "pekko.coordinated-shutdown.phases.";
        overrides.put(
                phases + "service-requests-done.timeout",
                settings.worker().shutdownTimeout().plusSeconds(1).toMillis() + "ms");
        overrides.put(phases + "service-stop.timeout", FLUSH_PHASE.toMillis() + "ms");
        return ConfigFactory.parseMap(overrides).withFallback(settings.pekko()).withFallback(ConfigFactory.load());
    }

    private Behavior<Void> guardian(SkillRegistry skills, LongSupplier nanoTime, CompletableFuture<Actors> started) {
        return Behaviors.setup(context -> {
            var member = Cluster.get(context.getSystem()).selfMember();
            var poller = ClusterSingleton.get(context.getSystem())
                    .init(SingletonActor.of(
                                    Poller.create(new Poller.Parts(
                                            id,
                                            database,
                                            settings.poller(),
                                            settings.retry().maxAttempts(),
                                            new Membership(),
                                            () -> {},
                                            metrics,
                                            nanoTime)),
                                    "poller")
                            .withStopMessage(Poller.Stop.NOW)
                            .withSettings(ClusterSingletonSettings.create(context.getSystem())
                                    .withRole("worker")));
            var pool = context.spawn(
                    WorkerPool.create(new WorkerPool.Parts(
                            id,
                            member.uniqueAddress().longUid(),
                            settings.worker(),
                            new RetryPolicy(
                                    settings.retry().backoffBase(),
                                    settings.retry().backoffMax()),
                            settings.poller().batchSize(),
                            reports -> Settler.create(id, database, OUTCOMES_IN_MEMORY, reports, metrics, nanoTime),
                            WorkerPool.workers(skills, settings.worker(), metrics, nanoTime),
                            demand -> poller.tell(new Poller.NodeDemand(demand)),
                            metrics,
                            nanoTime,
                            new java.util.Random())),
                    "worker-pool");
            var address = member.address().hostPort();
            var row = new NodeRow(
                    id,
                    member.uniqueAddress().longUid(),
                    address,
                    version(),
                    settings.worker().concurrency(),
                    true,
                    false);
            var heartbeat = context.spawn(
                    Heartbeat.create(
                            database,
                            row,
                            holdings -> {
                                health.heartbeat();
                                pool.tell(new WorkerPool.Beat(holdings));
                            },
                            nanoTime),
                    "heartbeat");
            context.spawn(Formation.create(id, metrics, health::joined), "formation");
            context.watch(pool);
            started.complete(new Actors(pool, heartbeat));
            return Behaviors.<Void>receiveSignal((_, signal) -> {
                if (signal instanceof Terminated) {
                    // What the node holds is unknown now. The rescue is made for that, so the process ends here.
                    Events.stopped(false, 0);
                    Runtime.getRuntime().halt(FAILED);
                }
                return Behaviors.same();
            });
        });
    }

    /** The version in the manifest of the jar; {@code dev} where there is none. */
    public static String version() {
        return Optional.ofNullable(Node.class.getPackage().getImplementationVersion())
                .orElse("dev");
    }

    // --- the way out

    private void stopInOrder() {
        task(CoordinatedShutdown.PhaseBeforeServiceUnbind(), "say-draining", () -> {
            health.draining();
            heartbeat.tell(Heartbeat.Draining.STARTED);
            return done();
        });
        task(CoordinatedShutdown.PhaseServiceRequestsDone(), "drain", this::drain);
        task(CoordinatedShutdown.PhaseServiceStop(), "hand-back", this::handBack);
        task(
                CoordinatedShutdown.PhaseBeforeActorSystemTerminate(),
                "leave",
                () -> database.async(() -> {
                    try {
                        heartbeat.tell(Heartbeat.Leaving.NOW);
                        database.nodes().leave(id);
                    } catch (RuntimeException e) {
                        // The database is away; the rescue takes the row out.
                    }
                    return Done.getInstance();
                }));
        task(CoordinatedShutdown.PhaseActorSystemTerminate(), "close", () -> {
            console.close();
            metrics.close();
            database.close();
            return done();
        });
    }

    private void task(String phase, String name, Supplier<CompletionStage<Done>> task) {
        CoordinatedShutdown.get(system).addTask(phase, name, task::get);
    }

    private static CompletionStage<Done> done() {
        return CompletableFuture.completedFuture(Done.getInstance());
    }

    private CompletionStage<Done> drain() {
        return AskPattern.<WorkerPool.Command, Done>ask(
                        pool,
                        WorkerPool.Drain::new,
                        // An idle node answers within that, however short the timeout is.
                        settings.worker().shutdownTimeout().plusMillis(300),
                        system.scheduler())
                .exceptionally(_ -> {
                    ranOutOfTime = true;
                    return Done.getInstance();
                });
    }

    private CompletionStage<Done> handBack() {
        return AskPattern.<WorkerPool.Command, WorkerPool.Rest>ask(
                        pool, WorkerPool.HandBackRest::new, FLUSH_PHASE.minusSeconds(1), system.scheduler())
                .exceptionally(_ -> new WorkerPool.Rest(0, false))
                .thenApply(rest -> {
                    Events.stopped(!ranOutOfTime && rest.written(), rest.handedBack());
                    return Done.getInstance();
                });
    }

    /** Drains and exits 0 on the first SIGTERM or SIGINT, halts on the second. */
    public void handleSignals() {
        handleSignals(() -> {}, () -> {});
    }

    /**
     * The same for a caller that has something to say or to stop.
     *
     * @param onDrain run on the first signal, before the drain begins
     * @param beforeHalt run on the second, before the process ends
     */
    public void handleSignals(Runnable onDrain, Runnable beforeHalt) {
        Signals.handle(
                signal -> {
                    Events.signalReceived(signal);
                    onDrain.run();
                    drainAndExit(0);
                },
                beforeHalt,
                System::nanoTime);
    }

    /** The reason of an exit with code 1, by {@code reason-overrides} in application.conf. */
    private static final class Unsuccessful implements CoordinatedShutdown.Reason {}

    /**
     * Drains, leaves the cluster, and exits.
     *
     * @param exitCode 0 or 1
     */
    public void drainAndExit(int exitCode) {
        CoordinatedShutdown.get(system)
                .runAll(exitCode == 0 ? CoordinatedShutdown.jvmExitReason() : new Unsuccessful());
    }

    /** Where the console listens. */
    public String url() {
        return console.url();
    }

    /** This incarnation of the process. */
    public UUID id() {
        return id;
    }

    /**
     * Waits until the node has ended.
     *
     * @return whether it ended because it was told to
     */
    public boolean awaitEnd() throws InterruptedException {
        try {
            system.getWhenTerminated().toCompletableFuture().get();
            return CoordinatedShutdown.get(system)
                    .getShutdownReason()
                    .filter(CoordinatedShutdown.jvmExitReason()::equals)
                    .isPresent();
        } catch (java.util.concurrent.ExecutionException e) {
            throw new StartFailure("the node ended: " + e.getCause(), e);
        }
    }
}
