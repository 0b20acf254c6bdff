package com.agenticverz.nova.claim;

import com.agenticverz.nova.store.Notifications;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;

/** What works beside the poller for as long as its tenure lasts. */
final class Staff {

    private final ActorContext<?> context;
    private final ActorRef<Rescuer.Command> rescuer;
    private final ActorRef<QueueGauge.Command> gauge;
    private final ActorRef<Sweeper.Command> sweeper;
    private final ActorRef<Scheduler.Command> scheduler;
    private final Notifications.Subscription notifications;

    /**
     * Begins to work.
     *
     * @param context of the poller
     * @param wake called from any thread with what was notified: see {@link Notifications#listen}
     * @param unavailable called from any thread with the reason when listening fails
     */
    Staff(
            ActorContext<?> context,
            Behavior<Rescuer.Command> rescuer,
            Behavior<QueueGauge.Command> gauge,
            Behavior<Sweeper.Command> sweeper,
            Behavior<Scheduler.Command> scheduler,
            Notifications notifications,
            Consumer<Set<String>> wake,
            Consumer<String> unavailable) {
        this.context = context;
        this.rescuer = context.spawnAnonymous(Poller.restarted(rescuer));
        this.gauge = context.spawnAnonymous(Poller.restarted(gauge));
        this.sweeper = context.spawnAnonymous(Poller.restarted(sweeper));
        var told = context.spawnAnonymous(Poller.restarted(scheduler));
        this.scheduler = told;
        this.notifications = notifications.listen(
                notified -> {
                    if (notified.contains(Notifications.SCHEDULES)) {
                        told.tell(Scheduler.Look.NOW);
                    }
                    wake.accept(notified);
                },
                unavailable);
    }

    /** These nodes have spoken lately. */
    void speaking(Set<UUID> nodes) {
        rescuer.tell(new Rescuer.Speaking(nodes));
    }

    /** Ends it. */
    void dismiss() {
        notifications.close();
        context.stop(rescuer);
        context.stop(gauge);
        context.stop(sweeper);
        context.stop(scheduler);
    }
}
