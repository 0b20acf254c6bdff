package com.agenticverz.nova.node;

import com.agenticverz.nova.claim.Poller;
import com.agenticverz.nova.cluster.Formation;
import com.agenticverz.nova.cluster.Heartbeat;
import com.agenticverz.nova.cluster.HostAddress;
import com.agenticverz.nova.cluster.Membership;
import com.agenticverz.nova.cluster.PostgresLease;
import com.agenticverz.nova.enqueue.Ticks;
import com.agenticverz.nova.execute.WorkerPool;
import com.agenticverz.nova.execute.Workers;
import com.agenticverz.nova.settle.RetryPolicy;
import com.agenticverz.nova.settle.Settler;
import com.agenticverz.nova.skill.SkillRegistry;
import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.NodeControl;
import com.agenticverz.nova.store.NodeRow;
import com.agenticverz.nova.telemetry.Events;
import com.agenticverz.nova.telemetry.Metrics;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.pekko.Done;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.ClusterSingleton;
import org.apache.pekko.cluster.typed.ClusterSingletonSettings;
import org.apache.pekko.cluster.typed.SingletonActor;
import org.jspecify.annotations.Nullable;

/**
 * One life of a node in the cluster, from its first heartbeat to its last: its actors, and their order on the way out.
 * A process that was put out of the cluster begins another one, under a new id; whatever the old one still writes is
 * fenced.
 */
final class Incarnation {

    /**
     * What outlives an incarnation.
     *
     * @param cluster names the cluster that the database makes
     */
    record Surroundings(
            UUID cluster,
            Settings settings,
            SkillRegistry skills,
            Database database,
            Metrics metrics,
            Health health,
            LongSupplier nanoTime) {}

    /** Why an incarnation ended. */
    sealed interface End {}

    /** It was told to. */
    record Stopped() implements End {}

    /** To begin another. */
    record Rejoin(String reason) implements End {}

    /** Something that is not foreseen. */
    record Broken(String reason) implements End {}

    private static final class Told implements CoordinatedShutdown.Reason {}

    private record Leaving(String reason) implements CoordinatedShutdown.Reason {}

    private static final Duration FLUSH_PHASE = Duration.ofSeconds(30);
    private static final Duration FLUSH_TIMEOUT = Duration.ofSeconds(25);

    /** Its runs are others' by now, or soon; only what is ready is worth a wait. */
    private static final Duration FLUSH_TIMEOUT_WHEN_PUT_OUT = Duration.ofSeconds(5);

    /**
     * More than the last two phases may take. An actor system whose TLS streams fail while they are closed may never say
     * that it has ended; a process that was told to end would wait for it until it is killed.
     */
    private static final Duration END_ANYWAY = Duration.ofSeconds(30);

    private static final int OUTCOMES_IN_MEMORY = 10_000;
    private static final int FAILED = 1;

    private final Surroundings around;
    private final Settings settings;
    private final @Nullable String lastAddress;
    private final UUID id = UUID.randomUUID();
    private final Membership membership = new Membership();
    private final ActorSystem<Void> system;
    private final String address;
    private final ActorRef<WorkerPool.Command> pool;
    private final ActorRef<Heartbeat.Command> heartbeat;
    private final CompletableFuture<Void> overdue = new CompletableFuture<>();
    private @Nullable CompletionStage<Done> handedBack;
    private volatile boolean ranOutOfTime;

    /** What the guardian started. */
    private record Actors(String address, ActorRef<WorkerPool.Command> pool, ActorRef<Heartbeat.Command> heartbeat) {}

