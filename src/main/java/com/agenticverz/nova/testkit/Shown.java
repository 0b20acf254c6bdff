package com.agenticverz.nova.testkit;

import com.agenticverz.nova.skill.Snooze;

/** Values in messages. */
final class Shown {

    private static final int MOST_CHARS = 500;

    private Shown() {}

    /** JSON, or the start of it where it is long. */
    static String start(String json) {
        return json.length() <= MOST_CHARS
                ? json
                : json.substring(0, MOST_CHARS) + "… (" + json.length() + " characters)";
    }

    /** How long, and for what. */
    static String of(Snooze snooze) {
        return snooze.duration() + (snooze.signal() == null ? "" : ", or until a signal '" + snooze.signal() + "'");
    }
}
