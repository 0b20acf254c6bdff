package com.agenticverz.nova.testkit;

import com.agenticverz.nova.skill.Json;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a tester tries with, but for the skills.
 *
 * @param signals in the order in which they were sent
 * @param attempt from 1
 * @param lastHeartbeat as JSON text; null: none
 * @param limit null: none, and on the thread of the test
 */
record Setup(
        List<Sent> signals,
        String agentId,
        int attempt,
        int maxAttempts,
        @Nullable String lastHeartbeat,
        @Nullable Duration limit) {

    /** A signal that waits, its payload as JSON text. */
    record Sent(String name, String payload) {}

    static final Setup USUAL = new Setup(List.of(), "test", 1, 5, null, null);

    Setup withSignal(String name, String payload) {
        var more = Stream.concat(signals.stream(), Stream.of(new Sent(name, payload)))
                .toList();
        return new Setup(more, agentId, attempt, maxAttempts, lastHeartbeat, limit);
    }

    Setup withAgentId(String other) {
        return new Setup(signals, other, attempt, maxAttempts, lastHeartbeat, limit);
    }

    /** The last attempt is this one at the earliest. */
    Setup withAttempt(int number) {
        return new Setup(signals, agentId, number, Math.max(number, maxAttempts), lastHeartbeat, limit);
    }

    Setup withLastHeartbeat(String json) {
        return new Setup(signals, agentId, attempt, maxAttempts, json, limit);
    }

    Setup within(Duration other) {
        return new Setup(signals, agentId, attempt, maxAttempts, lastHeartbeat, other);
    }

    /** What a run finds at its beginning. */
    RunMemory memory() {
        var memory = new RunMemory();
        signals.forEach(sent -> memory.send(sent.name(), Json.read(sent.payload())));
        return memory;
    }
}