    /**
     * Begins at once; joins the cluster in its own time.
     *
     * @param lastAddress of the last incarnation in this process; null: there was none
     * @throws RuntimeException when its port is taken, or its keys cannot be read
     */
    Incarnation(Surroundings around, @Nullable String lastAddress) {
        this.around = around;
        this.lastAddress = lastAddress;
        this.settings = around.settings();
        var actors = new CompletableFuture<Actors>();
        // Named after the database: a node of another one that listens where a dead node of this one did is no peer.
        this.system = ActorSystem.create(
                guardian(actors),
                "nova-" + around.cluster().toString().substring(0, 8),
                ActorSystemSetup.create(
                        BootstrapSetup.create(config(settings)),
                        new PostgresLease.Needs(around.database(), id, around.nanoTime())));
        system.getWhenTerminated()
                .whenComplete((_, _) ->
                        actors.completeExceptionally(new IllegalStateException("the actors could not be started")));
        var started = actors.join();
        this.address = started.address();
        this.pool = started.pool();
        this.heartbeat = started.heartbeat();
        stopInOrder();
    }

    /** Its id, which no other life has. */
    UUID id() {
        return id;
    }

    /** Host and port under which the others reach it, and people steer it. */
    String address() {
        return address;
    }

    /** Where the others reach a node with these settings. */
    static String reachedAt(Settings settings) {
        return settings.cluster().host().isBlank()
                ? HostAddress.towards(settings.database().url().host())
                : settings.cluster().host();
    }

    private static Config config(Settings settings) {
        var overrides = new HashMap<String, Object>();
        var cluster = settings.cluster();
        var artery = "pekko.remote.artery.";
        overrides.put(artery + "canonical.hostname", reachedAt(settings));
        overrides.put(artery + "canonical.port", cluster.port());
        if (cluster.bindHost() != null) {
            overrides.put(artery + "bind.hostname", cluster.bindHost());
        }
        if (cluster.bindPort() != null) {
            overrides.put(artery + "bind.port", cluster.bindPort());
        }
        if (cluster.tls() != null) {
            overrides.put(artery + "transport", "tls-tcp");
            overrides.put(
                    artery + "ssl.ssl-engine-provider",
                    "org.apache.pekko.remote.artery.tcp.ssl.RotatingKeysSSLEngineProvider");
            var files = artery + "ssl.rotating-keys-engine.";
            overrides.put(files + "cert-file", cluster.tls().certificateFile().toString());
            overrides.put(files + "key-file", cluster.tls().keyFile().toString());
            overrides.put(files + "ca-cert-file", cluster.tls().caFile().toString());
        }
        var phases = "pekko.coordinated-shutdown.phases.";
        overrides.put(
                phases + "service-requests-done.timeout",
                settings.worker().shutdownTimeout().plusSeconds(1).toMillis() + "ms");
        overrides.put(phases + "service-stop.timeout", FLUSH_PHASE.toMillis() + "ms");
        return ConfigFactory.parseMap(overrides)
                .withFallback(ActorConfig.of(settings.pekko()
                        .withFallback(ConfigFactory.parseMap(Map.of("pekko.cluster.app-version", Node.version())))));
    }

    // --- its actors

    private Behavior<Void> guardian(CompletableFuture<Actors> started) {
        return Behaviors.setup(context -> {
            var member = Cluster.get(context.getSystem()).selfMember();
            var address = member.address().hostPort().replaceFirst(".*@", "");
            var self = new NodeRow(
                    id,
                    member.uniqueAddress().longUid(),
                    address,
                    Node.version(),
                    settings.worker().concurrency(),
                    false,
                    false,
                    around.skills().versions(),
                    settings.cluster().port() == 0 ? lastAddress : address);
            var poller = poller(context);
            var workers = context.spawn(workers(self, poller), "worker-pool");
            var beats = new CompletableFuture<ActorRef<Heartbeat.Command>>();
            var formation = context.spawn(formation(self, beats), "formation");
            beats.complete(context.spawn(
                    Heartbeat.create(around.database(), self, hearing(workers, formation), around.nanoTime()),
                    "heartbeat"));
            context.watch(workers);
            // Without it the node would be out of the cluster for ever, and nobody would know.
            context.watch(formation);
            started.complete(new Actors(address, workers, beats.join()));
            return Behaviors.<Void>receiveSignal((_, signal) -> {
                if (signal instanceof Terminated it && it.getRef().equals(formation)) {
                    // It no longer knows who is a member. Another life does.
                    rejoin("what made it a member has failed");
                } else if (signal instanceof Terminated) {
                    // What the node holds is unknown now. The rescue is made for that, so the process ends here.
                    Events.stopped(false, 0);
                    Runtime.getRuntime().halt(FAILED);
                }
                return Behaviors.same();
            });
        });
    }

