package com.agenticverz.nova.claim;

import com.agenticverz.nova.cluster.Membership;
import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.Holder;
import com.agenticverz.nova.store.Patience;
import com.agenticverz.nova.store.Rescued;
import com.agenticverz.nova.telemetry.Events;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/**
 * Brings back what nodes held that are gone. It looks at its interval, and at once when the membership changes; but a
 * change only says when to look. What is rescued is what the tables list, at every look anew, because a claim may still
 * be written for a node after its rescue.
 */
final class Rescuer {

    sealed interface Command {}

    /** These nodes speak to the poller, so they live. */
    record Speaking(Set<UUID> nodes) implements Command {}

    private enum Look implements Command {
        NOW
    }

    private record Looked(List<Holder> holders, boolean withMarked, Duration took) implements Command {}

    private record Brought(UUID node, Rescued rescued) implements Command {}

    private record Failed(Throwable cause) implements Command {}

    private record Refused(UUID node, Throwable cause) implements Command {}

    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration BETWEEN_TWO = Duration.ofMillis(100);

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final Database database;
    private final int defaultMaxAttempts;
    private final ActorRef<Rescued> poller;
    private final Metrics metrics;
    private final LongSupplier nanoTime;
    private final Suspects suspects;
    /** With the marked runs. */
    private final Patience patience = new Patience(INTERVAL.dividedBy(Patience.SHARE));

    private List<Holder> withoutRow = List.of();
    private Set<UUID> speaking = Set.of();
    private @Nullable UUID refused;
    /** One statement at a time: what comes in meanwhile is seen by the next look. */
    private boolean busy;

    private boolean lookAgain;

    static Behavior<Command> create(
            Database database,
            int defaultMaxAttempts,
            Membership membership,
            ActorRef<Rescued> poller,
            Metrics metrics,
            LongSupplier nanoTime) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            var self = context.getSelf();
            var unsubscribe = membership.onChange(() -> self.tell(Look.NOW));
            self.tell(Look.NOW);
            return new Rescuer(context, timers, database, defaultMaxAttempts, membership, poller, metrics, nanoTime)
                    .watching(unsubscribe);
        }));
    }

    private Rescuer(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            Database database,
            int defaultMaxAttempts,
            Membership membership,
            ActorRef<Rescued> poller,
            Metrics metrics,
            LongSupplier nanoTime) {
        this.context = context;
        this.timers = timers;
        this.database = database;
        this.defaultMaxAttempts = defaultMaxAttempts;
        this.poller = poller;
        this.metrics = metrics;
        this.nanoTime = nanoTime;
        this.suspects = new Suspects(membership);
    }

    private Behavior<Command> watching(Runnable unsubscribe) {
        return Behaviors.receive(Command.class)
                .onMessage(Command.class, this::watched)
                .onSignal(PreRestart.class, _ -> ended(unsubscribe))
                .onSignal(PostStop.class, _ -> ended(unsubscribe))
                .build();
    }

    private Behavior<Command> ended(Runnable unsubscribe) {
        unsubscribe.run();
        return Behaviors.same();
    }

    private Behavior<Command> watched(Command command) {
        switch (command) {
            case Speaking(var nodes) -> speaking = nodes;
            case Look.NOW -> look();
            case Looked(var holders, var withMarked, var took) -> looked(whole(holders, withMarked, took));
            case Brought(var node, var rescued) -> brought(node, rescued);
            case Refused(var node, var _) -> {
                refused = node;
                metrics.workerError();
                rest(INTERVAL);
            }
            case Failed _ -> {
                suspects.databaseAway();
                rest(INTERVAL);
            }
        }
        return Behaviors.same();
    }

    private void look() {
        if (busy) {
            lookAgain = true;
            return;
        }
        busy = true;
        lookAgain = false;
        timers.cancel(Look.NOW);
        long before = nanoTime.getAsLong();
        boolean withMarked = patience.isOver(before);
        context.pipeToSelf(
                database.async(() -> database.nodes().holders(withMarked)),
                (holders, failure) -> failure == null
                        ? new Looked(holders, withMarked, Duration.ofNanos(nanoTime.getAsLong() - before))
                        : new Failed(failure));
    }

    /**
     * Where a look left out the marked runs, those who hold nothing else are as they were at the last one that did not. A
     * node that has a row is not among them: its marked runs are found when it is rescued.
     */
    private List<Holder> whole(List<Holder> holders, boolean withMarked, Duration took) {
        if (withMarked) {
            patience.ended(took, nanoTime.getAsLong());
            withoutRow = holders.stream().filter(it -> it.silent() == null).toList();
            return holders;
        }
        var all = new LinkedHashMap<UUID, Holder>();
        withoutRow.forEach(it -> all.put(it.node(), it));
        holders.forEach(it -> all.put(it.node(), it));
        return List.copyOf(all.values());
    }

    private void rest(Duration time) {
        busy = false;
        if (lookAgain) {
            look();
        } else {
            timers.startSingleTimer(Look.NOW, time);
        }
    }

    private void looked(List<Holder> holders) {
        var gone = suspects.gone(holders, speaking, nanoTime.getAsLong());
        if (gone.isEmpty()) {
            rest(INTERVAL);
            return;
        }
        // One at a time; the next look finds the others.
        // One whose rescue is refused holds up nobody else.
        var node = gone.stream().filter(it -> !it.equals(refused)).findFirst().orElse(gone.getFirst());
        context.pipeToSelf(
                database.async(() -> database.runs().rescue(node, defaultMaxAttempts)), (rescued, failure) -> {
                    if (failure == null) {
                        return new Brought(node, rescued);
                    }
                    return Database.isRefusal(failure) ? new Refused(node, failure) : new Failed(failure);
                });
    }

    private void brought(UUID node, Rescued rescued) {
        int requeued = rescued.requeued().size();
        int failed = rescued.failed().size();
        if (requeued + failed > 0) {
            metrics.runsRescued(requeued + failed);
            Events.runsRescued(node, requeued, failed);
        }
        withoutRow = withoutRow.stream().filter(it -> !it.node().equals(node)).toList();
        poller.tell(rescued);
        rest(BETWEEN_TWO);
    }
}
