package com.agenticverz.nova.telemetry;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;

/**
 * Where log lines go and which there are. Logback finds this class as a service and asks it first, so that even the
 * earliest line of a library is formatted and filtered; there is no {@code logback.xml}.
 *
 * <p>Whoever starts the process with {@code -Dlogback.configurationFile} has a configuration of their own, which is
 * left alone.
 */
@ConfiguratorRank(ConfiguratorRank.CUSTOM_TOP_PRIORITY)
public final class Logging extends ContextAwareBase implements Configurator {

    private static final String OWN_CONFIGURATION = "logback.configurationFile";

    /** For Logback, which needs a public constructor. */
    public Logging() {}

    @Override
    public ExecutionStatus configure(LoggerContext loggers) {
        if (System.getProperty(OWN_CONFIGURATION) != null) {
            return ExecutionStatus.NEUTRAL;
        }
        set(loggers, new JsonLines(), "System.out", Level.INFO);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /**
     * Logs on stdout from now on, Nova's events from INFO on and those of libraries from WARN on; and nothing else writes
     * there: what a skill or a library prints goes to stderr, or it would stand between the lines of the log, and tear
     * them. On neither stands a secret that the process knows.
     */
    public static void ownStdout(LogFormat format) {
        ILoggerFactory factory = LoggerFactory.getILoggerFactory();
        if (factory instanceof LoggerContext loggers && System.getProperty(OWN_CONFIGURATION) == null) {
            OutputStreamAppender<ILoggingEvent> appender = new OutputStreamAppender<>();
            // The stream of now; a ConsoleAppender would follow to where System.out leads.
            appender.setOutputStream(kept(System.out));
            set(loggers, appender, encoder(format), Level.INFO);
            System.setErr(RedactedStream.over(System.err));
            System.setOut(System.err);
        }
    }

    /** A stream that outlives its appender. */
    private static OutputStream kept(OutputStream stream) {
        return new FilterOutputStream(stream) {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                out.write(bytes, offset, length);
            }

            @Override
            public void close() throws IOException {
                flush();
            }
        };
    }

    /** Logs only warnings from now on, as text on stderr: for commands whose stdout is their result. */
    public static void quiet() {
        setUnlessOwn(new TextLines(), "System.err", Level.WARN);
    }

    /**
     * Logs into a file from now on, at its end, what {@link #ownStdout} would log on stdout: for a command whose
     * terminal shows something else.
     */
    public static void toFile(Path file, LogFormat format) {
        ILoggerFactory factory = LoggerFactory.getILoggerFactory();
        if (factory instanceof LoggerContext loggers && System.getProperty(OWN_CONFIGURATION) == null) {
            FileAppender<ILoggingEvent> appender = new FileAppender<>();
            appender.setFile(file.toString());
            set(loggers, appender, encoder(format), Level.INFO);
        }
    }

    private static Encoder<ILoggingEvent> encoder(LogFormat format) {
        return switch (format) {
            case JSON -> new JsonLines();
            case TEXT -> new TextLines();
        };
    }

    private static void setUnlessOwn(Encoder<ILoggingEvent> encoder, String target, Level events) {
        ILoggerFactory factory = LoggerFactory.getILoggerFactory();
        if (factory instanceof LoggerContext loggers && System.getProperty(OWN_CONFIGURATION) == null) {
            set(loggers, encoder, target, events);
        }
    }

    private static void set(LoggerContext loggers, Encoder<ILoggingEvent> encoder, String target, Level events) {
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setTarget(target);
        set(loggers, console, encoder, events);
    }

    private static void set(
            LoggerContext loggers,
            OutputStreamAppender<ILoggingEvent> appender,
            Encoder<ILoggingEvent> encoder,
            Level events) {
        encoder.setContext(loggers);
        encoder.start();
        appender.setName("nova");
        appender.setContext(loggers);
        appender.setEncoder(encoder);
        appender.start();
        Logger root = loggers.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.detachAndStopAllAppenders();
        root.addAppender(appender);
        root.setLevel(Level.WARN);
        // Of its own accord it tries again; what that means for runs, Nova's own events say.
        loggers.getLogger("com.zaxxer.hikari").setLevel(Level.ERROR);
        // It tells of each connection to a node that left. That the node left is said by others.
        loggers.getLogger("org.apache.pekko.stream.Materializer").setLevel(Level.ERROR);
        // They repeat, many times a second while a cluster falls apart or every two while a node waits outside, what
        // one
        // line of another has said.
        loggers.getLogger("org.apache.pekko.remote.PhiAccrualFailureDetector").setLevel(Level.ERROR);
        loggers.getLogger("org.apache.pekko.remote.artery.ArteryTransport").setLevel(Level.ERROR);
        loggers.getLogger("org.apache.pekko.cluster.JoinSeedNodeProcess").setLevel(Level.ERROR);
        // A port that is taken is said by whoever needs it.
        loggers.getLogger("org.apache.pekko.io.TcpListener").setLevel(Level.OFF);
        loggers.getLogger("nova").setLevel(events);
    }
}
