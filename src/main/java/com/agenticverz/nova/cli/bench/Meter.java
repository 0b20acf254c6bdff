package com.agenticverz.nova.cli.bench;

import com.agenticverz.nova.store.BenchStore;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Counts what runs cost. */
final class Meter {

    /** All that was used until a moment. */
    record Reading(
            long novaCpuNanos,
            @Nullable Long postgresCpuMicros,
            @Nullable Long walBytes) {}

    private final OperatingSystemMXBean process = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private final BenchStore store;
    private final Optional<PostgresCpu> postgres;

    Meter(BenchStore store, String host) {
        this.store = store;
        this.postgres = PostgresCpu.find(host, store.backend());
    }

    Reading read() {
        return new Reading(
                process.getProcessCpuTime(), postgres.map(PostgresCpu::micros).orElse(null), store.walBytes());
    }

    /** What was used since a reading. */
    Cost since(Reading before) {
        var now = read();
        return new Cost(
                (now.novaCpuNanos - before.novaCpuNanos) / 1e3,
                difference(now.postgresCpuMicros, before.postgresCpuMicros),
                difference(now.walBytes, before.walBytes));
    }

    private static @Nullable Double difference(@Nullable Long now, @Nullable Long before) {
        return now == null || before == null ? null : (Double) (double) (now - before);
    }
}
