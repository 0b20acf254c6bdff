package com.agenticverz.nova.claim;

import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.DueSchedule;
import com.agenticverz.nova.store.ScheduleStore;
import com.agenticverz.nova.store.Tick;
import com.agenticverz.nova.telemetry.Events;
import java.time.Duration;
import java.time.Instant;

/** One look at the schedules; what is due is done. Blocks. What goes wrong with one schedule holds up no other. */
final class ScheduleRound {

    /** Changes that nothing has told of are seen within this. */
    static final Duration LONGEST_REST = Duration.ofSeconds(5);

    /** Somebody else had it, as the settler has the run that is to be cancelled. */
    private static final Duration UNTIL_IT_IS_FREE = Duration.ofMillis(250);

    private static final int MOST_SCHEDULES = 500;
    /** Of one schedule that catches up; then it is the turn of the others. */
    private static final int MOST_TICKS = 100;

    private final ScheduleStore store;
    private final Timetable timetable;
    private final long epoch;
    private Duration rest = LONGEST_REST;

    ScheduleRound(ScheduleStore store, Timetable timetable, long epoch) {
        this.store = store;
        this.timetable = timetable;
        this.epoch = epoch;
    }

    /**
     * Makes it.
     *
     * @param withErrors whether with the schedules that something was wrong with
     * @return when the next one is to be
     * @throws RuntimeException when the database is away
     */
    Duration make(boolean withErrors) {
        var look = store.due(LONGEST_REST, withErrors, MOST_SCHEDULES);
        var now = look.now();
        if (now != null) {
            look.schedules().forEach(schedule -> look(schedule, now));
        }
        return rest;
    }

    private void look(DueSchedule schedule, Instant now) {
        var next = schedule.nextTick();
        if (next != null && next.isAfter(now)) {
            // The clock that timers go by may be a little faster.
            restAtMost(Duration.between(now, next).plusMillis(1));
            return;
        }
        try {
            var ticks = timetable.ticks(schedule, now);
            ticks.stream()
                    .limit(MOST_TICKS)
                    .takeWhile(tick -> tick(schedule, tick))
                    .forEach(_ -> {});
        } catch (IllegalArgumentException e) {
            failed(schedule, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            if (!Database.hasAnswered(e)) {
                throw e;
            }
            failed(schedule, "PostgreSQL refuses its run: " + Database.reason(e) + "; it is tried again");
        }
    }

    private boolean tick(DueSchedule schedule, Tick tick) {
        var ticked = store.tick(epoch, schedule, tick);
        if (!ticked.leading()) {
            return false;
        }
        if (!ticked.moved()) {
            restAtMost(UNTIL_IT_IS_FREE);
            return false;
        }
        // What is due after it, and what was changed meanwhile.
        restAtMost(Duration.ZERO);
        if (tick.expected() != null && !tick.expected().equals(tick.at())) {
            Events.scheduleTicksMissed(schedule.name(), tick.expected(), tick.at());
        }
        if (tick.at() != null) {
            Events.scheduleTicked(schedule.name(), tick.at(), ticked.run(), ticked.cancelled());
        }
        return true;
    }

    private void failed(DueSchedule schedule, String error) {
        if (store.sayError(epoch, schedule, error)) {
            Events.scheduleFailed(schedule.name(), error);
        }
    }

    private void restAtMost(Duration time) {
        if (time.compareTo(rest) < 0) {
            rest = time;
        }
    }
}