    private ActorRef<Poller.Command> poller(ActorContext<Void> context) {
        return ClusterSingleton.get(context.getSystem())
                .init(SingletonActor.of(
                                Poller.create(new Poller.Parts(
                                        id,
                                        around.database(),
                                        settings.poller(),
                                        settings.retry().maxAttempts(),
                                        settings.retention(),
                                        membership,
                                        Ticks::of,
                                        () -> rejoin("the database answers the others, but not this node"),
                                        around.metrics(),
                                        around.nanoTime())),
                                "poller")
                        .withStopMessage(Poller.Stop.NOW)
                        .withSettings(ClusterSingletonSettings.create(context.getSystem())
                                .withRole("worker")));
    }

    private Behavior<WorkerPool.Command> workers(NodeRow self, ActorRef<Poller.Command> poller) {
        var metrics = around.metrics();
        var nanoTime = around.nanoTime();
        var runs = around.database().runs();
        var workers = Workers.of(
                around.skills(),
                new Workers.Reads(
                        run -> around.database().async(() -> runs.finishedSteps(run)),
                        (fence, step, name) -> around.database().async(() -> runs.takeSignal(fence, step, name)),
                        (run, step) -> around.database().async(() -> runs.heartbeatDetail(run, step))),
                id,
                settings.worker(),
                metrics,
                nanoTime);
        around.health().deafSkills(workers.abandoned()::holdsAllWorkers);
        return WorkerPool.create(new WorkerPool.Parts(
                id,
                self.memberUid(),
                settings.worker(),
                new RetryPolicy(settings.retry().backoffBase(), settings.retry().backoffMax()),
                settings.poller().batchSize(),
                pool -> Settler.create(id, around.database(), OUTCOMES_IN_MEMORY, pool, metrics, nanoTime),
                workers,
                demand -> poller.tell(new Poller.NodeDemand(demand)),
                new WorkerPool.Reads(
                        claimId -> around.database()
                                .async(() -> runs.assigned(
                                        id, claimId, settings.retry().maxAttempts())),
                        fences -> around.database().async(() -> runs.noLongerHeld(fences))),
                metrics,
                nanoTime,
                new Random()));
    }

    private Behavior<Formation.Command> formation(
            NodeRow self, CompletionStage<ActorRef<Heartbeat.Command>> heartbeats) {
        return Formation.create(new Formation.Parts(
                around.database(),
                self,
                membership,
                around.metrics(),
                () -> {
                    heartbeats.thenAccept(it -> it.tell(Heartbeat.Joined.NOW));
                    around.health().joined();
                },
                this::rejoin,
                around.nanoTime()));
    }

    private Heartbeat.Listener hearing(ActorRef<WorkerPool.Command> workers, ActorRef<Formation.Command> formation) {
        return new Heartbeat.Listener() {
            @Override
            public void holds(Heartbeat.Holdings holdings, boolean writable) {
                if (writable) {
                    around.health().heartbeat();
                }
                workers.tell(new WorkerPool.Beat(holdings, writable));
            }

            @Override
            public void polling(@Nullable Long memberUid) {
                formation.tell(new Formation.Polling(memberUid));
            }

            @Override
            public void steered(NodeControl wanted) {
                workers.tell(new WorkerPool.Steer(wanted));
            }

            @Override
            public void rescued() {
                rejoin("its runs were taken over by the others");
            }
        };
    }

    // --- the way out

