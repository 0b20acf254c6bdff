package com.agenticverz.nova.claim;

import com.agenticverz.nova.setting.Setting;
import com.agenticverz.nova.store.Retention;
import com.agenticverz.nova.telemetry.Events;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long runs are kept after they have ended; {@link Duration#ZERO}: for ever.
 *
 * @param succeeded those that have succeeded
 * @param cancelled those that were cancelled
 * @param failed those that have failed: the dead letters
 */
public record RetentionSettings(Duration succeeded, Duration cancelled, Duration failed) {

    private static final Duration LEAST = Duration.ofMinutes(1);
    private static final Duration MOST = Duration.ofDays(36_500);

    public static final Setting.Age SUCCEEDED = new Setting.Age("retention.succeeded", LEAST, MOST);
    public static final Setting.Age CANCELLED = new Setting.Age("retention.cancelled", LEAST, MOST);
    public static final Setting.Age FAILED = new Setting.Age("retention.failed", LEAST, MOST);

    /** @throws com.agenticverz.nova.setting.SettingException when a value is out of bounds */
    public RetentionSettings {
        SUCCEEDED.check(succeeded);
        CANCELLED.check(cancelled);
        FAILED.check(failed);
    }

    /** The same as the sweep takes it. */
    Retention retention() {
        return new Retention(time(succeeded), time(cancelled), time(failed));
    }

    private static @Nullable Duration time(Duration age) {
        return age.isZero() ? null : age;
    }

    /** What goes when, for people. */
    public String deletes() {
        return "runs that succeeded: " + after(succeeded) + "; cancelled: " + after(cancelled) + "; failed: "
                + after(failed);
    }

    private static String after(Duration age) {
        return age.isZero() ? "never" : "after " + Setting.Age.text(age);
    }

    /** Says it in the log. */
    public void log() {
        Events.retention(Setting.Age.text(succeeded), Setting.Age.text(cancelled), Setting.Age.text(failed));
    }
}
