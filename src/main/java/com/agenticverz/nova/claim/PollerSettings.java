package com.agenticverz.nova.claim;

import com.agenticverz.nova.setting.Setting;
import java.time.Duration;

/**
 * How the poller claims.
 *
 * @param pollInterval how long an empty queue is left alone when nothing wakes the poller
 * @param batchSize most runs that one poll fetches
 * @param fairness whether agents take turns
 * @param priorityAgeing a run that has waited so long counts as one priority higher; zero: none does
 */
public record PollerSettings(Duration pollInterval, int batchSize, Fairness fairness, Duration priorityAgeing) {

    public static final Setting.Seconds POLL_INTERVAL =
            new Setting.Seconds("poller.poll-interval", Duration.ofMillis(10), Duration.ofHours(1));
    public static final Setting.WholeNumber BATCH_SIZE = new Setting.WholeNumber("poller.batch-size", 1, 10_000);
    public static final Setting.Choice<Fairness> FAIRNESS = new Setting.Choice<>("poller.fairness", Fairness.class);
    public static final Setting.Seconds PRIORITY_AGEING =
            new Setting.Seconds("poller.priority-ageing", Duration.ZERO, Duration.ofDays(365));

    /** @throws com.agenticverz.nova.setting.SettingException when a value is out of bounds */
    public PollerSettings {
        POLL_INTERVAL.check(pollInterval);
        BATCH_SIZE.check(batchSize);
        PRIORITY_AGEING.check(priorityAgeing);
    }
}
