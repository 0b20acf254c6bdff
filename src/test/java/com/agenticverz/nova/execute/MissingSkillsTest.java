package com.agenticverz.nova.execute;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class MissingSkillsTest {

    private static final String AGENT = "agent of MissingSkillsTest";
    private static final Duration RETRY_IN = Duration.ofSeconds(5);

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1);
    private final MissingSkills missing = new MissingSkills(nanos::get);

    @Test
    void aNameIsToldOnceUntilItIsMissedAgain() {
        found("greet");
        found("greet", "carve");
        assertThat(missing.take()).containsExactly("greet", "carve");
        assertThat(missing.take()).isEmpty();

        found("greet");
        assertThat(missing.take()).containsExactly("greet");
    }

    @Test
    void noMoreNamesAreToldAtOnceThanFitIntoAMessage() {
        IntStream.range(0, 10_000).forEach(i -> found("skill" + i));

        assertThat(missing.take()).hasSize(MissingSkills.MOST_TOLD_AT_ONCE);
        assertThat(missing.take()).isEmpty();
    }

    @Test
    void theLogHasALineOfEachSkillOnceAMinute() {
        var nova = (Logger) LoggerFactory.getLogger("nova");
        var events = new ListAppender<ILoggingEvent>();
        events.start();
        // Whatever a command said that was tested before.
        nova.setLevel(Level.INFO);
        nova.addAppender(events);
        try {
            for (int i = 0; i < 1000; i++) {
                found("greet");
            }
            assertThat(lines(events)).isEqualTo(1);
            found("greet", "carve");
            assertThat(lines(events)).isEqualTo(2);
            nanos.addAndGet(MissingSkills.BETWEEN_LINES.toNanos() - 1);
            found("carve", "greet");
            assertThat(lines(events)).isEqualTo(2);
            nanos.addAndGet(1);
            found("greet");
            assertThat(lines(events)).isEqualTo(3);
        } finally {
            nova.detachAppender(events);
        }
    }

    private static long lines(ListAppender<ILoggingEvent> events) {
        return List.copyOf(events.list).stream()
                .filter(it -> it.getMessage().equals("run_waits_for_skill"))
                .filter(it -> it.getKeyValuePairs().stream().anyMatch(pair -> AGENT.equals(pair.value)))
                .count();
    }

    private void found(String... skills) {
        missing.found(UUID.randomUUID(), AGENT, List.of(skills), RETRY_IN);
    }
}
