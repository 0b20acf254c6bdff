package com.agenticverz.nova.cluster;

import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.LeaseStore;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.setup.Setup;
import org.apache.pekko.coordination.lease.LeaseException;
import org.apache.pekko.coordination.lease.LeaseSettings;
import org.apache.pekko.coordination.lease.javadsl.Lease;
import org.jspecify.annotations.Nullable;

/**
 * A lease of Pekko's as a row in {@code leases}: what decides which side of a split cluster goes on. Time is that of the
 * database; what is measured here is measured from before a statement was sent, so that this side never believes longer
 * than the database does.
 *
 * <p>Made by Pekko from its configuration, so what it needs comes with the actor system, in {@link Needs}.
 */
public final class PostgresLease extends Lease {

    /** What a lease needs, given to the actor system when it is created. */
    public static final class Needs extends Setup {

        private final Database database;
        private final UUID node;
        private final LongSupplier nanoTime;

        /** Leases in this database, held by this node. */
        public Needs(Database database, UUID node, LongSupplier nanoTime) {
            this.database = database;
            this.node = node;
            this.nanoTime = nanoTime;
        }
    }

    private static final Duration AFTER_FAILURE = Duration.ofMillis(500);

    private record Held(long epoch, long deadlineNanos) {}

    private final LeaseSettings settings;
    private final ExtendedActorSystem system;
    private final Database database;
    private final LeaseStore leases;
    private final String owner;
    private final LongSupplier nanoTime;
    private final Duration timeToLive;
    private final Duration renewInterval;
    private final Duration timeout;
    private volatile @Nullable Held held;
    private @Nullable Cancellable renewal;

    /** The lease that the settings name. Called by Pekko. */
    public PostgresLease(LeaseSettings settings, ExtendedActorSystem system) {
        this.settings = settings;
        this.system = system;
        var needs = system.settings().setup().get(Needs.class).orElseThrow();
        this.database = needs.database;
        this.leases = database.arbiter();
        // The incarnation, not host and port as in the settings: a process that was restarted at the same address is
        // not the one that took the lease.
        this.owner = needs.node.toString();
        this.nanoTime = needs.nanoTime;
        this.timeToLive = settings.timeoutSettings().getHeartbeatTimeout();
        this.renewInterval = settings.timeoutSettings().getHeartbeatInterval();
        this.timeout = settings.timeoutSettings().getOperationTimeout();
    }

    @Override
    public LeaseSettings getSettings() {
        return settings;
    }

    @Override
    public CompletionStage<Boolean> acquire() {
        return acquire(_ -> {});
    }

    /**
     * Takes the lease.
     *
     * @param lost told when it is lost later, with the cause if there is one
     * @return true: it is held here; false: somebody else surely holds it; failed: nobody knows
     */
    @Override
    public CompletionStage<Boolean> acquire(Consumer<Optional<Throwable>> lost) {
        var tooLate = new AtomicBoolean();
        var last = new AtomicReference<Throwable>();
        return acquire(lost, tooLate, last)
                .toCompletableFuture()
                .copy()
                .orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .exceptionallyCompose(failure -> {
                    if (failure instanceof TimeoutException) {
                        giveUp(tooLate);
                    }
                    return CompletableFuture.failedFuture(new LeaseException("the lease " + settings.leaseName()
                            + " cannot be taken: " + Database.reason(last.get() == null ? failure : last.get())));
                });
    }

    /** Again and again while the database is away: whoever gets no answer goes down, with every run it executes. */
    private CompletionStage<Boolean> acquire(
            Consumer<Optional<Throwable>> lost, AtomicBoolean tooLate, AtomicReference<Throwable> last) {
        long before = nanoTime.getAsLong();
        return database.async(() -> leases.acquire(settings.leaseName(), owner, timeToLive))
                .thenApply(epoch -> {
                    if (epoch.isEmpty()) {
                        return false;
                    }
                    var taken = new Held(epoch.getAsLong(), before + timeToLive.toNanos());
                    if (!hold(taken, lost, tooLate)) {
                        // Whoever asked took the silence for a no, so this must not lock the others out.
                        leases.release(settings.leaseName(), owner, taken.epoch());
                        return false;
                    }
                    return true;
                })
                .exceptionallyComposeAsync(
                        failure -> {
                            last.set(failure);
                            return tooLate.get() || system.whenTerminated().isCompleted()
                                    ? CompletableFuture.failedFuture(failure)
                                    : acquire(lost, tooLate, last);
                        },
                        CompletableFuture.delayedExecutor(AFTER_FAILURE.toMillis(), TimeUnit.MILLISECONDS));
    }

    /** The answer may come at the very moment at which nobody waits for it any more. */
    private synchronized void giveUp(AtomicBoolean tooLate) {
        tooLate.set(true);
        release();
    }

    private synchronized boolean hold(Held taken, Consumer<Optional<Throwable>> lost, AtomicBoolean tooLate) {
        if (tooLate.get()) {
            return false;
        }
        stopRenewing();
        held = taken;
        renewal = system.scheduler()
                .scheduleWithFixedDelay(renewInterval, renewInterval, () -> renew(lost), system.dispatcher());
        return true;
    }

    private void renew(Consumer<Optional<Throwable>> lost) {
        var now = held;
        if (now == null) {
            return;
        }
        long before = nanoTime.getAsLong();
        database.async(() -> leases.renew(settings.leaseName(), owner, now.epoch(), timeToLive))
                .whenComplete((stillOurs, failure) -> renewed(now, before, stillOurs, failure, lost));
    }

    private synchronized void renewed(
            Held renewed,
            long before,
            @Nullable Boolean stillOurs,
            @Nullable Throwable failure,
            Consumer<Optional<Throwable>> lost) {
        var now = held;
        if (now == null || now.epoch() != renewed.epoch()) {
            return;
        }
        if (Boolean.TRUE.equals(stillOurs)) {
            held = new Held(now.epoch(), before + timeToLive.toNanos());
        } else if (failure == null || nanoTime.getAsLong() - now.deadlineNanos() >= 0) {
            held = null;
            stopRenewing();
            lost.accept(Optional.ofNullable(failure));
        }
    }

    private void stopRenewing() {
        if (renewal != null) {
            renewal.cancel();
            renewal = null;
        }
    }

    @Override
    public synchronized CompletionStage<Boolean> release() {
        stopRenewing();
        var last = held;
        held = null;
        if (last == null) {
            return CompletableFuture.completedFuture(true);
        }
        return database.async(() -> {
            leases.release(settings.leaseName(), owner, last.epoch());
            return true;
        });
    }

    /** Whether it is held here for sure. Asks nobody: it is called on an actor that must not wait. */
    @Override
    public boolean checkLease() {
        var now = held;
        return now != null && nanoTime.getAsLong() - now.deadlineNanos() < 0;
    }
}
