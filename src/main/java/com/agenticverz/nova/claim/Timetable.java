package com.agenticverz.nova.claim;

import com.agenticverz.nova.store.DueSchedule;
import com.agenticverz.nova.store.Tick;
import java.time.Instant;
import java.util.List;

/** When schedules tick. */
@FunctionalInterface
public interface Timetable {

    /**
     * What a schedule has to do now.
     *
     * @return its steps in their order, each expecting what the one before it leaves; none: it is not due
     * @throws IllegalArgumentException when something is wrong with it; the message, one line, says what
     */
    List<Tick> ticks(DueSchedule schedule, Instant now);
}
