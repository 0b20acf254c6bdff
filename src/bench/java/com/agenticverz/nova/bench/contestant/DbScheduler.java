package com.agenticverz.nova.bench.contestant;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * db-scheduler with its faster polling strategy, sized as in the benchmark that its documentation shows (docs/performance.md), and
 * with immediate execution (README, "Configuration").
 */
public final class DbScheduler implements Contestant {

    private static final int THREADS = 20;
    private static final double LOWER_LIMIT = 4.0;
    private static final double UPPER_LIMIT = 20.0;
    private static final Duration POLLING_INTERVAL = Duration.ofMillis(100);

    /** How many executions a call of scheduleBatch gets. */
    private static final int BATCH = 1000;

    /** The tables for PostgreSQL that the project ships, as they stand. */
    private static final String TABLES = """
            CREATE TABLE scheduled_tasks (
              task_name text NOT NULL,
              task_instance text NOT NULL,
              task_data bytea,
              execution_time timestamp with time zone,
              picked boolean NOT NULL,
              picked_by text,
              last_success timestamp with time zone,
              last_failure timestamp with time zone,
              consecutive_failures int,
              last_heartbeat timestamp with time zone,
              version bigint NOT NULL,
              priority smallint,
              state text,
              PRIMARY KEY (task_name, task_instance)
            );
            CREATE INDEX execution_time_idx ON scheduled_tasks (execution_time);
            CREATE INDEX last_heartbeat_idx ON scheduled_tasks (last_heartbeat);
            CREATE INDEX priority_execution_time_idx ON scheduled_tasks (priority DESC, execution_time ASC);
            """;

    private final HikariDataSource pool = Databases.pool(THREADS + 5);
    private final HikariDataSource single = Databases.pool(1);

    private IntConsumer handler = _ -> {};
    private final OneTimeTask<Void> task =
            Tasks.oneTime("noop").execute((instance, _) -> handler.accept(number(instance.getId())));
    private final Scheduler scheduler = Scheduler.create(pool, task)
            .threads(THREADS)
            .pollUsingLockAndFetch(LOWER_LIMIT, UPPER_LIMIT)
            .pollingInterval(POLLING_INTERVAL)
            .enableImmediateExecution()
            .build();
    private final SchedulerClient client =
            SchedulerClient.Builder.create(single, task).build();

    private @Nullable Connection held;

    /** Which of the fills and single jobs of this process; an instance of a task needs a name that no other has. */
    private int series;

    private DbScheduler() {}

    /** The contestant's process. */
    public static void main(String[] arguments) {
        Conversation.serve(new DbScheduler());
    }

    @Override
    public About setup() throws SQLException {
        try (var connection = single.getConnection();
                var statement = connection.createStatement()) {
            statement.execute(TABLES);
        }
        var settings = "lock-and-fetch (%s, %s), %d threads, immediate execution, polling every %d ms"
                .formatted(LOWER_LIMIT, UPPER_LIMIT, THREADS, POLLING_INTERVAL.toMillis());
        return new About(Versions.of(Scheduler.class), settings, "SELECT 1 FROM scheduled_tasks");
    }

    @Override
    public void work(IntConsumer handled) {
        handler = handled;
        scheduler.start();
    }

    /** In one transaction. A queue that grew has been analyzed since. */
    @Override
    public void fill(int jobs) throws SQLException {
        var connection = pool.getConnection();
        connection.setAutoCommit(false);
        held = connection;
        schedule(
                SchedulerClient.Builder.create(Databases.always(connection), task)
                        .build(),
                jobs);
        Databases.analyze(connection, "scheduled_tasks");
    }

    /** After a commit the README has one say so to the scheduler, which cannot see it. */
    @Override
    public void release() throws SQLException {
        var connection = held;
        if (connection == null) {
            throw new IllegalStateException("nothing is held");
        }
        connection.commit();
        connection.setAutoCommit(true);
        connection.close();
        scheduler.triggerCheckForDueExecutions();
    }

    @Override
    public void enqueueOne(int id) {
        scheduler.schedule(task.instance(name("one", id)), Instant.now());
    }

    @Override
    public void enqueue(int jobs) {
        schedule(client, jobs);
    }

    private void schedule(SchedulerClient to, int jobs) {
        var prefix = "s" + ++series;
        for (int from = 0; from < jobs; from += BATCH) {
            List<TaskInstance<?>> batch = new ArrayList<>();
            for (int id = from; id < Math.min(from + BATCH, jobs); id++) {
                batch.add(task.instance(name(prefix, id)));
            }
            to.scheduleBatch(batch, Instant.now());
        }
    }

    private static String name(String prefix, int id) {
        return prefix + "-" + id;
    }

    private static int number(String name) {
        return Integer.parseInt(name, name.indexOf('-') + 1, name.length(), 10);
    }

    @Override
    public void stop() {
        scheduler.stop();
        pool.close();
        single.close();
    }
}
