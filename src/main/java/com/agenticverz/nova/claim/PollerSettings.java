package com.agenticverz.nova.claim;

import com.agenticverz.nova.setting.Setting;
import java.time.Duration;

/**
 * How the poller claims.
 *
 * @param pollInterval how long an empty queue is left alone when nothing wakes the poller
 * @param batchSize most runs that one poll fetches
 */
public record PollerSettings(Duration pollInterval, int batchSize) {

    public static final Setting.Seconds POLL_INTERVAL =
            new Setting.Seconds("poller.poll-interval", Duration.ofMillis(10), Duration.ofHours(1));
    public static final Setting.WholeNumber BATCH_SIZE = new Setting.WholeNumber("poller.batch-size", 1, 10_000);

    /** @throws com.agenticverz.nova.setting.SettingException when a value is out of bounds */
    public PollerSettings {
        POLL_INTERVAL.check(pollInterval);
        BATCH_SIZE.check(batchSize);
    }
}
