package com.agenticverz.nova.claim;

import com.agenticverz.nova.store.Database;
import java.time.Duration;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * Enqueues the runs of schedules when they are due, for as long as a poller's tenure lasts. One {@link ScheduleRound} at a
 * time; the timer, a change of the table and a fixed interval only say when to look. Should its node die in the middle, a
 * tick is either done or not: the next one looks at the same table.
 */
final class Scheduler {

    sealed interface Command {}

    /** Schedules were changed. */
    enum Look implements Command {
        NOW
    }

    private record Made(Duration rest) implements Command {}

    private record Failed(Throwable cause) implements Command {}

    private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final Database database;
    private final Timetable timetable;
    private final long epoch;
    /** Once for each poller: what was wrong for another one, of another version, may be right for this one. */
    private boolean withErrors = true;

    private boolean busy;
    private boolean lookAgain;

    /** @param epoch of the tenure */
    static Behavior<Command> create(Database database, Timetable timetable, long epoch) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            context.getSelf().tell(Look.NOW);
            var scheduler = new Scheduler(context, timers, database, timetable, epoch);
            return Behaviors.receiveMessage(scheduler::received);
        }));
    }

    private Scheduler(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            Database database,
            Timetable timetable,
            long epoch) {
        this.context = context;
        this.timers = timers;
        this.database = database;
        this.timetable = timetable;
        this.epoch = epoch;
    }

    private Behavior<Command> received(Command command) {
        switch (command) {
            case Look.NOW -> look();
            case Made(var rest) -> {
                withErrors = false;
                rest(rest);
            }
            // The poller complains of an outage.
            case Failed _ -> rest(AFTER_FAILURE);
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
        boolean all = withErrors;
        context.pipeToSelf(
                database.async(() -> new ScheduleRound(database.schedules(), timetable, epoch).make(all)),
                (rest, failure) -> failure == null ? new Made(rest) : new Failed(failure));
    }

    private void rest(Duration time) {
        busy = false;
        if (lookAgain || time.isZero()) {
            look();
        } else {
            timers.startSingleTimer(Look.NOW, time);
        }
    }
}
