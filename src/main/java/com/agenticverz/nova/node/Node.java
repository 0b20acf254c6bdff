package com.agenticverz.nova.node;

import com.agenticverz.nova.cluster.ListenAddress;
import com.agenticverz.nova.console.Console;
import com.agenticverz.nova.execute.Carriers;
import com.agenticverz.nova.skill.SkillRegistry;
import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.DatabaseSettings;
import com.agenticverz.nova.telemetry.Events;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A running worker process: what lives as long as it does, and one {@link Incarnation} after the other. There is more than
 * one only where the cluster has put the node out: it comes back by itself.
 */
public final class Node {

    private static final Duration BEFORE_NEXT_TRY = Duration.ofSeconds(2);

    private final Incarnation.Surroundings around;
    private final Console console;
    private final CompletableFuture<Boolean> ended = new CompletableFuture<>();
    private Incarnation current;
    private @Nullable Boolean successfully;

    /**
     * Starts a node and returns when it is on its way into the cluster.
     *
     * @throws com.agenticverz.nova.skill.InvalidSkillsException when its skills cannot be had
     * @throws com.agenticverz.nova.setting.SettingException when a port is taken
     * @throws StartFailure when the database does not answer, or refuses
     */
    public static Node start(Settings settings) {
        return start(settings, SkillRegistry.load(settings.skills()), System::nanoTime);
    }

    /**
     * The same with these skills, in place of those on the class path.
     *
     * @throws com.agenticverz.nova.setting.SettingException when a port is taken
     * @throws StartFailure when the database does not answer, or refuses
     */
    public static Node start(Settings settings, SkillRegistry skills) {
        return start(settings, skills, System::nanoTime);
    }

    static Node start(Settings settings, SkillRegistry skills, LongSupplier nanoTime) {
        Carriers.reserveFor(settings.worker().concurrency());
        Events.sampleEvery(settings.log().sampleEvery());
        Events.skillsInitialized(skills.names());
        ListenAddress.check(settings.cluster(), Incarnation.reachedAt(settings));
        var metrics = Metrics.start();
        var health = new Health(nanoTime);
        // First, so that a port that is taken is found before anything is written, and a wait for the database can be
        // seen.
        var opened = new AtomicReference<@Nullable Database>();
        var console = Console.start(settings.http(), metrics::scrape, health::now, opened::get);
        Events.httpListening(console.url());
        try {
            var server = DatabaseStart.await(settings.database(), nanoTime);
            Events.databaseConnected(server.database(), server.version());
            var database = migrated(settings.database());
            opened.set(database);
            Events.workerPoolStarting(
                    settings.worker().concurrency(),
                    settings.poller().batchSize(),
                    settings.poller().pollInterval());
            settings.retention().log();
            try {
                return new Node(
                        new Incarnation.Surroundings(
                                database.nodes().clusterIdentity(),
                                settings,
                                skills,
                                database,
                                metrics,
                                health,
                                nanoTime),
                        console);
            } catch (RuntimeException e) {
                database.close();
                throw e;
            }
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

    private Node(Incarnation.Surroundings around, Console console) {
        this.around = around;
        this.console = console;
        this.current = new Incarnation(around, null);
        Thread.ofPlatform().name("node").start(this::live);
    }

    /** The version in the manifest of the jar; {@code dev} where there is none. */
    public static String version() {
        return Optional.ofNullable(Node.class.getPackage().getImplementationVersion())
                .orElse("dev");
    }

    private void live() {
        try {
            var living = current();
            while (living != null) {
                living = next(living, living.awaitEnd());
            }
        } catch (InterruptedException | RuntimeException e) {
            ended.completeExceptionally(e);
        } finally {
            try {
                console.close();
                around.metrics().close();
                around.database().close();
                around.skills().close();
            } finally {
                ended.complete(Boolean.TRUE.equals(toldToEnd()));
            }
        }
    }

    /** What comes after an incarnation; null: nothing. */
    private @Nullable Incarnation next(Incarnation last, Incarnation.End end) throws InterruptedException {
        switch (end) {
            case Incarnation.Stopped() -> {
                return null;
            }
            case Incarnation.Broken(var reason) -> throw new StartFailure(reason);
            case Incarnation.Rejoin(var reason) -> {
                if (toldToEnd() != null) {
                    return null;
                }
                Events.clusterRejoining(last.id(), reason);
                around.health().rejoining();
                return begin();
            }
        }
    }

    /** Tries until it succeeds: the database may be away, or the port not be free yet. Null: the process is to end. */
    private @Nullable Incarnation begin() throws InterruptedException {
        while (true) {
            synchronized (this) {
                if (successfully != null) {
                    return null;
                }
                try {
                    current = new Incarnation(around, current.address());
                    return current;
                } catch (RuntimeException e) {
                    Events.rejoinFailed(e);
                    // Until then, or until it is told to end.
                    wait(BEFORE_NEXT_TRY.toMillis());
                }
            }
        }
    }

    private synchronized Incarnation current() {
        return current;
    }

    /** Whether successfully; null: it was not told to end. */
    private synchronized @Nullable Boolean toldToEnd() {
        return successfully;
    }

    // --- the way out

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
                    drainAndEnd(true);
                },
                beforeHalt,
                System::nanoTime);
    }

    /**
     * Drains, leaves the cluster, and ends.
     *
     * @param successfully what {@link #awaitEnd} says then
     */
    public synchronized void drainAndEnd(boolean successfully) {
        if (this.successfully == null) {
            this.successfully = successfully;
            notifyAll();
            current.stop();
        }
    }

    /** Attempts that it has ended and written so far, in all of its lives. */
    public long runsEnded() {
        return around.metrics().runsEnded();
    }

    /** Where the console listens. */
    public String url() {
        return console.url();
    }

    /** The node as it is now: each life in the cluster has an id of its own. */
    public UUID id() {
        return current().id();
    }

    /**
     * Waits until the node has ended.
     *
     * @return whether it ended because it was told to, successfully
     */
    public boolean awaitEnd() throws InterruptedException {
        try {
            return ended.get();
        } catch (ExecutionException e) {
            throw new StartFailure("the node ended: " + e.getCause().getMessage(), e);
        }
    }
}
