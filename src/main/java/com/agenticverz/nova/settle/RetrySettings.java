package com.agenticverz.nova.settle;

import com.agenticverz.nova.setting.Setting;
import com.agenticverz.nova.setting.SettingException;
import java.time.Duration;

/**
 * When a failed attempt is followed by another one.
 *
 * @param maxAttempts attempts in all, for a run that says nothing itself
 * @param backoffBase the wait after the first failed attempt; it doubles with each further one
 * @param backoffMax the longest wait; not less than the base
 */
public record RetrySettings(int maxAttempts, Duration backoffBase, Duration backoffMax) {

    public static final Setting.WholeNumber MAX_ATTEMPTS = new Setting.WholeNumber("retry.max-attempts", 1, 1000);
    public static final Setting.Seconds BACKOFF_BASE =
            new Setting.Seconds("retry.backoff-base", Duration.ZERO, Duration.ofDays(1));
    public static final Setting.Seconds BACKOFF_MAX =
            new Setting.Seconds("retry.backoff-max", Duration.ZERO, Duration.ofDays(7));

    /** @throws SettingException when a value is out of bounds, or the longest wait is less than the first one */
    public RetrySettings {
        MAX_ATTEMPTS.check(maxAttempts);
        BACKOFF_BASE.check(backoffBase);
        BACKOFF_MAX.check(backoffMax);
        if (backoffMax.compareTo(backoffBase) < 0) {
            throw new SettingException(
                    BACKOFF_MAX.key(),
                    Setting.Seconds.text(backoffMax),
                    "is less than the first backoff; allowed: " + Setting.Seconds.text(backoffBase) + " to "
                            + Setting.Seconds.text(BACKOFF_MAX.most()) + " seconds");
        }
    }
}
