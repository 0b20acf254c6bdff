package com.agenticverz.nova.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/**
 * Wake-ups by LISTEN, on one connection of its own and one virtual thread.
 *
 * <p>Only a saving of time: whoever listens also polls. So a lost connection is opened again with backoff, and an
 * address that swallows notifications (PgBouncer in transaction mode) is told from one that delivers them by a probe.
 */
public final class Notifications {

    /** What is notified where something has changed that steers the poller. */
    public static final String POLICY = "policy";

    /** What is notified where schedules have changed. */
    public static final String SCHEDULES = "schedules";

    /** What is notified where runs came into the queue. */
    public static final String RUNS = "";

    private static final String CHANNEL = "nova_runs";
    private static final Duration PROBE_WAIT = Duration.ofSeconds(2);
    private static final Duration WAIT = Duration.ofSeconds(10);
    private static final Duration PAUSE_WHERE_NOTHING_ARRIVES = Duration.ofMinutes(5);
    private static final Duration SHORTEST_BACKOFF = Duration.ofMillis(200);
    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(10);

    private final DataSource source;
    private final RunStore runs;

    Notifications(DataSource source, RunStore runs) {
        this.source = source;
        this.runs = runs;
    }

    /** Ends the listening. */
    public interface Subscription extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Listens until closed.
     *
     * @param wake called on the listening thread with what came in: {@link #RUNS}, {@link #POLICY}, {@link #SCHEDULES}; and
     *     with all of them after each (re)connect
     * @param unavailable called with the reason each time listening fails
     */
    public Subscription listen(Consumer<Set<String>> wake, Consumer<String> unavailable) {
        var thread = Thread.ofVirtual().name("database-listen").start(() -> listenForEver(wake, unavailable));
        return thread::interrupt;
    }

    private void listenForEver(Consumer<Set<String>> wake, Consumer<String> unavailable) {
        var backoff = SHORTEST_BACKOFF;
        while (!Thread.currentThread().isInterrupted()) {
            var pause = backoff;
            try (var connection = source.getConnection()) {
                if (delivers(connection)) {
                    backoff = SHORTEST_BACKOFF;
                    pause = backoff;
                    wakeForEver(connection, wake);
                } else {
                    unavailable.accept("this address does not deliver notifications; does it lead through PgBouncer?"
                            + " DATABASE_DIRECT_URL can name the server itself");
                    // Not for ever: a server under load may have been late.
                    pause = PAUSE_WHERE_NOTHING_ARRIVES;
                }
                // Not only SQLException: the probe goes through JDBI, whose exceptions are unchecked.
            } catch (SQLException | RuntimeException e) {
                if (Thread.currentThread().isInterrupted()) {
                    return;
                }
                unavailable.accept(Database.reason(e));
                var doubled = backoff.multipliedBy(2);
                backoff = doubled.compareTo(LONGEST_BACKOFF) < 0 ? doubled : LONGEST_BACKOFF;
            }
            try {
                Thread.sleep(pause);
            } catch (InterruptedException stopped) {
                return;
            }
        }
    }

    private static void wakeForEver(Connection connection, Consumer<Set<String>> wake) throws SQLException {
        wake.accept(Set.of(RUNS, POLICY, SCHEDULES));
        var notified = connection.unwrap(PGConnection.class);
        while (!Thread.currentThread().isInterrupted()) {
            var notifications = notified.getNotifications((int) WAIT.toMillis());
            if (notifications != null && notifications.length > 0) {
                wake.accept(Arrays.stream(notifications)
                        .map(PGNotification::getParameter)
                        .collect(Collectors.toSet()));
            } else {
                // A half-open connection is silent too; asking finds it out.
                execute(connection, "SELECT 1");
            }
        }
    }

    /** Whether what is notified elsewhere arrives here. */
    private boolean delivers(Connection connection) throws SQLException {
        var probe = UUID.randomUUID().toString();
        execute(connection, "LISTEN " + CHANNEL);
        runs.notifyListeners(CHANNEL, probe);
        var notifications = connection.unwrap(PGConnection.class).getNotifications((int) PROBE_WAIT.toMillis());
        return notifications != null && notifications.length > 0;
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
