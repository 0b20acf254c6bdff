package com.agenticverz.nova.testkit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;

/** The clock of the world, from which a test may let time pass. */
final class PassingClock extends Clock {

    private final Clock world;
    private volatile Duration passed = Duration.ZERO;

    PassingClock() {
        this(Clock.systemUTC());
    }

    private PassingClock(Clock world) {
        this.world = world;
    }

    synchronized void pass(Duration duration) {
        passed = passed.plus(duration);
    }

    @Override
    public Instant instant() {
        return world.instant().plus(passed);
    }

    @Override
    public ZoneId getZone() {
        return world.getZone();
    }

    @Override
    public Clock withZone(ZoneId zone) {
        var other = new PassingClock(world.withZone(zone));
        other.pass(passed);
        return other;
    }
}