    /** Drains, leaves the cluster, and ends. */
    void stop() {
        CoordinatedShutdown.get(system).runAll(new Told());
    }

    /** Stops its skills, hands back, leaves the cluster, and ends, for another incarnation to begin. */
    void rejoin(String reason) {
        // On a thread of its own: it may be called on an actor, which the shutdown waits for.
        Thread.ofPlatform()
                .name("rejoin")
                .start(() -> CoordinatedShutdown.get(system).runAll(new Leaving(reason)));
    }

    /** Waits until it has ended. */
    End awaitEnd() throws InterruptedException {
        try {
            CompletableFuture.anyOf(system.getWhenTerminated().toCompletableFuture(), overdue)
                    .get();
        } catch (ExecutionException e) {
            return new Broken("the node ended: " + e.getCause());
        }
        return CoordinatedShutdown.get(system)
                .getShutdownReason()
                .map(Incarnation::end)
                .orElseGet(() -> new Broken("its actor system ended"));
    }

    private static End end(CoordinatedShutdown.Reason reason) {
        if (reason instanceof Told) {
            return new Stopped();
        }
        if (reason instanceof Leaving(var why)) {
            return new Rejoin(why);
        }
        if (reason.equals(CoordinatedShutdown.clusterDowningReason())) {
            return new Rejoin("it was cut off from the others, who go on without it");
        }
        return new Broken("the node ended: " + reason.getClass().getSimpleName());
    }

    private void stopInOrder() {
        task(CoordinatedShutdown.PhaseBeforeActorSystemTerminate(), "end-anyway", () -> {
            overdue.completeOnTimeout(null, END_ANYWAY.toSeconds(), TimeUnit.SECONDS);
            return done();
        });
        task(CoordinatedShutdown.PhaseBeforeServiceUnbind(), "say-draining", () -> {
            around.health().draining();
            heartbeat.tell(Heartbeat.Draining.STARTED);
            return done();
        });
        task(CoordinatedShutdown.PhaseServiceRequestsDone(), "drain", () -> isToldToStop() ? drain() : done());
        task(CoordinatedShutdown.PhaseServiceStop(), "hand-back", this::handBack);
        task(
                CoordinatedShutdown.PhaseBeforeActorSystemTerminate(),
                "leave",
                // Whoever was put out of the cluster comes here without the phases before.
                () -> handBack().thenCompose(_ -> leave()));
    }

    private void task(String phase, String name, Supplier<CompletionStage<Done>> task) {
        CoordinatedShutdown.get(system).addTask(phase, name, task::get);
    }

    private static CompletionStage<Done> done() {
        return CompletableFuture.completedFuture(Done.getInstance());
    }

    private boolean isToldToStop() {
        return CoordinatedShutdown.get(system)
                .getShutdownReason()
                .filter(Told.class::isInstance)
                .isPresent();
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

    /** Once, whoever asks first. */
    private synchronized CompletionStage<Done> handBack() {
        if (handedBack == null) {
            handedBack = AskPattern.<WorkerPool.Command, WorkerPool.Rest>ask(
                            pool,
                            replyTo -> new WorkerPool.HandBackRest(
                                    replyTo, isToldToStop() ? FLUSH_TIMEOUT : FLUSH_TIMEOUT_WHEN_PUT_OUT),
                            FLUSH_PHASE.minusSeconds(1),
                            system.scheduler())
                    .exceptionally(_ -> new WorkerPool.Rest(0, false))
                    .thenApply(rest -> {
                        Events.stopped(isToldToStop() && !ranOutOfTime && rest.written(), rest.handedBack());
                        return Done.getInstance();
                    });
        }
        return handedBack;
    }

    private CompletionStage<Done> leave() {
        heartbeat.tell(Heartbeat.Leaving.NOW);
        return around.database().async(() -> {
            try {
                around.database().nodes().leave(id);
            } catch (RuntimeException e) {
                // The database is away; the rescue takes the row out.
            }
            return Done.getInstance();
        });
    }
}
