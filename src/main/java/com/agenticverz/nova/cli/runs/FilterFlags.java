package com.agenticverz.nova.cli.runs;

import com.agenticverz.nova.cli.Times;
import com.agenticverz.nova.store.DeadLetterFilter;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which of the runs that have failed. */
final class FilterFlags {

    @Option(names = "--agent", paramLabel = "ID", description = "Only failed runs of this agent.")
    private @Nullable String agent;

    @Option(names = "--skill", paramLabel = "NAME", description = "Only failed runs with a step of this skill.")
    private @Nullable String skill;

    @Option(
            names = "--error",
            paramLabel = "TEXT",
            description = "Only failed runs whose message contains this, in whatever case.")
    private @Nullable String error;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            description = "Only runs that failed then or later: 2h (ago), 1d, 2026-11-26T10:00:00Z.")
    private @Nullable String since;

    @Option(names = "--until", paramLabel = "TIME", description = "Only runs that failed before then.")
    private @Nullable String until;

    /** @throws IllegalArgumentException with one line where a value is bad */
    DeadLetterFilter filter(boolean notRepeated, Clock clock) {
        if (error != null && error.isEmpty()) {
            throw new IllegalArgumentException("--error: '' is in every message; allowed: a text that is not empty");
        }
        return new DeadLetterFilter(
                agent, skill, error, moment("--since", since, clock), moment("--until", until, clock), notRepeated);
    }

    private static @Nullable OffsetDateTime moment(String flag, @Nullable String text, Clock clock) {
        if (text == null) {
            return null;
        }
        if (text.contains("-")) {
            try {
                return OffsetDateTime.parse(text);
            } catch (DateTimeException e) {
                throw new IllegalArgumentException(
                        flag + ": '" + text + "' is no moment; allowed: 2h (ago), 1d, 2026-11-26T10:00:00Z", e);
            }
        }
        return OffsetDateTime.ofInstant(clock.instant(), ZoneOffset.UTC).minus(Times.parse(flag, text));
    }
}
