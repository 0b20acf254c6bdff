package com.agenticverz.nova.claim;

import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.Patience;
import com.agenticverz.nova.store.Retention;
import com.agenticverz.nova.store.Swept;
import com.agenticverz.nova.telemetry.Events;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/**
 * Deletes runs that have ended long enough ago. It walks through all runs by their ids, some at a time, for no index tells
 * when runs ended; a rest after each keeps that to a small share of the time, whatever else the database has to do. What a
 * pass leaves, because it is locked or the lease was lost, the next one finds.
 */
final class Sweeper {

    sealed interface Command {}

    private enum Tick implements Command {
        NOW
    }

    private record Done(Swept swept, Duration took) implements Command {}

    private record Failed(Throwable cause) implements Command {}

    /** How many runs one statement looks at, and deletes at most; fewer where that takes long, or is refused. */
    private static final int LARGEST_CHUNK = 1_000;

    private static final int SMALLEST_CHUNK = 10;
    /** A run may have thousands of steps, which go with it. */
    private static final Duration LONG = Duration.ofMillis(200);

    private static final Retention NOTHING = new Retention(null, null, null);

    private static final Duration BETWEEN_PASSES = Duration.ofMinutes(1);
    /** Each pass meets what cannot go, once a minute. */
    private static final Duration BETWEEN_COMPLAINTS = Duration.ofHours(1);

    private static final Duration SHORTEST_REST = Duration.ofMillis(50);
    /** After a chunk of which most went: of a backlog, so much of the time is spent on it. */
    private static final int SHARE_OF_DELETES = 4;

    private static final UUID FIRST = new UUID(0, 0);

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final Database database;
    private final long epoch;
    private final Retention retention;
    private final Metrics metrics;
    private final LongSupplier nanoTime;
    private UUID from = FIRST;
    private int chunk = LARGEST_CHUNK;
    private boolean passOver;
    private @Nullable Long complainedNanos;
    /** Those that have not been told of yet. */
    private long deleted;

    private long toldNanos;

    /** Nothing at all where everything is kept. */
    static Behavior<Command> create(
            Database database, long epoch, RetentionSettings settings, Metrics metrics, LongSupplier nanoTime) {
        var retention = settings.retention();
        if (retention.isOff()) {
            return Behaviors.ignore();
        }
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            var sweeper = new Sweeper(context, timers, database, epoch, retention, metrics, nanoTime);
            // Not while the poller takes over: it has more urgent things to ask.
            timers.startSingleTimer(Tick.NOW, BETWEEN_PASSES);
            return Behaviors.receiveMessage(sweeper::received);
        }));
    }

    private Sweeper(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            Database database,
            long epoch,
            Retention retention,
            Metrics metrics,
            LongSupplier nanoTime) {
        this.context = context;
        this.timers = timers;
        this.database = database;
        this.epoch = epoch;
        this.retention = retention;
        this.metrics = metrics;
        this.nanoTime = nanoTime;
        this.toldNanos = nanoTime.getAsLong();
    }

    private Behavior<Command> received(Command command) {
        switch (command) {
            case Tick.NOW -> sweep();
            case Done(var swept, var took) -> swept(swept, took);
            case Failed(var cause) -> failed(cause);
        }
        return Behaviors.same();
    }

    private void sweep() {
        long before = nanoTime.getAsLong();
        var first = from;
        var limit = chunk;
        var wanted = passOver ? NOTHING : retention;
        context.pipeToSelf(
                database.async(() -> database.retention().sweep(epoch, wanted, first, limit)),
                (swept, failure) -> failure == null
                        ? new Done(swept, Duration.ofNanos(nanoTime.getAsLong() - before))
                        : new Failed(failure));
    }

    private void swept(Swept swept, Duration took) {
        deleted += swept.deleted();
        metrics.runsDeleted(swept.deleted());
        tell();
        @Nullable UUID next = swept.next();
        from = next == null ? FIRST : next;
        passOver = false;
        chunk = took.compareTo(LONG) > 0 ? Math.max(SMALLEST_CHUNK, chunk / 2) : Math.min(LARGEST_CHUNK, chunk * 2);
        timers.startSingleTimer(Tick.NOW, next == null ? BETWEEN_PASSES : restAfter(swept, took));
    }

    /** Tried again with fewer, so that the few which cannot go, or take long, hold up no others. */
    private void failed(Throwable cause) {
        boolean refused = Database.isRefusal(cause);
        passOver = refused && chunk == SMALLEST_CHUNK;
        chunk = Math.max(SMALLEST_CHUNK, chunk / 10);
        // Not of an outage, of which the poller does, nor of a lock, which is gone by the next pass.
        long now = nanoTime.getAsLong();
        if (Database.hasAnswered(cause)
                && (complainedNanos == null || now - complainedNanos >= BETWEEN_COMPLAINTS.toNanos())) {
            complainedNanos = now;
            Events.runsNotDeleted(Database.reason(cause));
        }
        timers.startSingleTimer(Tick.NOW, refused ? SHORTEST_REST : BETWEEN_PASSES);
    }

    private void tell() {
        long now = nanoTime.getAsLong();
        if (deleted > 0 && now - toldNanos >= BETWEEN_PASSES.toNanos()) {
            Events.runsDeleted(deleted);
            deleted = 0;
            toldNanos = now;
        }
    }

    private static Duration restAfter(Swept swept, Duration took) {
        var rest = took.multipliedBy((swept.deleted() > swept.looked() / 2 ? SHARE_OF_DELETES : Patience.SHARE) - 1);
        return rest.compareTo(SHORTEST_REST) < 0 ? SHORTEST_REST : rest;
    }
}
