package com.agenticverz.nova.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

class EventsTest {

    private static final UUID RUN = UUID.fromString("01999999-0000-7000-8000-000000000001");
    private static final UUID NODE = UUID.fromString("01999999-0000-7000-8000-00000000000a");
    private static final String R = "\"run_id\":\"" + RUN + "\",\"agent_id\":\"crawler\",";

    private final Logger nova = (Logger) LoggerFactory.getLogger("nova");
    private final ByteArrayOutputStream lines = new ByteArrayOutputStream();
    private OutputStreamAppender<ILoggingEvent> capture = new OutputStreamAppender<>();

    @BeforeEach
    void captureJson() {
        nova.setLevel(Level.INFO);
        capture(new JsonLines());
    }

    @AfterEach
    void captureNothing() {
        nova.detachAppender(capture);
        nova.setLevel(Level.INFO);
        Events.sampleEvery(1);
    }

    static Stream<Arguments> events() {
        return Stream.of(
                event(
                        () -> Events.skillsInitialized(List.of("echo", "http_call")),
                        "INFO",
                        "\"message\":\"skills_initialized\",\"count\":2,\"skills\":[\"echo\",\"http_call\"]"),
                event(
                        () -> Events.databaseConnected("nova", "18.1"),
                        "INFO",
                        "\"message\":\"database_connected\",\"connection\":\"established\",\"database\":\"nova\",\"server_version\":\"18.1\""),
                event(
                        () -> Events.databaseWaiting("connection refused", Duration.ofSeconds(60)),
                        "WARN",
                        "\"message\":\"database_waiting\",\"connection\":\"waiting\",\"reason\":\"connection refused\",\"give_up_in_seconds\":60"),
                event(
                        () -> Events.schemaWaiting("runs is locked", 2, 12),
                        "WARN",
                        "\"message\":\"schema_waiting\",\"reason\":\"runs is locked\",\"tries\":2,\"most_tries\":12,\"hint\":\"a transaction stays open that uses a table: see pg_stat_activity\""),
                event(
                        () -> Events.workerPoolStarting(4, 8, Duration.ofMillis(2000)),
                        "INFO",
                        "\"message\":\"worker_pool_starting\",\"concurrency\":4,\"batch_size\":8,\"poll_interval\":2"),
                event(
                        () -> Events.retention("30d", "12h", "off"),
                        "INFO",
                        "\"message\":\"retention\",\"succeeded\":\"30d\",\"cancelled\":\"12h\",\"failed\":\"off\""),
                event(
                        () -> Events.clusterJoined("pekko://nova@10.0.0.7:25520", NODE, 3),
                        "INFO",
                        "\"message\":\"cluster_joined\",\"address\":\"pekko://nova@10.0.0.7:25520\",\"node\":\"" + NODE
                                + "\",\"members\":3"),
                event(
                        () -> Events.clusterWaiting(
                                "10.0.0.7:25520", List.of("10.0.0.8:1", "10.0.0.9:2"), "look there"),
                        "WARN",
                        "\"message\":\"cluster_waiting\",\"address\":\"10.0.0.7:25520\","
                                + "\"members\":\"10.0.0.8:1, 10.0.0.9:2\","
                                + "\"consequence\":\"takes no runs; looks again every second\",\"hint\":\"look there\""),
                event(
                        () -> Events.clusterRejoining(NODE, "cut off"),
                        "WARN",
                        "\"message\":\"cluster_rejoining\",\"node\":\"" + NODE + "\",\"reason\":\"cut off\""),
                event(
                        () -> Events.rejoinFailed(new IllegalStateException("no port")),
                        "WARN",
                        "\"message\":\"cluster_rejoin_waiting\",\"cause\":\"no port\""),
                event(
                        () -> Events.httpListening("http://127.0.0.1:8080"),
                        "INFO",
                        "\"message\":\"http_listening\",\"url\":\"http://127.0.0.1:8080\""),
                event(() -> Events.pollerStarted(7), "INFO", "\"message\":\"poller_started\",\"epoch\":7"),
                event(() -> Events.pollerStopped(7), "INFO", "\"message\":\"poller_stopped\",\"epoch\":7"),
                event(Events::pollerStandingBy, "INFO", "\"message\":\"poller_standing_by\""),
                event(
                        () -> Events.pollSummary(120, 3_000_000_000L),
                        "INFO",
                        "\"message\":\"poll_summary\",\"fetched\":120,\"queued\":3000000000"),
                event(
                        () -> Events.pollFailed(
                                "polls again in 2 s",
                                new IllegalStateException("pool is empty", new IOException("connection\nrefused"))),
                        "ERROR",
                        "\"message\":\"worker_pool_poll_error\",\"cause\":\"java.lang.IllegalStateException: pool is empty;"
                                + " caused by java.io.IOException: connection refused\",\"consequence\":\"polls again in 2 s\""),
                event(
                        () -> Events.listenUnavailable("behind a pooler"),
                        "WARN",
                        "\"message\":\"listen_unavailable\",\"cause\":\"behind a pooler\""),
                event(
                        () -> Events.scheduleTicked("nightly", Instant.parse("2030-01-31T01:00:00Z"), RUN, NODE),
                        "INFO",
                        "\"message\":\"schedule_ticked\",\"schedule\":\"nightly\",\"tick\":\"2030-01-31T01:00:00Z\","
                                + "\"run_id\":\"" + RUN + "\",\"cancelled_run_id\":\"" + NODE + "\""),
                event(
                        () -> Events.scheduleTicksMissed(
                                "nightly",
                                Instant.parse("2030-01-30T01:00:00Z"),
                                Instant.parse("2030-01-31T01:00:00Z")),
                        "WARN",
                        "\"message\":\"schedule_ticks_missed\",\"schedule\":\"nightly\","
                                + "\"from\":\"2030-01-30T01:00:00Z\",\"to\":\"2030-01-31T01:00:00Z\""),
                event(
                        () -> Events.scheduleFailed("nightly", "cron 'x' has 1 field"),
                        "WARN",
                        "\"message\":\"schedule_failed\",\"schedule\":\"nightly\","
                                + "\"problem\":\"cron 'x' has 1 field\""),
                event(
                        () -> Events.runDispatched(RUN, "crawler", 1, NODE),
                        "INFO",
                        "\"message\":\"run_dispatched\"," + R + "\"attempt\":1,\"node\":\"" + NODE + "\""),
                event(
                        () -> Events.runCompleted(RUN, "crawler", 1, Duration.ofMillis(1250)),
                        "INFO",
                        "\"message\":\"run_completed\"," + R + "\"attempt\":1,\"ran_seconds\":1.25"),
                event(
                        () -> Events.runWaitsForSkill(RUN, "crawler", List.of("greet"), Duration.ofSeconds(5)),
                        "WARN",
                        "\"message\":\"run_waits_for_skill\"," + R + "\"skills\":[\"greet\"],\"retry_in_seconds\":5"),
                event(
                        () -> Events.runSnoozed(RUN, "crawler", 1, Duration.ofHours(1)),
                        "INFO",
                        "\"message\":\"run_snoozed\"," + R + "\"attempt\":1,\"snooze_seconds\":3600"),
                event(
                        () -> Events.runRetryScheduled(RUN, "crawler", 1, Duration.ofSeconds(60), "said \"no\""),
                        "WARN",
                        "\"message\":\"run_retry_scheduled\"," + R
                                + "\"attempt\":1,\"retry_in_seconds\":60,\"reason\":\"said \\\"no\\\"\""),
                event(
                        () -> Events.runFailed(RUN, "crawler", 5, "said no"),
                        "WARN",
                        "\"message\":\"run_failed\"," + R + "\"attempt\":5,\"reason\":\"said no\""),
                event(
                        () -> Events.runCancelled(RUN, "crawler", "by hand"),
                        "INFO",
                        "\"message\":\"run_cancelled\"," + R + "\"reason\":\"by hand\""),
                event(
                        () -> Events.runFenced(RUN, 42, "settle", "status queued"),
                        "WARN",
                        "\"message\":\"run_fenced\",\"run_id\":\"" + RUN
                                + "\",\"claim_id\":42,\"write\":\"settle\",\"found\":\"status queued\""),
                event(
                        () -> Events.runsRescued(NODE, 3, 1),
                        "WARN",
                        "\"message\":\"runs_rescued\",\"node\":\"" + NODE + "\",\"count\":4,\"failed\":1"),
                event(() -> Events.runsDeleted(12_345), "INFO", "\"message\":\"runs_deleted\",\"count\":12345"),
                event(
                        () -> Events.runsNotDeleted("violates a foreign key"),
                        "WARN",
                        "\"message\":\"runs_not_deleted\",\"cause\":\"violates a foreign key\""),
                event(
                        () -> Events.workerRestarted("out of memory"),
                        "WARN",
                        "\"message\":\"worker_restarted\",\"cause\":\"out of memory\""),
                event(
                        () -> Events.outcomesWaiting(12, "connection refused"),
                        "WARN",
                        "\"message\":\"outcomes_waiting\",\"count\":12,\"cause\":\"connection refused\""),
                event(
                        () -> Events.skillAbandoned(RUN, "s1 (spin)", false, 5),
                        "WARN",
                        "\"message\":\"skill_abandoned\",\"run_id\":\"" + RUN
                                + "\",\"step\":\"s1 (spin)\",\"replaced\":false,\"abandoned\":5"),
                event(
                        () -> Events.stepReportDropped(RUN, "fetch", "no such character"),
                        "WARN",
                        "\"message\":\"step_report_dropped\",\"run_id\":\"" + RUN
                                + "\",\"step\":\"fetch\",\"reason\":\"no such character\""),
                event(
                        () -> Events.nodeResized(16, 2, 9),
                        "INFO",
                        "\"message\":\"node_resized\",\"from\":16,\"to\":2,\"active_runs\":9"),
                event(() -> Events.nodeDraining(3), "INFO", "\"message\":\"node_draining\",\"active_runs\":3"),
                event(Events::nodeResumed, "INFO", "\"message\":\"node_resumed\""),
                event(
                        () -> Events.signalReceived("SIGTERM"),
                        "INFO",
                        "\"message\":\"worker_pool_signal_received\",\"signal\":\"SIGTERM\""),
                event(
                        () -> Events.shuttingDown(2),
                        "INFO",
                        "\"message\":\"worker_pool_shutting_down\",\"active_runs\":2"),
                event(
                        () -> Events.stopped(true, 0),
                        "INFO",
                        "\"message\":\"worker_pool_stopped\",\"graceful\":true,\"released\":0"));
    }

