package com.agenticverz.nova.telemetry;

import com.agenticverz.nova.setting.Setting;

/**
 * What the log looks like.
 *
 * @param format JSON or text
 * @param sampleEvery of so many runs, one has its dispatch and its completion logged; 1: every run. Failures, retries
 *     and fenced writes are always logged
 */
public record LogSettings(LogFormat format, int sampleEvery) {

    public static final Setting.Choice<LogFormat> FORMAT = new Setting.Choice<>("log.format", LogFormat.class);
    public static final Setting.WholeNumber SAMPLE_EVERY =
            new Setting.WholeNumber("log.sample-every", 1, 1_000_000_000);

    /** @throws com.agenticverz.nova.setting.SettingException when a value is out of bounds */
    public LogSettings {
        SAMPLE_EVERY.check(sampleEvery);
    }
}
