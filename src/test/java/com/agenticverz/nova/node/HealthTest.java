package com.agenticverz.nova.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.console.Readiness;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class HealthTest {

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
    private final Health health = new Health(nanos::get);

    @Test
    void aNodeIsReadyFromWhenItJoinsUntilItDrains() {
        assertThat(health.now()).isEqualTo(Readiness.notReady("starting"));
        health.joined();
        assertThat(health.now()).isEqualTo(Readiness.READY);
        health.draining();
        assertThat(health.now()).isEqualTo(Readiness.notReady("draining"));
    }

    @Test
    void withoutItsDatabaseItIsNotReadyAndWithItAgainItIs() {
        health.joined();
        nanos.addAndGet(Duration.ofSeconds(9).toNanos());
        assertThat(health.now().ready()).isTrue();
        nanos.addAndGet(Duration.ofSeconds(2).toNanos());
        assertThat(health.now()).isEqualTo(Readiness.notReady("the database does not answer"));
        health.heartbeat();
        assertThat(health.now().ready()).isTrue();
    }

    @Test
    void withoutAWorkerItIsNotReady() {
        var held = new AtomicBoolean();
        health.deafSkills(held::get);
        health.joined();
        assertThat(health.now().ready()).isTrue();
        held.set(true);
        assertThat(health.now()).isEqualTo(Readiness.notReady("skills that ignore their interrupt hold all workers"));
        health.draining();
        assertThat(health.now()).isEqualTo(Readiness.notReady("draining"));
    }
}
