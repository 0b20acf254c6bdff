package com.agenticverz.nova.enqueue;

import com.agenticverz.nova.store.CatchUp;
import com.agenticverz.nova.store.DueSchedule;
import com.agenticverz.nova.store.Tick;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a schedule has to do at a moment: which ticks get their runs, and when these are due. Pure. */
public final class Ticks {

    /** A tick that is seen within this is not missed: the poller may have moved to another node meanwhile. */
    static final Duration GRACE = Duration.ofSeconds(60);

    /** Of the ticks that were missed, so many at most are caught up, the newest ones. */
    static final int MOST_CAUGHT_UP = 1000;

    private Ticks() {}

    /**
     * The steps that a schedule has to make, the first of them from where it is.
     *
     * @return none when it is not due
     * @throws IllegalArgumentException when its cron expression or its time zone is none; the message says why
     */
    public static List<Tick> of(DueSchedule schedule, Instant now) {
        var cron = Cron.of(schedule.cron(), schedule.timeZone());
        var first = schedule.nextTick();
        if (first == null) {
            return List.of(new Tick(null, null, null, cron.next(schedule.ticksAfter())));
        }
        if (first.isAfter(now)) {
            return List.of();
        }
        var next = cron.next(now);
        var runs = runs(cron, schedule.catchUp(), first, now);
        if (runs.isEmpty()) {
            return List.of(new Tick(first, null, null, next));
        }
        var steps = new ArrayList<Tick>(runs.size());
        for (int i = 0; i < runs.size(); i++) {
            var tick = runs.get(i);
            steps.add(new Tick(
                    i == 0 ? first : tick, tick, dueAt(schedule, tick), i + 1 < runs.size() ? runs.get(i + 1) : next));
        }
        return steps;
    }

    /** The ticks up to now that get a run, the oldest first. */
    private static List<Instant> runs(Cron cron, CatchUp catchUp, Instant first, Instant now) {
        var inTime = now.minus(GRACE);
        if (!first.isBefore(inTime)) {
            return newest(cron, first, now, Integer.MAX_VALUE);
        }
        return switch (catchUp) {
            case NONE -> {
                var seen = cron.next(inTime.minusNanos(1));
                yield seen.isAfter(now) ? List.of() : newest(cron, seen, now, Integer.MAX_VALUE);
            }
            case LAST -> newest(cron, first, now, 1);
            case ALL -> newest(cron, first, now, MOST_CAUGHT_UP);
        };
    }

    /** The first one counts whether or not the expression has it: somebody may have set it by hand. */
    private static List<Instant> newest(Cron cron, Instant first, Instant now, int most) {
        var ticks = new ArrayList<Instant>();
        var tick = cron.last(now).orElse(first);
        while (tick.isAfter(first) && ticks.size() < most) {
            ticks.add(tick);
            tick = cron.last(tick.minusNanos(1)).orElse(first);
        }
        if (ticks.size() < most) {
            ticks.add(first);
        }
        return ticks.reversed();
    }

    /** Not before this moment; null: at once. The same for the same tick, whoever computes it. */
    static @Nullable Instant dueAt(DueSchedule schedule, Instant tick) {
        long most = Duration.ofSeconds(schedule.jitterSeconds()).toMillis();
        return most == 0 ? null : tick.plusMillis(jitterMillis(schedule.name(), tick, most));
    }

    /**
     * How much later than a tick its run is due.
     *
     * @param mostMillis more than this it never is
     */
    public static long jitterMillis(String schedule, Instant tick, long mostMillis) {
        var digest = UUID.nameUUIDFromBytes((schedule + ' ' + tick).getBytes(StandardCharsets.UTF_8));
        return Math.floorMod(digest.getLeastSignificantBits(), mostMillis + 1);
    }
}