    @ParameterizedTest
    @MethodSource("events")
    void everyEventIsOneJsonObjectOnOneLine(Runnable event, String level, String fields) throws IOException {
        event.run();
        assertThat(logged()).endsWith("}\n").hasLineCount(1);
        ObjectNode line = (ObjectNode) json(logged());
        assertThat(Instant.parse(line.remove("timestamp").textValue())).isBeforeOrEqualTo(Instant.now());
        assertThat(line.toString()).isEqualTo("{\"level\":\"" + level + "\",\"logger\":\"nova\"," + fields + "}");
    }

    @Test
    void everyEventIsInTheTable() {
        long methods = Arrays.stream(Events.class.getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers()))
                .map(Method::getName)
                .filter(name -> !name.equals("sampleEvery"))
                .count();
        assertThat(events()).hasSize((int) methods);
    }

    @Test
    void whatAHealthyClusterLogsDoesNotLookLikeTrouble() {
        Events.skillsInitialized(List.of("echo"));
        Events.databaseConnected("nova", "18.1");
        Events.workerPoolStarting(4, 8, Duration.ofSeconds(2));
        Events.clusterJoined("pekko://nova@10.0.0.7:25520", NODE, 1);
        Events.pollerStarted(1);
        Events.pollSummary(0, 0);
        Events.runDispatched(RUN, "crawler", 1, NODE);
        Events.runCompleted(RUN, "crawler", 1, Duration.ZERO);
        Events.signalReceived("SIGTERM");
        Events.shuttingDown(0);
        Events.pollerStopped(1);
        Events.stopped(true, 0);
        assertThat(logged()).doesNotContainPattern("error|ERROR|exception");
        assertThat(logged()).containsPattern("DATABASE|connection").containsPattern("poll|fetch");
    }

    @Test
    void aStackTraceIsOnlyLoggedAtLevelDebug() throws IOException {
        nova.setLevel(Level.DEBUG);
        Events.pollFailed("polls again", new IllegalStateException("no"));
        assertThat(logged()).hasLineCount(1);
        assertThat(json(logged()).get("stack").textValue())
                .contains("java.lang.IllegalStateException: no")
                .contains("at " + EventsTest.class.getName());
    }

    @Test
    void aSampledRunHasAllItsEventsAndAnotherNone() {
        Events.sampleEvery(10);
        List<UUID> runs = Stream.generate(UUID::randomUUID).limit(1000).toList();
        runs.forEach(run -> {
            Events.runDispatched(run, "crawler", 1, NODE);
            Events.runCompleted(run, "crawler", 1, Duration.ZERO);
        });
        var linesOf = runs.stream()
                .map(run -> logged().lines()
                        .filter(line -> line.contains(run.toString()))
                        .count())
                .toList();
        assertThat(linesOf).containsOnly(0L, 2L);
        assertThat(linesOf.stream().filter(count -> count == 2)).hasSizeBetween(40, 200);
    }

    @Test
    void failuresAreNeverSampled() {
        Events.sampleEvery(1_000_000_000);
        Events.runDispatched(RUN, "crawler", 1, NODE);
        Events.runRetryScheduled(RUN, "crawler", 1, Duration.ZERO, "no");
        Events.runFailed(RUN, "crawler", 1, "no");
        Events.runFenced(RUN, 1, "mark", "gone");
        assertThat(logged().lines()).hasSize(3);
    }

    @Test
    void aFieldThatWouldAppearTwiceIsRenamed() throws IOException {
        nova.atInfo()
                .addKeyValue("message", "a")
                .addKeyValue("cause", Double.NaN)
                .addKeyValue("x", 1)
                .addKeyValue("x", (Object) null)
                .setCause(new IOException())
                .log("event");
        ObjectNode line = (ObjectNode) json(logged());
        line.remove("timestamp");
        assertThat(line.toString())
                .isEqualTo(
                        "{\"level\":\"INFO\",\"logger\":\"nova\",\"message\":\"event\","
                                + "\"cause\":\"java.io.IOException\",\"message_\":\"a\",\"cause_\":\"NaN\",\"x\":1,\"x_\":null}");
    }

    @Test
    void asTextALineIsReadable() {
        nova.detachAppender(capture);
        capture(new TextLines());
        Events.runFailed(RUN, "crawler", 5, "said\n\"no\"");
        Events.pollFailed("polls again", new IllegalStateException("no"));
        assertThat(logged().lines().map(line -> line.substring("12:30:01.123 ".length())))
                .containsExactly(
                        "WARN run_failed run_id=" + RUN + " agent_id=crawler attempt=5 reason=\"said \\\"no\\\"\"",
                        "ERROR worker_pool_poll_error consequence=\"polls again\""
                                + " cause=\"java.lang.IllegalStateException: no\"");
    }

    @Test
    void secretsAreHiddenWhoeverLogsThem() throws IOException {
        KnownSecrets.use("KEY", "one two\n\"three\"");
        var failure = new IllegalStateException("at one two\n\"three\"", new IOException("one two\n\"three\""));
        nova.setLevel(Level.DEBUG);
        nova.atWarn()
                .addKeyValue("header", "Basic " + base64("me:one two\n\"three\""))
                .addKeyValue("all", List.of("one two\n\"three\"", 1))
                .setCause(failure)
                .log("has {}", "one two\n\"three\"");
        nova.detachAppender(capture);
        capture(new TextLines());
        nova.atWarn()
                .addKeyValue("header", "x=one%20two%0a%22three%22")
                .setCause(failure)
                .log("has {}", "one two\n\"three\"");

        var both = logged().lines().toList();
        var json = json(both.getFirst());
        assertThat(json.path("message").asText()).isEqualTo("has ${secret:KEY}");
        assertThat(json.path("header").asText()).startsWith("Basic ").contains("${secret:KEY}");
        assertThat(json.path("all").toString()).isEqualTo("[\"${secret:KEY}\",1]");
        assertThat(json.path("cause").asText())
                .isEqualTo(
                        "java.lang.IllegalStateException: at ${secret:KEY}; caused by java.io.IOException: ${secret:KEY}");
        assertThat(json.path("stack").asText()).contains("at ${secret:KEY}").doesNotContain("three");
        assertThat(both.get(1))
                .contains("has ${secret:KEY} header=x=${secret:KEY}")
                .doesNotContain("three");
    }

    @Test
    void secretsAreHiddenInWhatIsPrinted() {
        KnownSecrets.use("PRINTED", "tr\u00e8s secret");
        var printed = new ByteArrayOutputStream();
        var stream = RedactedStream.over(new PrintStream(printed, true, StandardCharsets.UTF_8));

        stream.println("a tr\u00e8s secret b");
        stream.printf("%s %d%n", "tr\u00e8s secret", 5);
        new IllegalStateException("no tr\u00e8s secret").printStackTrace(stream);
        stream.writeBytes(new byte[] {(byte) 0xff, '\n'});

        assertThat(printed.toByteArray()).endsWith(0xff, '\n');
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .startsWith(
                        "a ${secret:PRINTED} b\n${secret:PRINTED} 5\njava.lang.IllegalStateException: no ${secret:PRINTED}\n")
                .doesNotContain("tr\u00e8s");
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void librariesAreHeardFromWarningsOn() {
        assertThat(LoggerFactory.getLogger("org.apache.pekko.cluster").isInfoEnabled())
                .isFalse();
        assertThat(LoggerFactory.getLogger("org.apache.pekko.cluster").isWarnEnabled())
                .isTrue();
        Logging.quiet();
        assertThat(nova.isInfoEnabled()).isFalse();
        assertThat(nova.isWarnEnabled()).isTrue();
        var stdout = System.out;
        var stderr = System.err;
        try {
            Logging.ownStdout(LogFormat.JSON);
            assertThat(nova.isInfoEnabled()).isTrue();
            assertThat(nova.isDebugEnabled()).isFalse();
            assertThat(System.out).as("what others print").isSameAs(System.err);
        } finally {
            System.setOut(stdout);
            System.setErr(stderr);
        }
    }

    private static Arguments event(Runnable event, String level, String fields) {
        return Arguments.of(event, level, fields);
    }

    private void capture(Encoder<ILoggingEvent> encoder) {
        encoder.setContext(nova.getLoggerContext());
        encoder.start();
        capture = new OutputStreamAppender<>();
        capture.setContext(nova.getLoggerContext());
        capture.setEncoder(encoder);
        capture.setOutputStream(lines);
        capture.start();
        nova.addAppender(capture);
    }

    private String logged() {
        return lines.toString(StandardCharsets.UTF_8);
    }

    private static JsonNode json(String line) throws IOException {
        return new ObjectMapper().readTree(line);
    }
}
