package com.agenticverz.nova.execute;

import com.agenticverz.nova.setting.Setting;
import java.time.Duration;

/**
 * How a node executes runs.
 *
 * @param concurrency runs executed in parallel on this node
 * @param shutdownTimeout how long a drain waits for running work before it interrupts it; zero: not at all
 * @param runTimeout how long one attempt may take when the run itself says nothing
 */
public record WorkerSettings(int concurrency, Duration shutdownTimeout, Duration runTimeout) {

    public static final Setting.WholeNumber CONCURRENCY = new Setting.WholeNumber("worker.concurrency", 1, 10_000);
    public static final Setting.Seconds SHUTDOWN_TIMEOUT =
            new Setting.Seconds("worker.shutdown-timeout", Duration.ZERO, Duration.ofDays(1));
    public static final Setting.Seconds RUN_TIMEOUT =
            new Setting.Seconds("worker.run-timeout", Duration.ofMillis(1), Duration.ofDays(7));

    /** @throws com.agenticverz.nova.setting.SettingException when a value is out of bounds */
    public WorkerSettings {
        CONCURRENCY.check(concurrency);
        SHUTDOWN_TIMEOUT.check(shutdownTimeout);
        RUN_TIMEOUT.check(runTimeout);
    }
}
