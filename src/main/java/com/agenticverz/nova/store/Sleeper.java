package com.agenticverz.nova.store;

import com.agenticverz.nova.run.Fence;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A run that is to be put to sleep.
 *
 * @param fence what the write must still find
 * @param duration how long it sleeps, from now
 * @param signals any of these ends its sleep; empty: none does
 * @param signalsSeen how many signals had been sent to the run when its step looked: if there are more by now, it does not
 *     sleep; null: it has not looked
 * @param started whether anything of it was executed; if not, it may yet expire
 */
public record Sleeper(
        Fence fence,
        Duration duration,
        Set<String> signals,
        @Nullable Integer signalsSeen,
        boolean started) {

    /** A run of which a step sleeps for a time, whatever is sent to it. */
    public Sleeper(Fence fence, Duration duration) {
        this(fence, duration, Set.of(), null, true);
    }

    /** Their names as PostgreSQL reads an array; null: none. */
    @Nullable
    String waitsFor() {
        if (signals.isEmpty()) {
            return null;
        }
        var array = new StringBuilder("{");
        for (var signal : signals) {
            array.append(array.length() == 1 ? "\"" : ",\"")
                    .append(signal.replace("\\", "\\\\").replace("\"", "\\\""))
                    .append('"');
        }
        return array.append('}').toString();
    }
}
